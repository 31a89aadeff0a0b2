"""Headers on their way through a gateway, over subgraphs and server."""

import re
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from gateway_graphql.composition import Subgraph as SubgraphSDL
from gateway_graphql.config import Config
from gateway_graphql.config.assembly.gateway import header_border
from gateway_graphql.exchange import Caller, RequestContext
from gateway_graphql.gateway import Gateway
from gateway_graphql.policy.headers import (
    Algorithm,
    HeaderPropagation,
    HeaderRules,
    Insert,
    Names,
    Propagate,
    SubgraphRules,
)
from gateway_graphql.server import create_app
from gateway_graphql.transport.base import SubgraphReply
from gateway_graphql.transport.http_message import encode_headers

SDL = (Path(__file__).parents[3] / "data" / "shop.graphql").read_text()
ALL = Propagate(Names(matching=re.compile(".*")))


class Subgraph:
    """Answers books with headers that change from request to request."""

    def __init__(
        self, *replies, body=b'{"data":{"books":[{"id":"1"}],"addBook":null}}'
    ):
        self._replies = list(replies)
        self._body = body
        self.asked = []

    async def send(self, request):
        self.asked.append(dict(request.headers))
        headers = self._replies.pop(0) if self._replies else {}
        return SubgraphReply(200, self._body, headers)


def client(rules, subgraph, *middleware):
    border = HeaderPropagation(rules)
    gateway = Gateway.from_supergraph(
        SDL,
        transports={"books": subgraph},
        middleware=[border, *middleware],
        around_transports=[border.around],
        forward_headers=("*",),
    )
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(gateway)),
        base_url="http://gateway",
    )


def everywhere(request=(), response=()):
    return HeaderRules(SubgraphRules(tuple(request), tuple(response)))


async def ask(it, query="{ books { id } }", **headers):
    return await it.post("/graphql", json={"query": query}, headers=headers)


async def test_nothing_goes_through_without_a_rule():
    subgraph = Subgraph({"set-cookie": "a=b", "x-internal": "1"})
    response = await ask(
        client(HeaderRules(), subgraph), authorization="Bearer x", cookie="c=d"
    )

    assert [{}] == subgraph.asked
    assert {"content-type", "content-length"} == set(response.headers)


async def test_each_subgraph_gets_what_its_rules_say_after_those_for_all():
    rules = HeaderRules(
        SubgraphRules(request=(Propagate(Names(named=("authorization",))),)),
        {
            "books": SubgraphRules(request=(Insert("authorization", "Basic own"),)),
            "others": SubgraphRules(request=(ALL,)),
        },
    )
    subgraph = Subgraph()
    await ask(client(rules, subgraph), authorization="Bearer x", cookie="c=d")

    assert [{"authorization": "Basic own"}] == subgraph.asked


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [(Algorithm.FIRST, "1"), (Algorithm.LAST, "2"), (Algorithm.APPEND, "1, 2")],
)
@pytest.mark.parametrize(
    "names", [Names(named=("x",)), Names(matching=re.compile("x"))]
)
async def test_a_header_of_several_replies_is_joined(names, algorithm, expected):
    rule = Propagate(names, algorithm=algorithm)
    answered = await headers_of_two("x", rule)

    assert [expected] == answered.get_list("x")


@pytest.mark.parametrize("name", ["set-cookie", "www-authenticate"])
async def test_a_header_whose_values_have_commas_is_one_line_of_each_reply(name):
    rule = Propagate(Names(named=(name,)), algorithm=Algorithm.APPEND)
    answered = await headers_of_two(name, rule)

    assert ["1", "2"] == answered.get_list(name)


async def headers_of_two(name, rule):
    """What is answered where one subgraph says 1 under a name, and another one 2."""
    border = HeaderPropagation(everywhere(response=[rule]))
    gateway = Gateway.compose(
        SubgraphSDL("books", sdl="type Query { book: String }"),
        SubgraphSDL("films", sdl="type Query { film: String }"),
        transports={
            "books": Subgraph({name: "1"}, body=b'{"data":{"book":null}}'),
            "films": Subgraph({name: "2"}, body=b'{"data":{"film":null}}'),
        },
        middleware=[border],
        around_transports=[border.around],
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(gateway)),
        base_url="http://gateway",
    ) as it:
        return (await ask(it, "{ book film }")).headers


async def test_cookies_are_never_joined():
    rules = everywhere(
        response=[
            Propagate(Names(named=("set-cookie",)), algorithm=Algorithm.APPEND),
        ]
    )
    cookies = "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT\nb=2"
    response = await ask(client(rules, Subgraph({"set-cookie": cookies})))

    assert cookies.split("\n") == response.headers.get_list("set-cookie")


async def test_a_header_cannot_bring_a_second_one_with_it():
    rules = everywhere(response=[ALL])
    response = await ask(
        client(rules, Subgraph({"x": "1\r\nset-cookie: a=b", "y": "2"}))
    )

    assert ({"x", "y"}, "1  set-cookie: a=b") == (
        {"x", "y"} & set(response.headers),
        response.headers["x"],
    )
    assert "set-cookie" not in response.headers


CACHED = everywhere(response=[Propagate(Names(named=("cache-control",)))])


async def test_an_answer_may_be_cached_as_long_as_its_parts():
    response = await ask(
        client(CACHED, Subgraph({"cache-control": "public, max-age=60"}))
    )

    assert "public, max-age=60" == response.headers["cache-control"]


async def test_what_answers_depend_on_is_told_with_how_long_they_may_be_cached():
    cached = {"cache-control": "public, max-age=60", "vary": "Accept, X-Tenant"}
    response = await ask(client(CACHED, Subgraph(cached)))
    anything = await ask(client(CACHED, Subgraph({**cached, "vary": "*"})))

    assert ("public, max-age=60", "x-tenant") == (
        response.headers["cache-control"],
        response.headers["vary"],
    )
    assert "no-store" == anything.headers["cache-control"]


async def test_what_was_made_for_a_caller_is_for_the_caller_only():
    async def alice(request, context, proceed):
        response = await proceed(request, replace(context, caller=Caller("alice")))
        assert "alice" == response.caller.subject
        return response

    cached = {"cache-control": "public, max-age=60, s-maxage=600"}
    response = await ask(client(CACHED, Subgraph(cached), alice))

    assert "private, max-age=60" == response.headers["cache-control"]


async def test_errors_and_mutations_are_never_cached():
    cached = {"cache-control": "public, max-age=60"}
    error = b'{"data":{"books":[]},"errors":[{"message":"x"}]}'
    responses = [
        await ask(client(CACHED, Subgraph(cached, body=error))),
        await ask(
            client(CACHED, Subgraph(cached)), 'mutation { addBook(title: "x") { id } }'
        ),
        await ask(client(CACHED, Subgraph(cached)), "{ nonsense }"),
    ]

    assert ["no-store"] * 3 == [it.headers["cache-control"] for it in responses]


async def test_what_the_server_writes_itself_is_never_there_twice():
    written = ("date", "server", "content-length", "transfer-encoding", "connection")
    told = dict.fromkeys((*written, "content-type", "keep-alive", "x-a"), "7")
    inserts = [Insert(name, "8") for name in (*written, "content-type")]
    for rules in (everywhere(response=[ALL]), everywhere(response=[ALL, *inserts])):
        response = await ask(client(rules, Subgraph(told)))

        names = [name.decode() for name, _ in response.headers.raw]
        assert {"cache-control", "content-type", "content-length", "x-a"} == set(names)
        assert sorted(set(names)) == sorted(names)


CLIENT = {
    "x-a": "1",
    "authorization": "Bearer t",
    "x-hop": "2",
    "connection": "keep-alive, X-Hop",
    "te": "trailers",
}


@pytest.mark.parametrize("forwarded", [["*"], ["X-A", "x-hop"], ["authorization"], []])
@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"all": {"response": [{"propagate": {"named": "x-b"}}]}},
        {"subgraphs": {"books": {"response": [{"propagate": {"matching": ".*"}}]}}},
    ],
)
async def test_rules_for_answers_never_change_what_is_sent(forwarded, rules):
    async def sent(headers):
        settings = {"server": {"forward_headers": forwarded}, **headers}
        config = Config.model_validate(settings)
        subgraph = Subgraph()
        border = header_border(config)
        gateway = Gateway.from_supergraph(
            SDL,
            transports={"books": subgraph},
            around_transports=[border.around] if border else [],
            forward_headers=["*"] if border else forwarded,
        )
        context = RequestContext(CLIENT)
        await gateway.execute("{ books { id } }", context=context)
        return encode_headers(subgraph.asked[0])

    plain, ruled = await sent({}), await sent({"headers": rules})

    assert plain == ruled
    names = {name.decode() for name, _ in ruled}
    assert not names & {"x-hop", "connection", "te"}
    assert ("*" in forwarded) is ({"x-a", "authorization"} <= names)
