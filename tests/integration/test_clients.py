"""Clients that people use, from their packages, ask a gateway process.

The gateway is as strict as it can be: no GET without proof that no foreign page is behind
it. Lists of requests are on, for the clients that send them.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml
from gql import Client, GraphQLRequest, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport

BOOKS = Path(__file__).with_name("books.py")
SETTINGS = {
    "subgraphs": {
        "books": {
            "url": "http://127.0.0.1:1/graphql",
            "dev": {"command": ["python", str(BOOKS), "{port}"]},
        }
    },
    "server": {
        "csrf": {"applies_to": "all"},
        "batching": {"enabled": True, "max_size": 3},
        "compression": {"min_bytes": 1},
    },
    "headers": {"all": {"response": [{"propagate": {"named": "cache-control"}}]}},
}
PROOF = {"apollo-require-preflight": "true"}

BOOK = "query Book($id: ID!) { book(id: $id) { id title } }"
LOST = 'query Lost { book(id: "1") { title } lost(title: "Sanditon") { title } }'
ADD = "mutation Add($title: String!) { addBook(title: $title) { title } }"

EMMA = {"id": "1", "title": "Emma"}
PERSUASION = {"id": "2", "title": "Persuasion"}
IS_LOST = {"code": "DOWNSTREAM_SERVICE_ERROR", "path": ["lost"]}
VARIABLE_MISSING = {"code": "BAD_USER_INPUT", "locations": [[1, 12]]}


def invalid(line, column):
    return {"code": "GRAPHQL_VALIDATION_FAILED", "locations": [[line, column]]}


def scenario(nonsense, typename=()):
    """What every client is told; some ask for `__typename` in every selection."""
    book = dict(typename)
    return {
        "data": {"data": {"book": {**EMMA, **book}}, "errors": []},
        "fieldError": {
            "data": {"book": {"title": "Emma", **book}, "lost": None},
            "errors": [IS_LOST],
        },
        "requestError": {"data": None, "errors": [nonsense]},
        "variableError": {"data": None, "errors": [VARIABLE_MISSING]},
        "mutation": {
            "data": {"addBook": {"title": "Sanditon", **book}},
            "errors": [],
        },
    }


def exchange(method, *, sends_document):
    return {
        "method": method,
        "sendsDocument": sends_document,
        "status": 200,
        "mediaType": "application/graphql-response+json",
    }


@pytest.fixture(scope="module")
def url(started_for_module, free_ports, tmp_path_factory):
    config = tmp_path_factory.mktemp("clients") / "gateway.yaml"
    config.write_text(yaml.safe_dump(SETTINGS))
    port = free_ports(2)[0]
    gateway = started_for_module(
        *("python", "-c", "from gateway_graphql.cli import main; main()"),
        *("dev", "--config", str(config), "--port", str(port)),
    )
    gateway.wait_for(f"http://127.0.0.1:{port}/health/ready")
    return f"http://127.0.0.1:{port}/graphql"


def test_apollo_client(node, url):
    (told,) = node("apollo-client.mjs", url)
    expected = scenario(invalid(2, 3), {"__typename": "Book"})
    persuasion = {"book": {**PERSUASION, "__typename": "Book"}}

    assert {
        **expected,
        # The hash alone, which is not known yet; hash and document; the hash alone.
        "persisted": [
            {
                "result": expected["data"],
                "exchanges": [
                    exchange("GET", sends_document=False),
                    exchange("POST", sends_document=True),
                ],
            },
            {
                "result": expected["data"],
                "exchanges": [exchange("GET", sends_document=False)],
            },
        ],
        "batch": {
            "result": [
                expected["data"],
                {"data": persuasion, "errors": []},
                expected["requestError"],
            ],
            "exchanges": [exchange("POST", sends_document=True)],
        },
    } == told


def test_urql(node, url):
    (told,) = node("urql.mjs", url)
    expected = scenario(invalid(2, 3))
    persisted = [exchange("GET", sends_document=sends) for sends in (False, True)]

    assert {
        **expected,
        "persisted": [
            {"result": expected["data"], "exchanges": persisted},
            {"result": expected["data"], "exchanges": persisted[:1]},
        ],
    } == told


def test_graphql_request(node, url):
    (told,) = node("graphql-request.mjs", url)
    expected = scenario(invalid(1, 18))

    assert {
        **expected,
        "get": {
            "result": expected["data"],
            "exchanges": [exchange("GET", sends_document=True)],
        },
        "batch": {
            "result": [
                expected["data"],
                {"data": {"book": PERSUASION}, "errors": []},
            ],
            "exchanges": [exchange("POST", sends_document=True)],
        },
    } == told


def test_relay(node, url):
    (told,) = node("relay.mjs", url)

    assert {
        **scenario(invalid(1, 18)),
        "stored": {"__id": "1", "__typename": "Book", **EMMA},
        "thrown": [invalid(1, 18)],
    } == told


@pytest.fixture(params=[AIOHTTPTransport, HTTPXAsyncTransport])
def session(request, url):
    """A session of Python's gql, with the schema fetched by introspection."""
    options = {"headers": PROOF}
    if request.param is HTTPXAsyncTransport:
        options["trust_env"] = False
    return Client(
        transport=request.param(url=url, **options), fetch_schema_from_transport=True
    )


def asking(text, **variables):
    return GraphQLRequest(text, variable_values=variables)


async def refused(it, request):
    """What gql raises: its data, and of each error what a program can act on."""
    with pytest.raises(TransportQueryError) as caught:
        await it.execute(request)
    errors = [
        {
            "code": error["extensions"]["code"],
            **{name: error[name] for name in ("path",) if name in error},
            **{
                name: [[it["line"], it["column"]] for it in error[name]]
                for name in ("locations",)
                if name in error
            },
        }
        for error in caught.value.errors
    ]
    return caught.value.data, errors


async def test_gql_asks_with_variables_and_knows_the_schema(session):
    async with session as it:
        book = await it.execute(asking(BOOK, id="1"))
        added = await it.execute(asking(ADD, title="Sanditon"))
        types = set(session.schema.type_map)

    assert ({"book": EMMA}, {"addBook": {"title": "Sanditon"}}) == (book, added)
    assert {"Book", "Query", "Mutation"} <= types


async def test_gql_raises_errors_that_say_what_and_where(session):
    async with session as it:
        lost = await refused(it, gql(LOST))
        missing = await refused(it, gql(BOOK))

    assert ({"book": {"title": "Emma"}, "lost": None}, [IS_LOST]) == lost
    assert (None, [VARIABLE_MISSING]) == missing


async def test_gql_asks_by_lists(session):
    async with session as it:
        both = await it.execute_batch([asking(BOOK, id="1"), asking(BOOK, id="2")])

    assert [{"book": EMMA}, {"book": PERSUASION}] == both


def test_a_cache_asks_whether_a_persisted_query_is_still_the_same(url):
    persisted = {"version": 1, "sha256Hash": hashlib.sha256(BOOK.encode()).hexdigest()}
    params = {
        "extensions": json.dumps({"persistedQuery": persisted}),
        "variables": '{"id": "1"}',
    }
    with httpx.Client(headers=PROOF, trust_env=False) as client:
        client.get(url, params={**params, "query": BOOK})
        first = client.get(url, params=params)
        again = client.get(
            url, params=params, headers={"if-none-match": first.headers["etag"]}
        )

    assert (200, {"data": {"book": EMMA}}) == (first.status_code, first.json())
    assert (304, b"") == (again.status_code, again.content)
    assert ["public, max-age=60", "accept, accept-encoding, authorization"] * 2 == [
        response.headers[name]
        for response in (first, again)
        for name in ("cache-control", "vary")
    ]


def gql_cli(url, *options, asked=""):
    return subprocess.run(
        [str(Path(sys.executable).with_name("gql-cli")), url, *options],
        input=asked,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
    )


def test_gql_cli_asks(url):
    done = gql_cli(url, "--variables", "id:1", asked=BOOK)

    assert {"book": {"id": "1", "title": "Emma"}} == json.loads(done.stdout)


def test_gql_cli_tells_errors(url):
    done = gql_cli(url, asked="{ nonsense }")

    assert done.returncode != 0
    assert "Cannot query field 'nonsense' on type 'Query'." in done.stderr


def test_gql_cli_prints_the_schema(url):
    done = gql_cli(url, "--print-schema")

    assert "type Book {\n  id: ID!\n  title: String!\n}" in done.stdout
