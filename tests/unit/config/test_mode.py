"""What an answer tells in production, and what in development."""

import asyncio
import json
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway_graphql.config import Config, make_gateway

SHOP = Path(__file__).parents[2] / "data" / "shop.graphql"
LEAK = "KeyError: 'dsn'\n  File \"/srv/app/books.py\", line 12, in resolve"


@asynccontextmanager
async def answering(message):
    """The URL of a subgraph whose every answer is an error."""
    body = json.dumps({"errors": [{"message": message, "path": ["books"]}]}).encode()

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
            b"connection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
        )
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/graphql"


async def messages(settings, query, leak=LEAK):
    """The messages that a gateway with these settings answers."""
    async with answering(leak) as url:
        config = Config.model_validate(
            {**settings, "subgraphs": {"books": {"url": url}}}
        )
        async with make_gateway(config, SHOP) as gateway:
            result = await gateway.execute(query)
    return [error["message"] for error in result.errors]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "The subgraph reported an error."),
        ({"mode": "production"}, "The subgraph reported an error."),
        ({"mode": "development"}, "KeyError: 'dsn'"),
        (
            {"mode": "production", "errors": {"all": {"redact": False}}},
            "KeyError: 'dsn'",
        ),
        (
            {"mode": "production", "errors": {"subgraphs": {"books": {}}}},
            "The subgraph reported an error.",
        ),
        (
            {"mode": "development", "errors": {"all": {"redact": True}}},
            "The subgraph reported an error.",
        ),
    ],
)
async def test_messages_of_subgraphs_are_redacted_in_production(settings, told):
    assert [told] == await messages(settings, "{ books { id } }")


@pytest.mark.parametrize(
    ("settings", "suggests"),
    [
        ({}, False),
        ({"mode": "production"}, False),
        ({"mode": "development"}, True),
        ({"mode": "production", "errors": {"suggestions": True}}, True),
        ({"mode": "development", "errors": {"suggestions": False}}, False),
    ],
)
async def test_names_are_suggested_in_development(settings, suggests):
    (told,) = await messages(settings, "{ boks { id } }")

    assert suggests is ("Did you mean" in told)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("boom\n    at f (/srv/a.js:1:2)", "boom"),
        ("boom\r\n\tat com.shop.F.g(F.java:7)", "boom"),
        (
            "\n\nTraceback (most recent call last):\n  x",
            "Traceback (most recent call last):",
        ),
        ("boom\\n    at f (/srv/a.js:1:2)", "boom"),
        ("boom\\r\\n\\tat f", "boom"),
        ("boom\u2028at f", "boom"),
        ("boom\x85at f", "boom"),
        ("no C:\\new folder", "no C:\\new folder"),
        ("\n", "Subgraph 'books' gave an error without a message."),
    ],
)
async def test_a_message_of_a_subgraph_is_one_line_at_most(given, told):
    assert [told] == await messages(
        {"mode": "development"}, "{ books { id } }", leak=given
    )
