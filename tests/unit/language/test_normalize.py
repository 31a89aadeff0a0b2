"""Normalizing: what is equal is one object, and is worked out once."""

from pathlib import Path

import pytest
from graphql import parse

from gateway_graphql.errors import UnknownOperationName
from gateway_graphql.language.conditions import condition_variables
from gateway_graphql.language.normalize import normalize, select_operation
from gateway_graphql.query_graph.graph import QueryGraph
from gateway_graphql.query_graph.model import Node
from gateway_graphql.query_graph.search import Search
from gateway_graphql.query_graph.space import SearchSpace
from gateway_graphql.supergraph.reading import read_supergraph

SHOP = read_supergraph(
    (Path(__file__).parents[2] / "data" / "shop.graphql").read_text()
)


def normalized(text):
    document = parse(text)
    return normalize(
        document,
        select_operation(document, None),
        root="Query",
        field_types=SHOP.field_types,
        possible_types=SHOP.possible_types,
    )


def copies(number):
    aliases = (f"b{i}: book(id: {i}) {{ id title stars }}" for i in range(number))
    return normalized(f"{{ {' '.join(aliases)} }}").selections


def test_equal_selections_are_one_object_wherever_they_stand():
    first, *others = copies(1000)

    assert {id(first.selections)} == {id(field.selections) for field in others}


def test_selections_that_differ_in_an_argument_or_a_condition_are_not_one():
    (book,) = normalized(
        "query($a: Boolean!) { b: book(id: 1) { id s: stars s2: stars @skip(if: $a) } }"
    ).selections
    _, plain, conditional = book.selections

    assert (plain.name, plain.condition) == ("stars", frozenset())
    assert plain is not conditional
    assert conditional.condition


def test_order_tells_selections_apart():
    first, second = normalized(
        "{ a: book(id: 1) { id title } b: book(id: 1) { title id } }"
    ).selections

    assert ["id", "title"] == [field.name for field in first.selections]
    assert ["title", "id"] == [field.name for field in second.selections]


def test_the_search_works_equal_selections_out_once():
    space = SearchSpace(QueryGraph(SHOP))
    search = Search(space)
    ways = [
        search.of_all(field.selections, Node("Book", "books")) for field in copies(1000)
    ]

    assert ways[0]
    assert {id(ways[0])} == {id(other) for other in ways}


@pytest.mark.parametrize(
    ("text", "name", "complaint"),
    [
        ("fragment F on A { a }", None, "The document has no operation."),
        ("{ a }", "B", "The document has no operation named 'B'."),
        ("query A { a } query B { b }", "C", "no operation named 'C'"),
        ("query A { a } query B { b }", None, "has several operations"),
        ("query A { a } query B { b }", "", "has several operations"),
    ],
)
def test_an_operation_that_nobody_can_tell_is_refused(text, name, complaint):
    with pytest.raises(UnknownOperationName, match=complaint):
        select_operation(parse(text), name)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("query A { a }", None, "A"),
        ("query A { a }", "", "A"),
        ("query A { a } query B { b }", "B", "B"),
        ("query A { a } fragment F on A { a }", None, "A"),
    ],
)
def test_the_operation_is_the_only_one_or_the_named_one(text, name, expected):
    assert expected == select_operation(parse(text), name).name.value


@pytest.mark.parametrize(
    ("selected", "variables"),
    [
        ("id", []),
        ("id @include(if: $a)", ["a is true"]),
        ("id @skip(if: $a) @include(if: $b)", ["a is false", "b is true"]),
        (
            "... @include(if: $a) { ... @skip(if: $c) { id @include(if: $b) } }",
            ["a is true", "b is true", "c is false"],
        ),
        ("id @include(if: true) @skip(if: false)", []),
        ("id @include(if: false)", None),
        ("id @skip(if: true)", None),
        ("id @skip(if: $a) @include(if: $a)", None),
        ("... @include(if: $a) { id @skip(if: $a) }", None),
        ("... @skip(if: $a) { id @skip(if: $a) }", ["a is false"]),
    ],
)
def test_a_field_is_under_all_conditions_around_it(selected, variables):
    (book,) = normalized(f"{{ book(id: 1) {{ {selected} stars }} }}").selections
    found = [
        sorted(f"{t.variable} is {str(t.value).lower()}" for t in field.condition)
        for field in book.selections
        if field.name == "id"
    ]

    assert ([] if variables is None else [variables]) == found
    assert {v[0] for v in variables or ()} == condition_variables((book,))
