"""What ways are found, and what they are said to cost."""

from __future__ import annotations

import weakref
from itertools import product

import pytest

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.language.field_set import parse_field_set
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.query_graph.arrivals import entries_of
from gateway_graphql.query_graph.graph import QueryGraph
from gateway_graphql.query_graph.model import Node
from gateway_graphql.query_graph.open_questions import MAX_TRIED
from gateway_graphql.query_graph.search import Search
from gateway_graphql.query_graph.space import SearchSpace
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
def space():
    composed = compose(
        [Subgraph(name=name, sdl=LINK + sdl) for name, sdl in SDL_BY_SUBGRAPH.items()]
    )
    return SearchSpace(QueryGraph(read_supergraph(composed.supergraph_sdl)))


def ways_of(space, text):
    (field,) = parse_field_set(text).selections
    roots = space.graph.roots.edges(OperationKind.QUERY)
    return Search(space).from_roots(field, roots)


def requests(space, way):
    """The fetches of a way's footprint, as subgraph and depth."""
    return {
        (subgraph, depth)
        for subgraph, depth in product(SDL_BY_SUBGRAPH, range(4))
        if way.footprint & space.footprints.bit(subgraph, depth)
    }


def test_each_fetch_has_a_bit_of_its_own_that_tells_its_depth(space):
    bits = {
        space.footprints.bit(subgraph, depth): depth
        for subgraph, depth in product(SDL_BY_SUBGRAPH, range(4))
    }

    assert 8 == len(bits)
    assert list(bits.values()) == [space.footprints.last_depth(bit) for bit in bits]
    assert space.footprints.last_depth(0) == 0


def test_a_way_costs_the_requests_that_it_takes(space):
    (way,) = ways_of(space, "book { title price }")

    assert {("catalog", 0), ("shop", 1)} == requests(space, way)


def test_the_first_way_is_the_one_with_the_fewest_requests(space):
    first, *_ = ways_of(space, "best { price }")

    assert {("shop", 0)} == requests(space, first)


def test_a_way_takes_each_selection_once(space):
    (way,) = ways_of(space, "book { title isbn price }")
    (step,) = steps_of(way)
    ((_, below),) = step.branches

    assert ["title", "isbn", "price"] == [s.selection.name for s in steps_of(below)]


def test_entering_a_subgraph_weighs_more_than_a_field(space):
    (stays,) = ways_of(space, "book { title }")
    (leaves,) = ways_of(space, "book { price }")
    key = 1

    # In a subgraph of its own, what is below counts twice.
    assert stays.weight - 1 + CHANGE_OF_SUBGRAPH + key + 2 == leaves.weight


def test_a_search_is_gone_when_nobody_holds_it_any_more(space):
    search = Search(space)
    (field,) = parse_field_set("best { price title }").selections
    search.from_roots(field, space.graph.roots.edges(OperationKind.QUERY))
    held = weakref.ref(search)

    del search  # no circle that would wait for the garbage collector

    assert held() is None


def test_for_one_question_only_so_many_keys_are_tried(space):
    search = Search(SearchSpace(space.graph))
    book, other = Node("Book", "catalog"), Node("Book", "shop")
    search.open.entries[other] = ()
    for _ in range(MAX_TRIED):
        search.open.count()
    exhausted = entries_of(search, book)
    search.open.entries.clear()

    # The next question has as many again, and nothing was remembered of the last.
    assert ((), True) == (exhausted, bool(entries_of(search, book)))
