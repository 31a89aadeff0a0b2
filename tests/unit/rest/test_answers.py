"""What the gateway answers becomes plain JSON, or a problem with its status."""

import json
from dataclasses import replace
from http import HTTPStatus

import httpx
import pytest

from gateway_graphql import Subgraph
from gateway_graphql.composition import compose
from gateway_graphql.config.persisted import OperationsConfig
from gateway_graphql.errors import (
    LimitExceeded,
    RateLimited,
    SubgraphTimedOut,
    SubgraphUnreachable,
)
from gateway_graphql.policy.authorization import AuthorizationSettings, Enforcement
from gateway_graphql.policy.gate import Policies
from gateway_graphql.policy.persisted import PersistedOperations, SafelistLevel
from gateway_graphql.policy.rate_limit.settings import (
    Limit,
    OperationLimit,
    RateLimits,
)
from gateway_graphql.policy.store.buckets.bucket import Rate
from gateway_graphql.rest import RestSettings
from gateway_graphql.server import Border, OriginPolicy, create_app
from gateway_graphql.transport.base import SubgraphReply

BOOK = """
query Book($id: ID!) @rest(
  path: "/books/{id}", unwrap: "book", cache: "public, max-age=60"
  errors: [{ code: "BURNT", status: 410 }]
) { book(id: $id) { id title } }
"""
DUNE = {"data": {"book": {"id": "1", "title": "Dune"}}}


def failing(code, path=("book",), data=None, **extensions):
    return {
        "data": data or {"book": None},
        "errors": [
            {
                "message": f"It is {code}.",
                "path": list(path),
                "extensions": {"code": code, **extensions},
            }
        ],
    }


def raising(error):
    def answer(_request):
        raise error

    return answer


def summary(response):
    body = response.json()
    assert "application/problem+json" == response.headers["content-type"]
    assert "no-store" == response.headers["cache-control"]
    assert response.status_code == body["status"]
    return response.status_code, body["code"]


async def test_what_is_hidden_is_answered_as_where_nothing_is(library, caplog):
    hiding = Policies(authorization=AuthorizationSettings(mode=Enforcement.HIDE))
    client = library.serve(MINE, {"data": {"mine": []}}, gate=hiding)

    hidden, nowhere = await client.get("/mine"), await client.get("/nowhere")
    allowed = await client.get("/mine", headers={"authorization": "Bearer alice"})

    assert 404 == hidden.status_code
    assert "NOT_FOUND" == hidden.json()["code"]
    assert (hidden.json(), hidden.headers) == (nowhere.json(), nowhere.headers)
    assert [] == caplog.records
    assert (200, []) == (allowed.status_code, allowed.json())


async def test_an_answer_is_the_unwrapped_selection(library):
    response = await library.serve(BOOK, DUNE).get("/books/1")

    assert (200, "application/json", b'{"id":"1","title":"Dune"}') == (
        response.status_code,
        response.headers["content-type"],
        response.content,
    )


async def test_without_unwrap_the_answer_is_all_data(library):
    operation = (
        'query B @rest(path: "/b") { book(id: 1) { id } other: book(id: 2) { id } }'
    )
    answer = {"data": {"book": {"id": "1"}, "other": None}}

    response = await library.serve(operation, answer).get("/b")

    assert {"book": {"id": "1"}, "other": None} == response.json()


async def test_select_reshapes_what_is_unwrapped(library):
    operation = """query B @rest(
      path: "/b", unwrap: "book", select: "{number: to_number(id), name: title}"
    ) { book(id: 1) { id title } }"""

    response = await library.serve(operation, DUNE).get("/b")

    assert b'{"number":1,"name":"Dune"}' == response.content


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"data": {"book": None}}, (404, "NOT_FOUND")),
        (failing("NOT_FOUND"), (404, "NOT_FOUND")),
        (failing("UNAUTHENTICATED"), (401, "UNAUTHENTICATED")),
        (failing("FORBIDDEN"), (403, "FORBIDDEN")),
        (failing("BAD_USER_INPUT"), (422, "BAD_USER_INPUT")),
        (failing("BURNT"), (410, "BURNT")),
        (failing("LENT"), (409, "LENT")),
        (failing("WHATEVER"), (502, "WHATEVER")),
        (raising(SubgraphUnreachable("books")), (502, "SUBREQUEST_HTTP_ERROR")),
        (raising(SubgraphTimedOut("books")), (504, "SUBREQUEST_TIMEOUT")),
    ],
)
async def test_an_error_has_the_status_that_its_code_means(library, answer, expected):
    client = library.serve(
        BOOK, answer, rest={"statuses": {"LENT": HTTPStatus.CONFLICT}}
    )

    response = await client.get("/books/1")

    assert expected == summary(response)


async def test_of_several_errors_the_one_that_the_client_can_mend_is_told(library):
    answer = failing("WHATEVER")
    answer["errors"] += failing("FORBIDDEN")["errors"]

    response = await library.serve(BOOK, answer).get("/books/1")

    assert (403, "FORBIDDEN") == summary(response)
    assert ["WHATEVER", "FORBIDDEN"] == [e["code"] for e in response.json()["errors"]]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("FORBIDDEN", "BAD_USER_INPUT"), 422),
        (("NOT_FOUND", "FORBIDDEN"), 403),
        (("FORBIDDEN", "UNAUTHENTICATED"), 401),
        (("LENT", "NOT_FOUND"), 404),
        (("BURNT", "LENT"), 409),
        (("RATE_LIMITED", "BURNT"), 410),
        (("WHATEVER", "RATE_LIMITED"), 429),
    ],
)
async def test_what_is_easier_to_mend_is_told_first(library, codes, expected):
    answer = failing(codes[0])
    answer["errors"] += failing(codes[1])["errors"]
    statuses = {"LENT": HTTPStatus.CONFLICT}

    responses = []
    for errors in (answer["errors"], answer["errors"][::-1]):
        client = library.serve(
            BOOK, {**answer, "errors": errors}, rest={"statuses": statuses}
        )
        responses.append((await client.get("/books/1")).status_code)

    assert [expected, expected] == responses


MINE = 'query Mine @rest(path: "/mine", unwrap: "mine") { mine { id } }'
LEDGER = 'query Ledger @rest(path: "/ledger", unwrap: "ledger") { ledger }'


async def test_nobody_in_particular_is_asked_to_sign_in(library):
    response = await library.serve(MINE).get("/mine")

    assert (401, "UNAUTHORIZED_FIELD_OR_TYPE") == summary(response)
    assert "Bearer" == response.headers["www-authenticate"]
    assert [] == library.asked


async def test_somebody_without_the_scope_is_refused(library):
    headers = {"authorization": "Bearer ann"}

    response = await library.serve(LEDGER).get("/ledger", headers=headers)

    assert (403, "UNAUTHORIZED_FIELD_OR_TYPE") == summary(response)


async def test_somebody_with_the_scope_is_answered(library):
    client = library.serve(LEDGER, {"data": {"ledger": "full"}})

    response = await client.get("/ledger", headers={"authorization": "Bearer a ledger"})

    assert (200, b'"full"') == (response.status_code, response.content)


async def refuse(_request, _context, _proceed):
    raise RateLimited(
        "client",
        standing={
            "limit": 1,
            "remaining": 0,
            "retryAfterMs": 1500,
            "resetAfterMs": 1500,
        },
        headers={"retry-after": "2", "ratelimit": '"client";r=0;t=2'},
    )


async def too_much(_request, _context, _proceed):
    raise LimitExceeded("depth", 3, 4)


async def test_a_rate_limit_is_a_429_with_its_headers(library):
    response = await library.serve(BOOK, DUNE, middleware=[refuse]).get("/books/1")

    assert (429, "RATE_LIMITED") == summary(response)
    assert "2" == response.headers["retry-after"]
    assert '"client";r=0;t=2' == response.headers["ratelimit"]


async def test_an_operator_says_which_status_a_refusal_has(library):
    client = library.serve(
        BOOK,
        DUNE,
        middleware=[refuse],
        rest={"statuses": {"RATE_LIMITED": HTTPStatus.SERVICE_UNAVAILABLE}},
    )

    assert (503, "RATE_LIMITED") == summary(await client.get("/books/1"))


async def test_a_field_limit_is_a_429_that_says_when_to_come_back(library):
    answer = failing("RATE_LIMITED", rateLimit={"retryAfterMs": 2500})

    def show_all(_subgraph, error):
        return replace(error, extensions=error.given_extensions)

    response = await library.serve(BOOK, answer, mask=show_all).get("/books/1")

    assert (429, "RATE_LIMITED") == summary(response)
    assert "3" == response.headers["retry-after"]


async def test_an_endpoint_has_the_limit_of_its_operation(library):
    once = Limit(Rate(limit=1, window_us=60_000_000, burst=1))
    limits = RateLimits(operations=(OperationLimit(once, name="Book"),))
    client = library.serve(BOOK, DUNE, gate=Policies(rate_limits=limits))

    first, second = [await client.get("/books/1") for _ in range(2)]

    assert 200 == first.status_code
    assert (429, "RATE_LIMITED") == summary(second)
    assert 55 <= int(second.headers["retry-after"]) <= 60


async def test_too_much_is_about_the_values(library):
    response = await library.serve(BOOK, DUNE, middleware=[too_much]).get("/books/1")

    assert (422, "MAX_DEPTH_LIMIT") == summary(response)


async def test_what_nobody_expected_is_not_told(library):
    async def broken(_request, _context, _proceed):
        raise RuntimeError("secret")

    response = await library.serve(BOOK, DUNE, middleware=[broken]).get("/books/1")

    assert (500, "INTERNAL_SERVER_ERROR") == summary(response)
    assert "secret" not in response.text


PARTIAL = """query Part @rest(path: "/part", unwrap: "book", partial: allow) {
  book(id: 1) { id notes }
}"""


async def test_partial_data_is_an_answer_where_it_is_allowed(library):
    client = library.serve(PARTIAL, {"data": {"book": {"id": "1"}}})

    response = await client.get("/part")

    assert (200, {"id": "1", "notes": None}) == (response.status_code, response.json())
    assert "UNAUTHORIZED_FIELD_OR_TYPE" == response.headers["gateway-partial"]
    assert "no-store" == response.headers["cache-control"]
    assert "etag" not in response.headers


async def test_partial_data_is_an_error_by_default(library):
    operation = PARTIAL.replace(", partial: allow", "")

    response = await library.serve(operation, {"data": {"book": {"id": "1"}}}).get(
        "/part"
    )

    assert (401, "UNAUTHORIZED_FIELD_OR_TYPE") == summary(response)


async def test_nothing_at_all_is_no_partial_data(library):
    client = library.serve(PARTIAL, failing("WHATEVER"))

    response = await client.get("/part", headers={"authorization": "Bearer ann"})

    assert (502, "WHATEVER") == summary(response)


async def test_who_has_the_answer_gets_304(library):
    client = library.serve(BOOK, DUNE)

    first = await client.get("/books/1")
    tag = first.headers["etag"]
    again = await client.get("/books/1", headers={"if-none-match": f'"x", {tag}'})
    other = await client.get("/books/1", headers={"if-none-match": '"x"'})

    assert "public, max-age=60" == first.headers["cache-control"]
    assert (304, b"", tag) == (again.status_code, again.content, again.headers["etag"])
    assert "content-type" not in again.headers
    assert 200 == other.status_code


async def test_nothing_is_kept_longer_than_subgraphs_let_it(library):
    headers = {"cache-control": "public, max-age=10"}
    reply = SubgraphReply(200, json.dumps(DUNE).encode(), headers)
    client = library.serve(BOOK, lambda _: reply)

    response = await client.get("/books/1")

    assert "public, max-age=10" == response.headers["cache-control"]


@pytest.mark.parametrize(
    "cache", ["public, max-age=60", "max-age=60, s-maxage=90", "max-age=60"]
)
async def test_what_somebody_was_given_is_not_for_everybody(library, cache):
    client = library.serve(BOOK.replace("public, max-age=60", cache), DUNE)

    response = await client.get("/books/1", headers={"authorization": "Bearer ann"})

    assert "private, max-age=60" == response.headers["cache-control"]
    assert "authorization" in response.headers["vary"]


async def test_head_is_a_get_without_content(library):
    client = library.serve(BOOK, DUNE)

    get, head = await client.get("/books/1"), await client.head("/books/1")

    assert (200, b"") == (head.status_code, head.content)
    for name in ("etag", "content-length", "content-type", "cache-control"):
        assert get.headers[name] == head.headers[name]


BOOKS = """query Books($first: Int, $after: String, $before: String) @rest(
  path: "/books", unwrap: "UNWRAP"
) {
  books(first: $first, after: $after, before: $before) {
    nodes { id }
    at: pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
  }
}"""
PAGE = {
    "data": {
        "books": {
            "nodes": [{"id": "1"}],
            "at": {
                "hasNextPage": True,
                "endCursor": "c=1",
                "hasPreviousPage": True,
                "startCursor": "c=0",
            },
        }
    }
}


@pytest.mark.parametrize("unwrap", ["books.nodes", "books", ""])
async def test_a_connection_is_turned_by_links(library, unwrap):
    client = library.serve(BOOKS.replace("UNWRAP", unwrap), PAGE)

    response = await client.get("/books?first=1&after=c")

    assert {
        "next": "/books?first=1&after=c%3D1",
        "prev": "/books?first=1&before=c%3D0",
        "first": "/books?first=1",
    } == {rel: link["url"] for rel, link in response.links.items()}


async def test_there_is_no_link_in_a_direction_that_cannot_be_asked_for(library):
    forwards = BOOKS.replace("UNWRAP", "books.nodes")
    forwards = forwards.replace(", $before: String", "").replace(
        ", before: $before", ""
    )

    response = await library.serve(forwards, PAGE).get("/books")

    assert {"next"} == set(response.links)


async def test_the_last_page_has_no_next(library):
    page = {
        "hasNextPage": False,
        "endCursor": "z",
        "hasPreviousPage": False,
        "startCursor": "a",
    }
    answer = {"data": {"books": {"nodes": [], "at": page}}}
    client = library.serve(BOOKS.replace("UNWRAP", "books.nodes"), answer)

    assert "link" not in (await client.get("/books")).headers


ADD = """mutation Add($book: NewBook! @body) @rest(
  path: "/books", method: POST, unwrap: "addBook", status: STATUS, location: "/books/{id}"
) { addBook(book: $book) { id } }"""
ADDED = {"data": {"addBook": {"id": "a/1"}}}


async def test_what_was_made_has_a_location(library):
    client = library.serve(ADD.replace("STATUS", "201"), ADDED, rest={"prefix": "/api"})

    response = await client.post("/api/books", json={"title": "x"})

    assert (201, "/api/books/a%2F1", "no-store") == (
        response.status_code,
        response.headers["location"],
        response.headers["cache-control"],
    )


@pytest.mark.parametrize(("status", "expected"), [("201", 201), ("200", 204)])
async def test_a_client_may_prefer_no_content(library, status, expected):
    client = library.serve(ADD.replace("STATUS", status), ADDED)

    response = await client.post(
        "/books",
        json={"title": "x"},
        headers={"prefer": "respond-async, return=minimal"},
    )

    assert (expected, b"", "return=minimal") == (
        response.status_code,
        response.content,
        response.headers["preference-applied"],
    )


async def test_a_deprecated_endpoint_says_so(library):
    operation = """query Old @rest(path: "/old", deprecated: {
      since: "2026-01-01", sunset: "2027-01-01", successor: "/new"
    }) { __typename }"""

    response = await library.serve(operation).get("/old")

    assert ("@1767225600", "Fri, 01 Jan 2027 00:00:00 GMT") == (
        response.headers["deprecation"],
        response.headers["sunset"],
    )
    assert "/new" == response.links["successor-version"]["url"]


async def test_an_endpoint_is_known_where_only_known_operations_run(library, tmp_path):
    manifest = tmp_path / "manifest.json"
    manifest.write_text(
        '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": []}'
    )
    assert OperationsConfig(files=(manifest,))
    only_ids = PersistedOperations((manifest,), level=SafelistLevel.IDS_ONLY)
    client = library.serve(BOOK, DUNE, middleware=[only_ids])

    endpoint = await client.get("/books/1")
    graphql = await client.post("/graphql", json={"query": "{ __typename }"})

    assert 200 == endpoint.status_code
    assert "PERSISTED_QUERY_ID_REQUIRED" in graphql.text


async def test_pages_of_named_origins_may_read_and_write(library):
    origins = (OriginPolicy(("https://shop.example",)),)
    client = library.serve(BOOK, DUNE, border=Border(origins=origins))
    origin = {"origin": "https://shop.example"}

    preflight = await client.options(
        "/books/1", headers={**origin, "access-control-request-method": "DELETE"}
    )
    response = await client.get("/books/1", headers=origin)

    assert "DELETE" in preflight.headers["access-control-allow-methods"]
    assert "https://shop.example" == response.headers["access-control-allow-origin"]


async def test_the_documentation_is_that_of_the_schema_that_is_served(library):
    gateway = library.gateway(DUNE)
    app = create_app(gateway, rest=library.settings(BOOK))
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://gateway"
    )

    async def title():
        document = (await client.get("/openapi.json")).json()
        return document["components"]["schemas"]["Book"]["properties"]["title"]["type"]

    before = await title()
    nullable = RENAMED.replace("name: String!", "title: String")
    await gateway.reload(
        compose([Subgraph("books", sdl=nullable, url="http://books")]).supergraph_sdl
    )

    assert ("string", ["string", "null"]) == (before, await title())


RENAMED = """
type Query { book(id: ID!): Book }
type Book { id: ID! name: String! }
"""


async def test_endpoints_that_do_not_fit_a_new_schema_say_so_in_the_log(
    library, tmp_path, caplog
):
    operations = tmp_path / "endpoints.graphql"
    operations.write_text(
        BOOK
        + 'query Number @rest(path: "/number", unwrap: "book") { book(id: 1) { id } }'
    )
    gateway = library.gateway(DUNE)
    app = create_app(gateway, rest=RestSettings((operations,)))
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://gateway"
    )

    before = await client.get("/books/1")
    await gateway.reload(
        compose([Subgraph("books", sdl=RENAMED, url="http://books")]).supergraph_sdl
    )
    after = await client.get("/books/1")
    other = await client.get("/number")

    assert (200, 500, 200) == (before.status_code, after.status_code, other.status_code)
    assert "Endpoints do not fit the new supergraph" in caplog.text
    assert "Cannot query field 'title' on type 'Book'" in caplog.text
