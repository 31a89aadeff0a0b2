"""Answers that caches may keep."""

import hashlib
import json
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from gateway_graphql.exchange import Caller
from gateway_graphql.gateway import Gateway
from gateway_graphql.policy.headers import (
    HeaderPropagation,
    HeaderRules,
    Names,
    Propagate,
    SubgraphRules,
)
from gateway_graphql.policy.persisted import AutomaticPersistedQueries, MemoryDocuments
from gateway_graphql.server import create_app
from gateway_graphql.server.border.revalidation import entity_tag, names
from gateway_graphql.transport.base import SubgraphReply

SDL = (Path(__file__).parents[2] / "data" / "shop.graphql").read_text()
QUERY = "{ books { id } }"
TAG = entity_tag(b'{"data":{"books":[{"id":"1"}]}}')
VARY = "accept, accept-encoding, authorization"


class Books:
    def __init__(self, cache_control=None, body=b'{"data":{"books":[{"id":"1"}]}}'):
        self.headers = {"cache-control": cache_control} if cache_control else {}
        self.body = body

    async def send(self, _request):
        return SubgraphReply(200, self.body, self.headers)


def client(books):
    rule = Propagate(Names(named=("cache-control",)))
    border = HeaderPropagation(HeaderRules(SubgraphRules(response=(rule,))))
    gateway = Gateway.from_supergraph(
        SDL,
        transports={"books": books},
        middleware=[border, AutomaticPersistedQueries(MemoryDocuments())],
        around_transports=[border.around],
    )
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(gateway)),
        base_url="http://gateway",
    )


async def get(it, query=QUERY, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await it.get("/graphql", params={"query": query}, headers=named)


def about_caching(response):
    names = ("cache-control", "etag", "vary")
    return response.status_code, *(response.headers.get(name) for name in names)


async def test_an_answer_has_a_tag_and_lives_as_long_as_its_parts():
    response = await get(client(Books("public, max-age=60")))

    assert (200, "public, max-age=60", TAG, VARY) == about_caching(response)


@pytest.mark.parametrize(
    "if_none_match", [TAG, TAG.removeprefix("W/"), f'"other", {TAG}', "*"]
)
async def test_who_has_the_answer_is_not_sent_it_again(if_none_match):
    response = await get(client(Books("max-age=60")), if_none_match=if_none_match)

    assert (304, "max-age=60", TAG, VARY) == about_caching(response)
    assert b"" == response.content
    assert {"content-type", "content-length"}.isdisjoint(response.headers)


async def test_who_has_another_answer_is_sent_this_one():
    response = await get(client(Books("max-age=60")), if_none_match='W/"other"')

    assert (200, {"data": {"books": [{"id": "1"}]}}) == (
        response.status_code,
        response.json(),
    )


@pytest.mark.parametrize(
    ("books", "query"),
    [
        (Books(), QUERY),
        (Books("no-store"), QUERY),
        (
            Books("max-age=60", b'{"data":{"books":[]},"errors":[{"message":"x"}]}'),
            QUERY,
        ),
        (Books("max-age=60"), "{ __typename }"),
    ],
    ids=["says nothing", "forbids it", "errors", "no subgraph is asked"],
)
async def test_what_no_subgraph_promises_and_errors_are_not_kept(books, query):
    response = await get(client(books), query, if_none_match="*")

    assert (200, "no-store", None) == about_caching(response)[:3]


@pytest.mark.parametrize("query", ["{ nonsense }", "{", "mutation { addBook }"])
async def test_refusals_are_not_kept(query):
    response = await get(client(Books("max-age=60")), query, if_none_match="*")

    assert ("no-store", None) == about_caching(response)[1:3]


async def test_where_nobody_says_anything_the_client_keeps_the_answer_and_asks():
    gateway = Gateway.from_supergraph(SDL, transports={"books": Books()})
    it = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(gateway)),
        base_url="http://gateway",
    )

    assert (200, "private, no-cache", TAG, VARY) == about_caching(await get(it))
    assert 304 == (await get(it, if_none_match=TAG)).status_code


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("public, max-age=60", "private, max-age=60"),
        ("no-store", "no-store"),
        (None, "private, no-cache"),
    ],
)
async def test_what_was_made_for_a_caller_is_private_whoever_says_what(said, expected):
    async def alice(request, context, proceed):
        response = await proceed(request, context.with_caller(Caller("alice")))
        return replace(response, headers={"cache-control": said} if said else {})

    gateway = Gateway.from_supergraph(
        SDL, transports={"books": Books()}, middleware=[alice]
    )
    it = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(gateway)),
        base_url="http://gateway",
    )

    assert expected == (await get(it)).headers["cache-control"]


async def test_a_post_has_no_tag():
    response = await client(Books("max-age=60")).post(
        "/graphql", json={"query": QUERY}, headers={"if-none-match": "*"}
    )

    assert (200, "max-age=60", None, None) == about_caching(response)


async def test_a_persisted_query_is_cached_by_its_short_address():
    it = client(Books("public, max-age=60"))
    persisted = {"version": 1, "sha256Hash": hashlib.sha256(QUERY.encode()).hexdigest()}
    params = {"extensions": json.dumps({"persistedQuery": persisted})}

    unknown = await it.get("/graphql", params=params)
    await it.get("/graphql", params={**params, "query": QUERY})
    known = await it.get("/graphql", params=params)
    again = await it.get("/graphql", params=params, headers={"if-none-match": TAG})

    assert (200, "private, no-cache, must-revalidate", None) == about_caching(unknown)[
        :3
    ]
    assert (200, "public, max-age=60", TAG, VARY) == about_caching(known)
    assert 304 == again.status_code


def test_a_tag_is_told_from_one_that_contains_it():
    assert not names('"abc"', '"ab"')
    assert not names("", '"ab"')
