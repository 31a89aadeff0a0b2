"""What is written for clients holds together; it is run over the demo elsewhere."""

import json
import sys
import types

import httpx
import pytest

from gateway_graphql.rest import read_endpoints
from gateway_graphql.rest.describing.clients import postman_collection, python_client

OPERATIONS = '''
"""Say \\"hello\\" \\\\ to """
query Class($id: ID!, $genres: [Genre!]) @rest(path: "/class/{id}", unwrap: "book") {
  book(id: $id) { class: title genre is: pages }
  books(genres: $genres) { totalCount }
}
query Search($filter: BookFilter, $exact: Boolean = true) @rest(
  path: "/search", unwrap: "find"
) {
  find(text: "a", exact: $exact) { ... on Book { title } ... on Author { name } }
  books(filter: $filter) { totalCount }
}
mutation Add($book: NewBook! @body) @rest(
  path: "/books", method: POST, unwrap: "addBook", status: 204
) { addBook(book: $book) { id } }
'''


@pytest.fixture
def endpoints(library):
    return read_endpoints(library.settings(OPERATIONS).paths, library.world())


@pytest.fixture
def module(endpoints):
    text = python_client(endpoints, title="Library", base_url="http://library")
    made = types.ModuleType("library_client")
    sys.modules["library_client"] = made
    exec(compile(text, "library_client.py", "exec"), made.__dict__)
    yield made
    del sys.modules["library_client"]


@pytest.fixture
def client(module):
    """A client of the module, and the requests that it sends."""
    sent = []

    def handler(request):
        sent.append(request)
        match request.url.path:
            case "/class/a%2Fb" | "/class/a/b":
                return httpx.Response(
                    200, json={"class": "x", "genre": None, "is": 3, "new": 1}
                )
            case "/search":
                return httpx.Response(200, json=[{"name": "Ann"}, {"title": "T"}, None])
            case "/books":
                return httpx.Response(204)

    with httpx.Client(transport=httpx.MockTransport(handler)) as connections:
        yield module.Client(token="t", client=connections), sent


def test_names_that_python_has_taken_are_changed(module, client):
    shop, sent = client

    found = shop.class_("a/b", genres=["NOVEL", "POETRY"])

    assert module.Book(class_="x", genre=None, is_=3) == found
    assert b"/class/a%2Fb?genres=NOVEL&genres=POETRY" == sent[0].url.raw_path
    assert "Bearer t" == sent[0].headers["authorization"]


def test_one_of_several_types_is_told_by_its_members(module, client):
    shop, sent = client

    found = shop.search(filter=module.BookFilter(min_pages=3, words=["a"]))

    assert [module.Author(name="Ann"), module.SearchBook(title="T"), None] == found
    assert {"filter[minPages]": "3", "filter[words]": "a"} == dict(sent[0].url.params)


def test_what_is_not_given_is_not_sent(module, client):
    shop, sent = client

    answer = shop.add(module.NewBook(title="x", parts=[module.NewBook(title="y")]))

    assert answer is None
    assert {"title": "x", "parts": [{"title": "y"}]} == json.loads(sent[0].content)


def test_a_collection_is_filled_with_what_there_is(endpoints):
    text = postman_collection(endpoints, title="Library", base_url="http://library")
    items = {
        item["request"]["method"] + " " + item["request"]["url"]["raw"]: item["request"]
        for folder in json.loads(text)["item"]
        for item in folder["item"]
    }

    assert ["class", "search", "books"] == [f["name"] for f in json.loads(text)["item"]]
    class_ = items["GET {{baseUrl}}/class/:id"]
    assert [("genres", "NOVEL", True)] == [
        (one["key"], one["value"], one["disabled"]) for one in class_["url"]["query"]
    ]
    assert {"title": "text"} == json.loads(
        items["POST {{baseUrl}}/books"]["body"]["raw"]
    )
