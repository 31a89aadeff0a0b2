"""GraphQL over HTTP: every refusal states its whole answer."""

import asyncio
import logging
from pathlib import Path

import httpx
import pytest

from gateway_graphql.errors import PlanningFailed
from gateway_graphql.gateway import Gateway
from gateway_graphql.server import RequestLimits, create_app
from gateway_graphql.transport.mock import MockTransport

SDL = (Path(__file__).parents[2] / "data" / "shop.graphql").read_text()
JSON = "application/json; charset=utf-8"
GRAPHQL_RESPONSE = "application/graphql-response+json; charset=utf-8"
NEW = {"accept": "application/graphql-response+json"}


def books(request):
    if request.kind == "mutation":
        return {"data": {"addBook": {"id": "2"}}}
    return {"data": {"books": [{"id": "1"}]}}


def client(books=books, limits=None, **options):
    gateway = Gateway.from_supergraph(
        SDL, transports={"books": MockTransport(books)}, **options
    )
    app = create_app(gateway, limits=limits)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://gateway"
    )


def answer(response):
    return response.status_code, response.headers["content-type"], response.json()


def refusal(message, code, **more):
    return {"errors": [{"message": message, **more, "extensions": {"code": code}}]}


async def test_a_post_is_answered():
    response = await client().post("/graphql", json={"query": "{ books { id } }"})

    assert (200, JSON, {"data": {"books": [{"id": "1"}]}}) == answer(response)


async def test_a_get_is_answered():
    response = await client().get(
        "/graphql",
        params={
            "query": "query A($n: Int) { books(first: $n) { id } } query B { x: __typename }",
            "operationName": "A",
            "variables": '{"n": 1}',
        },
    )

    assert (200, JSON, {"data": {"books": [{"id": "1"}]}}) == answer(response)


async def test_the_newer_media_type_is_spoken_when_asked_for():
    response = await client().post(
        "/graphql", json={"query": "{ __typename }"}, headers=NEW
    )

    assert (200, GRAPHQL_RESPONSE, {"data": {"__typename": "Query"}}) == answer(
        response
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "{ books { id }",
            refusal(
                "Syntax Error: Expected Name, found <EOF>.",
                "GRAPHQL_PARSE_FAILED",
                locations=[{"line": 1, "column": 15}],
            ),
        ),
        (
            "{ nonsense }",
            refusal(
                "Cannot query field 'nonsense' on type 'Query'.",
                "GRAPHQL_VALIDATION_FAILED",
                locations=[{"line": 1, "column": 3}],
            ),
        ),
        (
            "query A { __typename } query B { __typename }",
            refusal(
                "The document has several operations: "
                "`operationName` must say which to run.",
                "GRAPHQL_UNKNOWN_OPERATION_NAME",
            ),
        ),
    ],
)
async def test_what_is_wrong_with_a_document_is_200_in_plain_json_and_else_400(
    query, expected
):
    plain = await client().post("/graphql", json={"query": query})
    newer = await client().post("/graphql", json={"query": query}, headers=NEW)

    assert (200, JSON, expected) == answer(plain)
    assert (400, GRAPHQL_RESPONSE, expected) == answer(newer)


async def test_an_unknown_operation_name():
    response = await client().post(
        "/graphql",
        json={"query": "query A { __typename }", "operationName": "Z"},
        headers=NEW,
    )

    assert (
        400,
        GRAPHQL_RESPONSE,
        refusal(
            "The document has no operation named 'Z'.",
            "GRAPHQL_UNKNOWN_OPERATION_NAME",
        ),
    ) == answer(response)


@pytest.mark.parametrize("variables", [{}, {"id": None}, {"id": [1]}])
async def test_missing_and_wrong_variables_are_refused(variables):
    response = await client().post(
        "/graphql",
        json={
            "query": "query ($id: ID!) { book(id: $id) { id } }",
            "variables": variables,
        },
        headers=NEW,
    )
    status, media_type, body = answer(response)

    assert (400, GRAPHQL_RESPONSE, ["errors"]) == (status, media_type, list(body))
    assert ["BAD_USER_INPUT"] == [e["extensions"]["code"] for e in body["errors"]]
    assert all("$id" in error["message"] for error in body["errors"])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The request body is not JSON: it is empty."),
        (
            b'{"query": "{ a }",\n "variables": {"\xc3\xa4": 1',
            "The request body is not JSON: it ends too early at line 2, column 22.",
        ),
        (
            b'{"query": "\\ud800"}',
            "The request body is not JSON: half of a surrogate pair.",
        ),
        (
            b"hello",
            (
                "The request body is not JSON: "
                "what stands at line 1, column 1 does not belong there."
            ),
        ),
        (
            b'{"query":"\xff"}',
            "The request body is not UTF-8.",
        ),
        (
            b'{"query": "{ a }", "variables": {"a": "\\ud83d is half"}}',
            (
                "The request body is not JSON: "
                "half of a surrogate pair at line 1, column 46."
            ),
        ),
        (b"[]", "The request body is wrong: it must be an object, not a list."),
        (
            b'{"query": "{ a }", "variables": {"a": [{"b": 1}, {"b": 1e999}]}}',
            (
                "The request body is wrong: "
                "the number at `variables.a[1].b` is too large."
            ),
        ),
        (
            b'{"query": 1, "query": "{ a }"}',
            "The request body is wrong: a value does not fit.",
        ),
        (
            b"{}",
            "The request body is wrong: it has no `query`.",
        ),
        (
            b'{"query": 1}',
            "The request body is wrong: `query` must be a string or null, not a number.",
        ),
        (
            b'{"query": "{ a }", "operationName": 1}',
            (
                "The request body is wrong: "
                "`operationName` must be a string or null, not a number."
            ),
        ),
        (
            b'{"query": "{ a }", "variables": "x"}',
            (
                "The request body is wrong: "
                "`variables` must be an object or null, not a string."
            ),
        ),
        (
            b'{"query": "{ a }", "extensions": []}',
            (
                "The request body is wrong: "
                "`extensions` must be an object or null, not a list."
            ),
        ),
        (
            b'{"query": "{ a }", "variables": {"a": ' + b"[" * 100_000 + b"}}",
            "The request body is nested too deeply.",
        ),
    ],
)
@pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
async def test_a_body_that_is_no_request_is_400(body, message, accept):
    response = await client().post(
        "/graphql",
        content=body,
        headers={"content-type": "application/json", "accept": accept},
    )

    assert (400, accept, refusal(message, "BAD_REQUEST")) == answer(response)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"variables": "{}"}, "The query string has no 'query'."),
        ({"query": "{ a }", "variables": "x"}, "'variables' is not a JSON object."),
        ({"query": "{ a }", "extensions": "[]"}, "'extensions' is not a JSON object."),
        ({"query": ["a", "b"]}, "The query string has 'query' more than once."),
    ],
)
async def test_a_query_string_that_is_no_request_is_400(params, message):
    response = await client().get("/graphql", params=params)

    assert (400, JSON, refusal(message, "BAD_REQUEST")) == answer(response)


async def test_a_body_above_the_cap_is_413():
    response = await client().post(
        "/graphql",
        content=b"x" * 10_000_000,
        headers={"content-type": "application/json"},
    )

    assert (
        413,
        JSON,
        refusal("The request body is larger than 2000000 bytes.", "PAYLOAD_TOO_LARGE"),
    ) == answer(response)


async def test_a_body_that_announces_no_length_is_counted_while_it_comes():
    sent = 0

    async def body():
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b"x" * 100_000

    response = await client().post(
        "/graphql", content=body(), headers={"content-type": "application/json"}
    )

    assert 413 == response.status_code
    assert sent <= 100


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/json; charset=utf-16", "x"]
)
async def test_another_content_type_is_415(content_type):
    response = await client().post(
        "/graphql",
        content=b'{"query": "{ __typename }"}',
        headers={"content-type": content_type},
    )

    assert (
        415,
        JSON,
        refusal(
            "The Content-Type must be application/json in UTF-8.",
            "UNSUPPORTED_MEDIA_TYPE",
        ),
    ) == answer(response)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON ; Charset="UTF-8"',
        "application/json;charset=utf8; profile=x",
        "application/json;",
    ],
)
async def test_json_in_utf_8_may_be_called_by_many_names(content_type):
    response = await client().post(
        "/graphql",
        content='{"query": "{ __typename } # déjà vu"}'.encode(),
        headers={"content-type": content_type},
    )

    assert (200, JSON, {"data": {"__typename": "Query"}}) == answer(response)


async def test_a_get_with_a_foreign_content_type_is_415():
    response = await client().get(
        "/graphql",
        params={"query": "{ __typename }"},
        headers={"content-type": "text/plain"},
    )

    assert 415 == response.status_code


async def test_no_content_type_is_406():
    response = await client().post("/graphql", content=b"{}")

    assert (
        406,
        JSON,
        refusal(
            "The request needs a Content-Type: application/json.", "NOT_ACCEPTABLE"
        ),
    ) == answer(response)


async def test_an_accept_without_json_is_406():
    response = await client().post(
        "/graphql", json={"query": "{ __typename }"}, headers={"accept": "image/png"}
    )

    assert (
        406,
        JSON,
        refusal(
            "Accept must allow application/graphql-response+json or application/json, "
            "or for a subscription text/event-stream or "
            "multipart/mixed;subscriptionSpec=1.0.",
            "NOT_ACCEPTABLE",
        ),
    ) == answer(response)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_another_method_is_405_and_says_which_are_allowed(method):
    response = await client().request(method, "/graphql")

    assert "GET, POST" == response.headers["allow"]
    assert (
        405,
        JSON,
        refusal(f"{method} is not supported; use POST or GET.", "METHOD_NOT_ALLOWED"),
    ) == answer(response)


async def test_a_mutation_over_get_is_405():
    response = await client().get(
        "/graphql", params={"query": 'mutation { addBook(title: "x") { id } }'}
    )

    assert "POST" == response.headers["allow"]
    assert (
        405,
        JSON,
        refusal("A mutation must be sent by POST.", "METHOD_NOT_ALLOWED"),
    ) == answer(response)


async def test_a_mutation_over_post_is_answered():
    response = await client().post(
        "/graphql", json={"query": 'mutation { addBook(title: "x") { id } }'}
    )

    assert (200, JSON, {"data": {"addBook": {"id": "2"}}}) == answer(response)


async def test_an_unforeseen_error_is_500_logged_in_full_and_told_to_nobody(caplog):
    async def broken(_request, _context, _proceed):
        raise PlanningFailed("secret internals")

    with caplog.at_level(logging.ERROR):
        response = await client(middleware=[broken]).post(
            "/graphql", json={"query": "{ __typename }"}, headers=NEW
        )

    assert (
        500,
        GRAPHQL_RESPONSE,
        refusal("Internal server error.", "INTERNAL_SERVER_ERROR"),
    ) == answer(response)
    assert "secret internals" in caplog.text
    assert "Traceback" in caplog.text


async def test_a_request_past_its_deadline_is_504():
    async def slow(_request):
        await asyncio.sleep(30)

    response = await client(slow, RequestLimits(timeout_s=0.02)).post(
        "/graphql", json={"query": "{ books { id } }"}
    )

    assert (
        504,
        JSON,
        refusal("The request took too long.", "GATEWAY_TIMEOUT"),
    ) == answer(response)


async def test_a_gateway_without_a_supergraph_is_503():
    app = create_app(Gateway())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://gateway"
    ) as it:
        response = await it.post("/graphql", json={"query": "{ __typename }"})

    assert (
        503,
        JSON,
        refusal("The gateway has no supergraph yet; try again soon.", "NO_SUPERGRAPH"),
    ) == answer(response)
    assert "1" == response.headers["retry-after"]


async def test_field_errors_are_200_with_data():
    def failing(_request):
        return {
            "errors": [{"message": "out of books", "path": ["book"]}],
            "data": {"book": None},
        }

    response = await client(failing).post(
        "/graphql", json={"query": "{ book(id: 1) { id } }"}, headers=NEW
    )

    assert 200 == response.status_code
    assert {"book": None} == response.json()["data"]
    assert "out of books" == response.json()["errors"][0]["message"]
