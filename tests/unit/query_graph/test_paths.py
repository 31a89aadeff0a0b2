"""What ways are found, and what they are said to cost."""

from __future__ import annotations

from itertools import product

import pytest

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.language.field_set import parse_field_set
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.query_graph.build import QueryGraph
from gateway_graphql.query_graph.paths import Paths
from gateway_graphql.query_graph.ways import CHANGE_OF_SUBGRAPH, steps_of
from gateway_graphql.supergraph.reading import read_supergraph

LINK = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"]
)
"""
SDL_BY_SUBGRAPH = {
    "catalog": """
        type Query { book: Book best: Book @shareable }
        type Book @key(fields: "isbn") { isbn: ID! title: String! }
    """,
    "shop": """
        type Query { best: Book @shareable }
        type Book @key(fields: "isbn") { isbn: ID! price: Int! }
    """,
}


@pytest.fixture(scope="module")
def paths():
    composed = compose(
        [Subgraph(name=name, sdl=LINK + sdl) for name, sdl in SDL_BY_SUBGRAPH.items()]
    )
    return Paths(QueryGraph(read_supergraph(composed.supergraph_sdl)))


def ways_of(paths, text):
    (field,) = parse_field_set(text)
    roots = paths.graph.root_edges(OperationKind.QUERY)
    return paths.search().from_roots(field, roots)


def requests(paths, way):
    """The fetches of a way's footprint, as subgraph and depth."""
    return {
        (subgraph, depth)
        for subgraph, depth in product(SDL_BY_SUBGRAPH, range(4))
        if way.footprint & paths.bit(subgraph, depth)
    }


def test_each_fetch_has_a_bit_of_its_own_that_tells_its_depth(paths):
    bits = {
        paths.bit(subgraph, depth): depth
        for subgraph, depth in product(SDL_BY_SUBGRAPH, range(4))
    }

    assert 8 == len(bits)
    assert list(bits.values()) == [paths.last_depth(bit) for bit in bits]
    assert paths.last_depth(0) == 0


def test_a_way_costs_the_requests_that_it_takes(paths):
    (way,) = ways_of(paths, "book { title price }")

    assert {("catalog", 0), ("shop", 1)} == requests(paths, way)


def test_the_first_way_is_the_one_with_the_fewest_requests(paths):
    first, *_ = ways_of(paths, "best { price }")

    assert {("shop", 0)} == requests(paths, first)


def test_a_way_takes_each_selection_once(paths):
    (way,) = ways_of(paths, "book { title isbn price }")
    (step,) = steps_of(way)
    ((_, below),) = step.branches

    assert ["title", "isbn", "price"] == [s.selection.name for s in steps_of(below)]


def test_entering_a_subgraph_weighs_more_than_a_field(paths):
    (stays,) = ways_of(paths, "book { title }")
    (leaves,) = ways_of(paths, "book { price }")
    key = 1

    # In a subgraph of its own, what is below counts twice.
    assert stays.weight - 1 + CHANGE_OF_SUBGRAPH + key + 2 == leaves.weight
