"""The HTTP border: foreign pages, addresses, lists of requests, documents by id."""

import hashlib
import json
import re
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest

from gateway_graphql.errors import PlanningFailed, RateLimited
from gateway_graphql.exchange import GatewayResponse
from gateway_graphql.gateway import Gateway
from gateway_graphql.policy.persisted import AutomaticPersistedQueries, MemoryDocuments
from gateway_graphql.server import Border, CSRFRule, OriginPolicy, create_app
from gateway_graphql.transport.mock import MockTransport
from gateway_graphql.wire.address import _known_address
from gateway_graphql.wire.forwarded import client_address

SDL = (Path(__file__).parents[2] / "data" / "shop.graphql").read_text()
ASK = {"query": "{ __typename }"}
ANSWERED = {"data": {"__typename": "Query"}}
SHOP = "https://shop.example"


def client(border=None, *middleware, **options):
    gateway = Gateway.from_supergraph(
        SDL,
        transports={"books": MockTransport(lambda _: {"data": {"books": []}})},
        middleware=middleware,
    )
    app = create_app(gateway, border=border)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, **options), base_url="http://gateway"
    )


BROWSERS = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"referer": "https://evil.example/"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-origin"},
    {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"},
    {"user-agent": "Mozilla/5.0", "apollo-require-preflight": ""},
    {"user-agent": "Mozilla/5.0", "x-apollo-operation-name": " "},
]


@pytest.mark.parametrize("headers", BROWSERS)
async def test_a_simple_get_of_a_browser_is_refused(headers):
    response = await client().get("/graphql", params=ASK, headers=headers)

    assert 403 == response.status_code
    assert ["CSRF_PREVENTION"] == [
        error["extensions"]["code"] for error in response.json()["errors"]
    ]


@pytest.mark.parametrize(
    "proof",
    [
        {"apollo-require-preflight": "true"},
        {"x-apollo-operation-name": "A"},
        {"graphql-require-preflight": "1"},
        {"content-type": "application/json"},
    ],
)
async def test_a_get_that_needs_a_preflight_is_answered(proof):
    for rule in ("browsers", "all"):
        response = await client(Border(CSRFRule(rule))).get(
            "/graphql", params=ASK, headers={**BROWSERS[0], **proof}
        )

        assert ANSWERED == response.json()


async def test_a_get_of_no_browser_needs_the_header_only_when_all_do():
    lenient = await client().get("/graphql", params=ASK)
    strict = await client(Border(CSRFRule("all"))).get("/graphql", params=ASK)

    assert (200, 403) == (lenient.status_code, strict.status_code)


async def test_the_rule_can_be_off():
    response = await client(Border(CSRFRule("none"))).get(
        "/graphql", params=ASK, headers=BROWSERS[0]
    )

    assert ANSWERED == response.json()


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/plain; application/json",
        "multipart/form-data; boundary=application/json",
        "application/x-www-form-urlencoded",
        "text/plain;charset=application/json",
        "",
    ],
)
async def test_a_simple_post_is_refused_whatever_it_holds(content_type):
    response = await client().post(
        "/graphql",
        content=json.dumps(ASK),
        headers={"content-type": content_type, "apollo-require-preflight": "1"},
    )

    assert response.status_code in (406, 415)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "text/plain;charset=application/json", "multipart/form-data", ""],
)
async def test_a_get_whose_content_type_needs_no_preflight_is_refused(content_type):
    response = await client().get(
        "/graphql", params=ASK, headers={**BROWSERS[0], "content-type": content_type}
    )

    assert response.status_code in (406, 415)


CORS = Border(
    origins=(
        OriginPolicy(
            origins=(SHOP,),
            patterns=(re.compile(r"https://[a-z]+\.shop\.example"),),
            allow_credentials=True,
            expose_headers=("ratelimit",),
        ),
        OriginPolicy(origins=("*",), headers=("content-type",), max_age_s=5),
    )
)


def cors_of(response):
    return {
        name: value
        for name, value in response.headers.items()
        if name.startswith("access-control") or name == "vary"
    }


async def test_without_policies_no_origin_is_told_anything():
    it = client()
    post = await it.post("/graphql", json=ASK, headers={"origin": SHOP})
    preflight = await it.options(
        "/graphql",
        headers={"origin": SHOP, "access-control-request-method": "POST"},
    )

    assert ({}, {}, 405) == (cors_of(post), cors_of(preflight), preflight.status_code)


@pytest.mark.parametrize("origin", [SHOP, "https://de.shop.example"])
async def test_a_named_origin_may_read_answers_with_credentials(origin):
    response = await client(CORS).post(
        "/graphql", json=ASK, headers={"origin": origin, "cookie": "a=b"}
    )

    assert ANSWERED == response.json()
    assert {
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "ratelimit",
        "vary": "Origin",
    } == cors_of(response)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://shop.example",
        "https://shop.example.evil.example",
        "https://a.shop.example.evil.example",
        "https://a.shop.exampleX",
        "https://SHOP.example",
        "https://shop.example:8443",
    ],
)
async def test_another_origin_is_never_reflected_nor_given_credentials(origin):
    response = await client(CORS).post(
        "/graphql", json=ASK, headers={"origin": origin, "cookie": "a=b"}
    )

    assert {
        "access-control-allow-origin": "*",
        "vary": "Origin",
    } == cors_of(response)


async def test_a_preflight_is_answered_by_the_policy_of_its_origin():
    responses = [
        await client(CORS).options(
            "/graphql",
            headers={"origin": origin, "access-control-request-method": "POST"},
        )
        for origin in (SHOP, "https://evil.example")
    ]

    assert [204, 204] == [response.status_code for response in responses]
    assert [
        {
            "access-control-allow-origin": SHOP,
            "access-control-allow-credentials": "true",
            "access-control-expose-headers": "ratelimit",
            "access-control-allow-methods": "GET, POST",
            "access-control-allow-headers": (
                "content-type, authorization, apollo-require-preflight, "
                "graphql-require-preflight"
            ),
            "access-control-max-age": "600",
            "vary": "Origin",
        },
        {
            "access-control-allow-origin": "*",
            "access-control-allow-methods": "GET, POST",
            "access-control-allow-headers": "content-type",
            "access-control-max-age": "5",
            "vary": "Origin",
        },
    ] == [cors_of(response) for response in responses]


async def test_refusals_have_cors_headers_too():
    response = await client(CORS).post(
        "/graphql",
        content=b"{",
        headers={"origin": SHOP, "content-type": "application/json"},
    )

    assert (400, SHOP) == (
        response.status_code,
        response.headers["access-control-allow-origin"],
    )


@pytest.mark.parametrize("patterns", [(), (re.compile("a"), re.compile("b"))])
def test_an_origin_is_allowed_that_is_named_or_that_a_pattern_matches(patterns):
    policy = OriginPolicy(origins=(SHOP,), patterns=patterns)

    allowed = [policy.allows(origin) for origin in (SHOP, "a", "b", "ab", "")]

    assert [True, bool(patterns), bool(patterns), False, False] == allowed


def test_no_pattern_is_tried_on_an_origin_that_no_host_has():
    policy = OriginPolicy(patterns=(re.compile("https://(a|aa)*"),))

    assert [True, False] == [policy.allows("https://" + "a" * n) for n in (504, 505)]


def test_credentials_for_everybody_cannot_be_asked_for():
    with pytest.raises(ValueError, match="name the origins"):
        OriginPolicy(origins=("*",), allow_credentials=True)


async def test_a_header_against_foreign_pages_may_be_named_in_any_case():
    it = client(Border(CSRFRule("all", ("X-Shop",))))

    asked = await it.get("/graphql", params=ASK, headers={"x-shop": "1"})

    assert 200 == asked.status_code


TRUSTED = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        # A client that is no proxy says nothing about itself.
        ("203.0.113.9", "1.1.1.1", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        # What the client wrote stands on the left.
        ("10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "203.0.113.9:1234", "203.0.113.9"),
        ("10.0.0.1", "[2001:DB8::1]:1234", "2001:db8::1"),
        ("10.0.0.1", "2001:db8:0::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("::1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "," * 100_000, "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2," * 10_000, "10.0.0.1"),
        ("testclient", "203.0.113.9", "testclient"),
        (None, "203.0.113.9", None),
    ],
)
def test_the_address_is_the_first_from_the_right_that_is_no_proxy(
    peer, forwarded_for, expected
):
    assert expected == client_address(peer, forwarded_for, TRUSTED)


def test_what_is_too_long_for_an_address_is_none_and_not_remembered():
    _known_address.cache_clear()

    assert "10.0.0.1" == client_address("10.0.0.1", "1:" * 30_000, TRUSTED)
    assert 1 == _known_address.cache_info().currsize


def test_without_trusted_proxies_nobody_is_believed():
    assert "10.0.0.1" == client_address("10.0.0.1", "203.0.113.9", ())


async def test_the_address_reaches_the_operation():
    seen = []

    async def note(request, context, proceed):
        seen.append(context.address)
        return await proceed(request, context)

    it = client(Border(trusted_proxies=TRUSTED), note, client=("10.0.0.1", 1))
    await it.post(
        "/graphql",
        json=ASK,
        headers=[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.9")],
    )

    assert ["203.0.113.9"] == seen


async def test_headers_of_answers_and_refusals_are_written():
    async def headed(request, context, proceed):
        if request.query == "{ refuse }":
            raise RateLimited(
                "login",
                standing={"retryAfterMs": 1500},
                headers={"Retry-After": "2"},
            )
        response = await proceed(request, context)
        return GatewayResponse(response.body, has_errors=False, headers={"x-cost": "7"})

    it = client(None, headed)
    answered = await it.post("/graphql", json=ASK)
    refused = await it.post("/graphql", json={"query": "{ refuse }"})

    assert (200, "7") == (answered.status_code, answered.headers["x-cost"])
    assert (429, "2") == (refused.status_code, refused.headers["retry-after"])


LISTS = Border(max_batch=3)


async def test_a_list_is_refused_by_default():
    response = await client().post("/graphql", json=[ASK])

    assert (
        400,
        "The request body is wrong: it must be an object, not a list.",
    ) == (response.status_code, response.json()["errors"][0]["message"])


async def test_a_list_is_answered_in_order_each_for_itself():
    response = await client(LISTS).post(
        "/graphql",
        json=[ASK, {"query": "{ nonsense }"}, {"query": "{ a: __typename }"}],
    )
    first, second, third = response.json()

    assert (200, "no-store") == (
        response.status_code,
        response.headers["cache-control"],
    )
    assert (ANSWERED, {"data": {"a": "Query"}}) == (first, third)
    assert "GRAPHQL_VALIDATION_FAILED" == second["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ([], "BAD_REQUEST", "The list of requests is empty."),
        (
            [ASK] * 4,
            "MAX_BATCH_SIZE_LIMIT",
            ("The operation is too large: the limit of batch size is 3, and it has 4."),
        ),
        (
            [ASK, [ASK]],
            "BAD_REQUEST",
            "The request body is wrong: request 2 must be an object, not a list.",
        ),
        (
            [ASK, {}],
            "BAD_REQUEST",
            "The request body is wrong: it has no `query`.",
        ),
    ],
)
async def test_a_wrong_list_is_refused_as_a_whole(body, code, message):
    response = await client(LISTS).post(
        "/graphql",
        json=body,
        headers={"accept": "application/graphql-response+json"},
    )
    (error,) = response.json()["errors"]

    assert (400, code, message) == (
        response.status_code,
        error["extensions"]["code"],
        error["message"],
    )


async def test_what_fails_unforeseen_in_a_list_leaves_the_others_their_answers(caplog):
    async def broken(request, context, proceed):
        if request.operation_name == "Broken":
            raise PlanningFailed("secret internals")
        return await proceed(request, context)

    response = await client(LISTS, broken).post(
        "/graphql",
        json=[ASK, {"query": "query Broken { __typename }", "operationName": "Broken"}],
    )

    assert (200, [ANSWERED, "INTERNAL_SERVER_ERROR"]) == (
        response.status_code,
        [
            response.json()[0],
            response.json()[1]["errors"][0]["extensions"]["code"],
        ],
    )
    assert "secret internals" in caplog.text
    assert "secret internals" not in response.text


async def test_what_all_of_a_list_are_refused_with_is_its_status():
    response = await client(LISTS).post(
        "/graphql",
        json=[{"query": "{ x }"}, {"query": "{ y }"}],
        headers={"accept": "application/graphql-response+json"},
    )

    assert (400, 2) == (response.status_code, len(response.json()))


HASH = hashlib.sha256(ASK["query"].encode()).hexdigest()
EXTENSIONS = {"persistedQuery": {"version": 1, "sha256Hash": HASH}}


async def test_a_document_registered_by_post_is_known_by_get():
    it = client(None, AutomaticPersistedQueries(MemoryDocuments()))
    by_get = {"extensions": json.dumps(EXTENSIONS)}

    unknown = await it.get("/graphql", params=by_get)
    registered = await it.post("/graphql", json={**ASK, "extensions": EXTENSIONS})
    known = [
        await it.get("/graphql", params=by_get),
        await it.get("/graphql", params={"documentId": HASH}),
        await it.get("/graphql", params={"id": f"sha256:{HASH}"}),
        await it.post("/graphql", json={"extensions": EXTENSIONS}),
        await it.post("/graphql", json={"documentId": HASH}),
        await it.post("/graphql", json={"id": HASH, "query": None}),
    ]

    assert (200, "private, no-cache, must-revalidate", "PersistedQueryNotFound") == (
        unknown.status_code,
        unknown.headers["cache-control"],
        unknown.json()["errors"][0]["message"],
    )
    assert [ANSWERED] * 7 == [it.json() for it in (registered, *known)]


async def test_a_mutation_known_by_its_hash_is_not_run_by_get():
    text = 'mutation { addBook(title: "x") { id } }'
    key = hashlib.sha256(text.encode()).hexdigest()
    documents = MemoryDocuments()
    documents.put(key, text)

    response = await client(None, AutomaticPersistedQueries(documents)).get(
        "/graphql", params={"documentId": key}
    )

    assert 405 == response.status_code


async def test_an_id_reaches_a_gateway_that_knows_none():
    response = await client().post("/graphql", json={"extensions": EXTENSIONS})

    assert (200, "PERSISTED_QUERY_NOT_SUPPORTED") == (
        response.status_code,
        response.json()["errors"][0]["extensions"]["code"],
    )
