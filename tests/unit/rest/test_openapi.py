"""The document says what goes in and comes out; its pages load nothing from elsewhere."""

import gzip
import re
from importlib.resources import files

import pytest
from openapi_spec_validator import validate

from gateway_graphql.pipeline import FieldDemand, GateAround, open_gate
from gateway_graphql.policy.gate import Policies
from gateway_graphql.rest import openapi_document, read_endpoints, world_of
from gateway_graphql.rest.definition.endpoint import Access

OPERATIONS = '''
"""
A book.

By its number.
"""
query Book("Its number." $id: ID!) @rest(
  path: "/books/{id}", unwrap: "book", examples: { id: "7" }
) { book(id: $id) { id title genre pages authors { name } } }
query Books($filter: BookFilter, $genres: [Genre!], $first: Int = 2, $after: String) @rest(
  path: "/books", unwrap: "books.nodes"
  select: "[].{name: title, length: pages}"
) {
  books(filter: $filter, genres: $genres, first: $first, after: $after) {
    nodes { title pages } pageInfo { hasNextPage endCursor }
  }
}
query Found @rest(path: "/found", unwrap: "find") {
  find(text: "a") { ... on Book { title } ... on Author { name born } }
}
mutation Add($book: NewBook! @body) @rest(
  path: "/books", method: POST, status: 201, unwrap: "addBook", location: "/books/{id}"
  errors: [{ code: "TAKEN", status: 409 }]
) { addBook(book: $book) { id } }
mutation Rename($id: ID!, "Its new title." $title: String! @body) @rest(
  path: "/books/{id}", method: PATCH, unwrap: "rename"
  deprecated: { since: "2026-01-01", reason: "Use another." }
) { rename(id: $id, title: $title) { id } }
query Ledger @rest(path: "/ledger", unwrap: "ledger") { ledger }
query Noted($notes: Boolean! = false) @rest(path: "/noted", unwrap: "book") {
  book(id: 1) { id notes @include(if: $notes) }
}
mutation Retitle($id: ID = "1" @body, $title: String! @body) @rest(
  path: "/titles", method: POST
) { rename(id: $id, title: $title) { id } }
'''


@pytest.fixture
def document(library):
    settings = library.settings(OPERATIONS, title="Library", version="3")
    endpoints = read_endpoints(settings.paths, library.world())
    made = openapi_document(endpoints, settings)
    validate(made)
    return made


def content(response):
    return response["content"]["application/json"]["schema"]


def test_an_operation_is_described_by_its_document(document):
    book = document["paths"]["/books/{id}"]["get"]

    assert ("Book", "A book", "A book.\n\nBy its number.", ["books"]) == tuple(
        book[key] for key in ("operationId", "summary", "description", "tags")
    )
    assert {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "description": "Its number.",
        "example": "7",
    } == book["parameters"][0]


def test_an_answer_has_the_nullability_of_the_schema(document):
    answer = content(document["paths"]["/books/{id}"]["get"]["responses"]["200"])
    schemas = document["components"]["schemas"]
    integer = {
        "format": "int32",
        "minimum": -(2**31),
        "maximum": 2**31 - 1,
    }

    assert {"$ref": "#/components/schemas/Book"} == answer
    assert {
        "type": "object",
        "description": "Something to read.",
        "properties": {
            "id": {"type": "string"},
            "title": {"type": "string", "description": "On its cover."},
            "genre": {
                "anyOf": [{"$ref": "#/components/schemas/Genre"}, {"type": "null"}]
            },
            "pages": {"type": ["integer", "null"], **integer},
            "authors": {
                "type": ["array", "null"],
                "items": {"$ref": "#/components/schemas/Author"},
            },
        },
        "required": ["id", "title", "genre", "pages", "authors"],
    } == schemas["Book"]
    assert {"type": "string", "enum": ["NOVEL", "POETRY"]} == schemas["Genre"]


def test_what_select_makes_is_described(document):
    books = document["paths"]["/books"]["get"]["responses"]["200"]
    made = document["components"]["schemas"]["BooksAnswer"]

    assert {
        "type": "array",
        "items": {"$ref": "#/components/schemas/BooksAnswer"},
    } == content(books)
    assert ["name", "length"] == made["required"]
    assert ["integer", "null"] == made["properties"]["length"]["type"]
    assert {"ETag", "Cache-Control", "Link"} == set(books["headers"])


def test_parameters_are_typed(document):
    named = {
        one["name"]: one for one in document["paths"]["/books"]["get"]["parameters"]
    }

    assert 2 == named["first"]["schema"]["default"]
    assert ("deepObject", {"$ref": "#/components/schemas/BookFilter"}) == (
        named["filter"]["style"],
        named["filter"]["schema"],
    )
    assert {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Genre"},
    } == named["genres"]["schema"]
    assert [False] == list({one["required"] for one in named.values()})


def test_a_union_is_a_choice(document):
    answer = content(document["paths"]["/found"]["get"]["responses"]["200"])

    assert {
        "type": "array",
        "items": {
            "anyOf": [
                {"$ref": "#/components/schemas/FoundBook"},
                {"$ref": "#/components/schemas/FoundAuthor"},
            ]
        },
    } == answer


def test_bodies_are_input_objects_or_members(document):
    paths = document["paths"]
    add = paths["/books"]["post"]["requestBody"]["content"]["application/json"]
    rename = paths["/books/{id}"]["patch"]["requestBody"]["content"]["application/json"]
    new_book = document["components"]["schemas"]["NewBook"]

    assert ({"$ref": "#/components/schemas/NewBook"}, {"title": "text"}) == (
        add["schema"],
        add["example"],
    )
    assert (["title"], False, 100) == (
        new_book["required"],
        new_book["additionalProperties"],
        new_book["properties"]["pages"]["default"],
    )
    assert {
        "type": "object",
        "properties": {"title": {"type": "string", "description": "Its new title."}},
        "required": ["title"],
        "additionalProperties": False,
    } == rename["schema"]
    assert paths["/books/{id}"]["patch"]["deprecated"]


def test_error_answers_are_problems(document):
    responses = document["paths"]["/books"]["post"]["responses"]

    assert {"#/components/responses/Problem409"} == set(responses["409"].values())
    problem = document["components"]["responses"]["Problem429"]
    assert ["application/problem+json"] == list(problem["content"])
    assert ["Retry-After"] == list(problem["headers"])


def test_credentials_are_asked_for_where_they_are_needed(document):
    paths = document["paths"]

    assert {"token": {"type": "http", "scheme": "bearer"}} == (
        document["components"]["securitySchemes"]
    )
    assert "security" not in paths["/books"]["get"]
    assert [{"token": ["ledger"]}] == paths["/ledger"]["get"]["security"]


class SignedIn(GateAround):
    """Wants a scope for all that is selected, whatever the schema says."""

    def demands_of(self, operation):
        return [
            FieldDemand((one.response_key,), one.condition, ((frozenset({"own"}),),))
            for one in operation.selections
        ]


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        (open_gate, Access()),
        (Policies(), Access(is_required=True, scopes=("ledger",))),
        (SignedIn.around(open_gate), Access(is_required=True, scopes=("own",))),
    ],
)
def test_what_an_endpoint_takes_is_for_the_gate_to_say(library, gate, expected):
    world = world_of(library.gateway(gate=gate).runtime)
    by_name = {
        one.name: one.access
        for one in read_endpoints(library.settings(OPERATIONS).paths, world)
    }

    assert expected == by_name["Ledger"]


def test_what_is_only_guarded_when_asked_for_needs_no_credentials(document):
    assert "security" not in document["paths"]["/noted"]["get"]


def test_a_number_that_may_be_text_or_missing_has_three_types(document):
    body = document["paths"]["/titles"]["post"]["requestBody"]
    members = content(body)["properties"]

    assert ["string", "integer", "null"] == members["id"]["type"]


def test_an_answer_has_an_example(document):
    responses = document["paths"]["/books/{id}"]["get"]["responses"]

    assert {
        "id": "1",
        "title": "text",
        "genre": "NOVEL",
        "pages": 1,
        "authors": [{"name": "text"}],
    } == responses["200"]["content"]["application/json"]["example"]


def test_only_what_has_a_body_can_be_refused_for_it(document):
    books = document["paths"]["/books"]

    assert {"413", "415"} <= set(books["post"]["responses"])
    assert set(books["get"]["responses"]).isdisjoint({"413", "415"})


async def test_the_application_serves_the_document(library):
    client = library.serve(OPERATIONS, rest={"title": "Library"})

    response = await client.get("/openapi.json")

    assert "Library" == response.json()["info"]["title"]


async def test_documentation_can_be_switched_off(library):
    client = library.serve(OPERATIONS, rest={"has_documentation": False})

    statuses = [
        (await client.get(path)).status_code
        for path in ("/openapi.json", "/docs", "/redoc")
    ]

    assert [404, 404, 404] == statuses


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_a_page_loads_nothing_from_elsewhere(library, path):
    client = library.serve(OPERATIONS)

    page = await client.get(path)
    sources = re.findall(r'(?:src|href|spec-url)="([^"]+)"', page.text)
    loaded = [one for one in sources if one.startswith("/docs/static/")]
    assets = [await client.get(one) for one in loaded]

    assert not [one for one in sources if not one.startswith(("/", "data:"))]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert loaded
    assert {(200, "gzip", "public, max-age=31536000, immutable")} == {
        (
            one.status_code,
            one.headers["content-encoding"],
            one.headers["cache-control"],
        )
        for one in assets
    }


async def test_files_are_plain_for_who_does_not_read_gzip(library):
    client = library.serve(OPERATIONS)
    page = await client.get("/redoc")
    (script,) = re.findall(r'src="([^"]+)"', page.text)

    response = await client.get(script, headers={"accept-encoding": "identity"})
    missing = await client.get("/docs/static/other.js")

    assert "content-encoding" not in response.headers
    assert "redoc" in response.text
    assert 404 == missing.status_code


def test_the_files_come_with_their_licences_and_ask_no_other_host():
    static = files("gateway_graphql.rest.describing") / "static"
    licences = (static / "LICENSES.txt").read_text()
    redoc = next(one for one in static.iterdir() if one.name.startswith("redoc-"))

    assert "Apache License" in licences
    assert "MIT License" in licences
    assert b"cdn.redoc.ly" not in gzip.decompress(redoc.read_bytes())
