"""Internal aliases, beside what clients and others call their fields."""

from graphql import parse

from gateway_graphql import Subgraph, compose
from gateway_graphql.planning import Planner
from gateway_graphql.supergraph.operations import read_operation

SDL = """
type Query { any: [Any] }
union Any = A | B
type A { v: Int! }
type B { v: Int w: Int }
"""


def test_an_internal_alias_is_a_name_that_the_client_has_not_taken():
    supergraph = compose([Subgraph("a", sdl=SDL)]).supergraph
    text = "{ any { ... on A { v } ... on B { v _0_v: w } } }"
    operation = read_operation(parse(text), supergraph, None)

    (fetch,) = Planner(supergraph).plan(operation).fetches

    assert [("_1_v", "v")] == [(one.alias, one.key) for one in fetch.renames]
