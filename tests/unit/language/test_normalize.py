"""Normalizing: what is equal is one object, and is worked out once."""

from pathlib import Path

from graphql import parse

from gateway_graphql.language.normalize import normalize, select_operation
from gateway_graphql.query_graph.build import QueryGraph
from gateway_graphql.query_graph.model import Node
from gateway_graphql.query_graph.paths import Paths
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
    paths = Paths(QueryGraph(SHOP))
    search = paths.search()
    ways = [
        search.of_all(field.selections, Node("Book", "books")) for field in copies(1000)
    ]

    assert ways[0]
    assert {id(ways[0])} == {id(other) for other in ways}
