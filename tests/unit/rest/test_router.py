"""Paths lead to what stands there, values still to be typed."""

import pytest

from gateway_graphql.rest.definition.path import Router, parse_path

ROUTER = Router(
    [
        (parse_path(text), text)
        for text in (
            "/books",
            "/books/new",
            "/books/{id}",
            "/books/{id}/notes",
            "/books/new/notes/{n}",
            "/{any}/x",
        )
    ]
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/books", ("/books", ())),
        ("/books/7", ("/books/{id}", ("7",))),
        ("/books/new", ("/books/new", ())),
        ("/books/new/notes", ("/books/{id}/notes", ("new",))),
        ("/books/new/notes/3", ("/books/new/notes/{n}", ("3",))),
        ("/books/x", ("/books/{id}", ("x",))),
        ("/a/x", ("/{any}/x", ("a",))),
        ("/books/a%2Fb", ("/books/{id}", ("a/b",))),
        ("/books/%C3%A4", ("/books/{id}", ("ä",))),
        ("/books/%FF", None),
        ("/books/", None),
        ("/books//notes", None),
        ("/book", None),
        ("/", None),
    ],
)
def test_a_path_is_matched(path, expected):
    assert expected == ROUTER.match(path)


def test_values_are_encoded_into_a_path():
    assert "/a/x%2Fy/b" == parse_path("/a/{id}/b").filled({"id": "x/y"})
