"""How long an answer may be kept, without any rule about it."""

import httpx
import pytest
from msgspec.structs import replace

from gateway_graphql import Gateway, Subgraph
from gateway_graphql.exchange import Caller
from gateway_graphql.policy.headers import (
    HeaderPropagation,
    HeaderRules,
    Insert,
    Names,
    Remove,
    SubgraphRules,
)
from gateway_graphql.server import create_app
from gateway_graphql.transport.base import SubgraphReply
from gateway_graphql.transport.in_process.asgi import ASGITransport

SUBGRAPHS = [
    Subgraph("books", sdl="type Query { book: String }"),
    Subgraph("films", sdl="type Query { film: String }"),
]
BOTH = "{ book film }"


class Answering:
    def __init__(self, field, headers, errors=""):
        self._body = f'{{"data": {{"{field}": "x"}}{errors}}}'.encode()
        self._headers = headers

    async def send(self, _request):
        return SubgraphReply(200, self._body, self._headers)


def client(books, films=None, *, errors="", **options):
    transports = {
        "books": Answering("book", books, errors),
        "films": Answering("film", films or {}),
    }
    gateway = Gateway.compose(*SUBGRAPHS, transports=transports, **options)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(gateway)),
        base_url="http://gateway",
    )


async def kept(it, query=BOTH):
    response = await it.get("/graphql", params={"query": query})
    return response.headers["cache-control"]


def public(seconds):
    return {"cache-control": f"public, max-age={seconds}"}


async def test_an_answer_is_kept_as_long_as_the_shortest_of_its_parts():
    it = client(public(60), public(30))

    assert "public, max-age=30" == await kept(it)
    assert "public, max-age=60" == await kept(it, "{ book }")


async def test_who_says_nothing_beside_others_wants_to_be_asked_each_time():
    assert "private, no-cache, max-age=0" == await kept(client(public(60)))


async def test_where_nobody_says_anything_the_client_asks_each_time():
    assert "private, no-cache" == await kept(client({}))


@pytest.mark.parametrize("headers", [{"cache-control": "no-store"}, {"vary": "*"}])
async def test_what_one_forbids_is_not_kept(headers):
    assert "no-store" == await kept(client(public(60), {**public(60), **headers}))


async def test_an_answer_with_errors_is_not_kept():
    it = client(public(60), errors=', "errors": [{"message": "x"}]')

    assert "no-store" == await kept(it)


async def test_what_parts_depend_on_the_answer_depends_on():
    it = client(
        {**public(60), "vary": "Accept, X-Tenant"}, {**public(9), "vary": "x-b"}
    )
    response = await it.get("/graphql", params={"query": BOTH})

    assert (
        "accept, accept-encoding, authorization, x-tenant, x-b"
        == (response.headers["vary"])
    )


async def test_what_was_made_for_a_caller_is_for_the_caller_only():
    async def alice(request, context, proceed):
        return await proceed(request, replace(context, caller=Caller("alice")))

    assert "private, max-age=30" == await kept(
        client(public(60), public(30), middleware=[alice])
    )


async def test_the_answer_to_a_post_says_nothing():
    it = client(public(60), public(60))
    response = await it.post("/graphql", json={"query": BOTH})

    assert "cache-control" not in response.headers


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Insert("cache-control", "max-age=5"), "max-age=5"),
        (Remove(Names(named=("cache-control",))), "no-store"),
    ],
)
async def test_rules_about_it_decide_alone(rule, expected):
    border = HeaderPropagation(HeaderRules(SubgraphRules(response=(rule,))))
    it = client(
        public(60),
        public(30),
        middleware=[border],
        around_transports=[border.around],
    )

    assert expected == await kept(it)


async def test_what_a_gateway_inside_is_told_is_not_told_outside():
    inner = Gateway.compose(
        SUBGRAPHS[0],
        transports={"books": Answering("book", {**public(60), "vary": "x-inner"})},
    )
    outer = Gateway.compose(
        SUBGRAPHS[0],
        transports={"books": ASGITransport(create_app(inner))},
    )
    it = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(outer)),
        base_url="http://gateway",
    )
    response = await it.get("/graphql", params={"query": "{ book }"})

    assert {"data": {"book": "x"}} == response.json()
    assert "private, no-cache" == response.headers["cache-control"]
    assert "x-inner" not in response.headers["vary"]


async def test_replies_that_nobody_was_answered_with_count_for_nothing():
    async def twice(request, context, proceed):
        await proceed(replace(request, query="{ film }"), context)
        return await proceed(request, context)

    it = client(public(60), public(1), middleware=[twice])

    assert "public, max-age=60" == await kept(it, "{ book }")
