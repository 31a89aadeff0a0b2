"""Internal aliases, beside what clients and others call their fields."""

from graphql import parse

from gateway_graphql import Subgraph, compose
from gateway_graphql.planning import Planner
from gateway_graphql.supergraph.operations import read_operation

SDL = """
type Query { any: [Any] }
union Any = A | B | C | D
type A { v: Int! }
type B { v: Int w: Int }
scalar Date
scalar Time
type C { at: Date }
type D { at: Time }
"""


def renamed(text):
    supergraph = compose([Subgraph("a", sdl=SDL)]).supergraph
    operation = read_operation(parse(text), supergraph, None)
    (fetch,) = Planner(supergraph).plan(operation).fetches
    return [(one.alias, one.key) for one in fetch.renames]


def test_an_internal_alias_is_a_name_that_the_client_has_not_taken():
    text = "{ any { ... on A { v } ... on B { v _0_v: w } } }"

    assert [("_1_v", "v")] == renamed(text)


def test_scalars_of_unlike_names_share_no_response_key():
    assert [("_0_at", "at")] == renamed("{ any { ... on C { at } ... on D { at } } }")
