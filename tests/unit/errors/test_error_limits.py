"""How much an answer tells of what is wrong is for the operator to say."""

import json

import httpx
import pytest

from gateway_graphql import Gateway, Subgraph
from gateway_graphql.errors import ErrorLimits
from gateway_graphql.server import create_app
from gateway_graphql.transport.mock import MockTransport

SDL = "type Query { items: [Item!] }  type Item { name: String! }"
LIMITS = ErrorLimits(max_errors=3, max_message_length=20)


def gateway(answer, limits=LIMITS):
    return Gateway.compose(
        Subgraph("items", sdl=SDL),
        transports={"items": MockTransport(lambda _: answer)},
        error_limits=limits,
    )


async def messages(it, query="{ items { name } }"):
    return [error["message"] for error in (await it.execute(query)).errors]


async def test_of_what_subgraphs_report_so_much_is_told():
    reported = [{"message": f"{n}" * 100, "path": ["items", n]} for n in range(9)]
    it = gateway({"data": {"items": None}, "errors": reported})

    assert [str(n) * 20 for n in range(3)] == await messages(it)


async def test_more_may_be_told_than_by_default():
    reported = [{"message": f"{n:0300}"} for n in range(150)]
    it = gateway({"data": {"items": None}, "errors": reported}, ErrorLimits(150, 1000))

    assert [f"{n:0300}" for n in range(150)] == await messages(it)


async def test_of_what_the_gateway_itself_finds_in_answers_so_much_is_told():
    it = gateway({"data": {"items": [{"name": []}, {"name": None}]}})

    told = await messages(it)
    assert 1 <= len(told) <= 3
    assert all(len(message) <= 20 for message in told)


@pytest.mark.parametrize(
    "query", ["{ a b c d e f g h }", "{ items { name ", "{ items(n: 1) { name } }"]
)
async def test_of_what_is_wrong_with_a_document_so_much_is_told(query):
    app = create_app(gateway({}))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://gateway"
    ) as client:
        response = await client.post("/graphql", json={"query": query})

    told = [error["message"] for error in json.loads(response.content)["errors"]]
    assert 1 <= len(told) <= 3
    assert all(len(message) <= 20 for message in told)
