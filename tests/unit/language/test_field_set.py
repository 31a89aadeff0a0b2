"""Field sets: one selection set, written with braces around it or without."""

from __future__ import annotations

import pytest
from graphql import GraphQLSyntaxError

from gateway_graphql.language.field_set import parse_field_set
from gateway_graphql.language.printing import print_selections


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id", "{ id }"),
        ("{ id }", "{ id }"),
        (" \n{id,name}", "{ id name }"),
        ("id,, name", "{ id name }"),
        ("id # the key\n", "{ id }"),
        ("home{zip{code}}", "{ home { zip { code } } }"),
        ("... on A { a } ... { b }", "{ ... on A { a } b }"),
        ("size(unit:FOOT by:[1,2])", "{ size(unit: FOOT, by: [1, 2]) }"),
    ],
)
def test_a_field_set_is_one_selection_set(text, expected):
    assert expected == print_selections(parse_field_set(text).selections)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{}",
        "id {}",
        "a { b { } }",
        "... on A { }",
        "{ a } { b }",
        "a } { b",
        "{ a",
        "a }",
        "{ a } fragment F on A { b }",
    ],
)
def test_what_is_not_one_selection_set_is_a_syntax_error(text):
    with pytest.raises(GraphQLSyntaxError):
        parse_field_set(text)


@pytest.mark.parametrize("text", ["...F", "a { ...F }"])
def test_a_field_set_has_no_named_fragments(text):
    with pytest.raises(GraphQLSyntaxError, match="no named fragments"):
        parse_field_set(text)
