"""HTTP requests become variables; what does not fit is a 422 that says where."""

import pytest
from graphql import Source

from gateway_graphql.rest.definition.files import endpoints_of
from gateway_graphql.rest.serving.request_values import RequestReader, ValuesInvalid

BOOKS = """
query Books(
  $filter: BookFilter, $genres: [Genre!], $first: Int = 2, $after: String
) @rest(path: "/books", unwrap: "books.totalCount") {
  books(filter: $filter, genres: $genres, first: $first, after: $after) { totalCount }
}
query Find($text: String!, $exact: Boolean, $score: Float) @rest(path: "/find/{text}") {
  find(text: $text, exact: $exact, score: $score) { __typename }
}
mutation Add($book: NewBook! @body) @rest(
  path: "/books", method: POST, status: 201, unwrap: "addBook"
) { addBook(book: $book) { id } }
mutation Rename($id: ID!, $title: String! @body) @rest(
  path: "/books/{id}", method: PATCH, unwrap: "rename"
) { rename(id: $id, title: $title) { title } }
mutation Touch @rest(path: "/touch", method: POST) { touch }
"""


def answer(_request):
    return {
        "data": {
            "books": {"totalCount": 3},
            "find": [],
            "addBook": {"id": "1"},
            "rename": {"title": "x"},
            "touch": True,
        }
    }


@pytest.fixture
def client(library):
    return library.serve(BOOKS, answer)


async def variables_of(library, response):
    assert response.is_success, response.text
    return library.asked[-1].variables


def problems(response):
    assert (422, "application/problem+json") == (
        response.status_code,
        response.headers["content-type"],
    ), response.text
    return response.json()["errors"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"first": 2}),
        ("first=5&after=x%3D", {"first": 5, "after": "x="}),
        ("genres=NOVEL&genres=POETRY", {"first": 2, "genres": ["NOVEL", "POETRY"]}),
        (
            "filter[genre]=NOVEL&filter[minPages]=3&filter%5Bwords%5D=a&filter[words]=b",
            {
                "first": 2,
                "filter": {"genre": "NOVEL", "minPages": 3, "words": ["a", "b"]},
            },
        ),
    ],
)
async def test_the_query_string_is_typed(library, client, query, expected):
    response = await client.get(f"/books?{query}")

    assert expected == await variables_of(library, response)


async def test_numbers_and_booleans_are_what_they_look_like(library, client):
    response = await client.get("/find/a%20b?exact=true&score=1.5e2")

    assert {"text": "a b", "exact": True, "score": 150.0} == await variables_of(
        library, response
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "first=two",
            [
                {
                    "in": "query",
                    "name": "first",
                    "detail": 'expected a value of type Int, got "two"',
                }
            ],
        ),
        (
            "first=1&first=2&page=3&genres=PROSE",
            [
                {"in": "query", "name": "first", "detail": "it is given twice"},
                {
                    "in": "query",
                    "name": "page",
                    "detail": "there is no such parameter",
                },
                {
                    "in": "query",
                    "name": "genres",
                    "detail": 'expected a value of enum Genre, got "PROSE"',
                },
            ],
        ),
        (
            "filter[minPages]=x",
            [
                {
                    "in": "query",
                    "name": "filter[minPages]",
                    "detail": 'expected a value of type Int, got "x"',
                }
            ],
        ),
    ],
)
async def test_a_wrong_query_is_told_place_by_place(library, client, query, expected):
    response = await client.get(f"/books?{query}")

    assert expected == problems(response)
    assert [] == library.asked


async def test_one_input_object_is_the_body(library, client):
    response = await client.post("/books", json={"title": "Dune", "genres": ["NOVEL"]})

    assert (201, {"id": "1"}) == (response.status_code, response.json())
    assert {
        "book": {"title": "Dune", "genres": ["NOVEL"], "pages": 100}
    } == await variables_of(library, response)


async def test_other_variables_are_members_of_the_body(library, client):
    response = await client.patch("/books/7", json={"title": "Dune"})

    assert {"id": "7", "title": "Dune"} == await variables_of(library, response)


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/books", [], [("#", "expected an object of type NewBook, got a list")]),
        (
            "/books",
            {"title": 1, "genres": "NOVEL", "colour": "red"},
            [
                ("#/genres", "expected a list"),
                ("#/title", "expected a value of type String, got 1"),
                ("#/colour", 'expected no field "colour" in type NewBook, got "red"'),
            ],
        ),
        (
            "/books",
            {"title": "a", "parts": [{"title": "b", "genres": ["NOVEL", "X"]}]},
            [("#/parts/0/genres/1", 'expected a value of enum Genre, got "X"')],
        ),
        (
            "/books",
            {"title": "a", "parts": [{"title": "b", "genres": "NOVEL"}]},
            [("#/parts/0/genres", "expected a list")],
        ),
        (
            "/books/7",
            {"titel": "a"},
            [
                ("#/titel", "there is no such member"),
                ("#/title", "a value of type String! is required"),
            ],
        ),
        ("/books/7", "a", [("#", "expected an object")]),
    ],
)
async def test_a_wrong_body_is_told_place_by_place(client, path, body, expected):
    method = "POST" if path == "/books" else "PATCH"

    response = await client.request(method, path, json=body)

    told = [one for one in problems(response) if one["in"] == "body"]
    assert (
        expected == [(one["pointer"], one["detail"]) for one in told][: len(expected)]
    )


async def test_a_missing_body_is_told(client):
    response = await client.post("/books", headers={"content-type": "application/json"})

    assert {"in": "body", "pointer": "#", "detail": "a JSON body is required"} == (
        problems(response)[0]
    )


@pytest.mark.parametrize(
    ("content", "headers", "expected"),
    [
        (b"{", {"content-type": "application/json"}, (400, "BAD_REQUEST")),
        (b"title=x", {}, (415, "UNSUPPORTED_MEDIA_TYPE")),
        (b"{}", {"content-type": "text/plain"}, (415, "UNSUPPORTED_MEDIA_TYPE")),
        (
            b"{}",
            {"content-type": "application/json", "accept": "text/csv"},
            (406, "NOT_ACCEPTABLE"),
        ),
        (
            b"{}",
            {"content-type": "application/json", "accept": "application/json;q=0, */*"},
            (406, "NOT_ACCEPTABLE"),
        ),
        (
            b"{}",
            {"content-type": "application/json", "accept": "application/*;q=0, */*"},
            (406, "NOT_ACCEPTABLE"),
        ),
    ],
)
async def test_what_cannot_be_read_is_refused(client, content, headers, expected):
    response = await client.post("/books", content=content, headers=headers)

    assert expected == (response.status_code, response.json()["code"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"title": ', "The request body is not JSON: it ends too early"),
        (b"{title: 1}", "what stands at line 1, column 2 does not belong there."),
        (b'{"a": [1, {"b": 1e999}]}', "the number at `a[1].b` is too large."),
        (b"1e999", "The request body is wrong: the number is too large."),
        (b'{"title": "\xff"}', "The request body is not UTF-8."),
    ],
)
async def test_what_is_wrong_with_a_body_is_told_with_its_place(
    client, content, message
):
    response = await client.post(
        "/books", content=content, headers={"content-type": "application/json"}
    )

    assert 400 == response.status_code
    assert message in response.json()["detail"]


async def test_more_headers_than_any_client_sends_are_refused(client):
    response = await client.get("/books", headers={f"x-{n}": "a" for n in range(201)})

    assert (431, "REQUEST_HEADER_FIELDS_TOO_LARGE") == (
        response.status_code,
        response.json()["code"],
    )


def test_only_so_many_problems_of_a_request_are_noted(library):
    endpoint, *_ = endpoints_of((Source(BOOKS),), library.world(), prefix="")
    many = [(f"x{n}", "1") for n in range(1000)]

    with pytest.raises(ValuesInvalid) as error:
        RequestReader(endpoint).read((), many, b"")

    assert 100 == len(error.value.problems)


@pytest.mark.parametrize("depth", [40, 200, 450, 900, 5000])
async def test_a_deep_body_is_refused_however_deep_it_is(client, depth):
    body = '{"title":"x","parts":[' * depth + '{"title":"x"}' + "]}" * depth

    response = await client.post(
        "/books", content=body, headers={"content-type": "application/json"}
    )

    assert response.status_code in (400, 422), response.text


async def test_a_foreign_page_cannot_send_a_request_without_a_body(client):
    foreign = await client.post("/touch", headers={"origin": "https://evil.example"})
    own = await client.post("/touch")

    assert (403, "CSRF_PREVENTION") == (foreign.status_code, foreign.json()["code"])
    assert (200, {"touch": True}) == (own.status_code, own.json())


async def test_another_method_is_refused_with_those_that_there_are(client):
    refused = await client.delete("/books")
    asked = await client.options("/books")

    assert (405, "GET, POST, HEAD, OPTIONS") == (
        refused.status_code,
        refused.headers["allow"],
    )
    assert (204, "GET, POST, HEAD, OPTIONS") == (
        asked.status_code,
        asked.headers["allow"],
    )


async def test_what_has_no_endpoint_is_for_the_application(client):
    assert {"status": "UP"} == (await client.get("/health/live")).json()
    assert 404 == (await client.get("/nothing")).status_code
