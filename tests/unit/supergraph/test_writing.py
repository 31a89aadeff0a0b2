"""Names and texts that a supergraph's SDL has to get right."""

from __future__ import annotations

import pytest
from graphql import print_schema

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.supergraph.reading import read_supergraph
from gateway_graphql.supergraph.writing import graph_names, write_supergraph


def test_graph_names_are_valid_and_unique():
    names = graph_names(["users", "Users", "1st", "a-b", "v_2"])

    assert {
        "users": "USERS_1",
        "Users": "USERS_2",
        "1st": "_1ST",
        "a-b": "A_B",
        "v_2": "V_2_",
    } == names


@pytest.mark.parametrize(
    "description",
    ["plain", 'ends in "quotes"', "two\nlines", 'three """ quotes', " indented"],
)
def test_description_survives_writing_and_reading(description):
    body = description.replace('"""', '\\"""')
    sdl = f'type Query {{\n"""\n{body}\n"""\na: Int }}'
    composed = compose([Subgraph(name="a", sdl=sdl)]).supergraph
    again = read_supergraph(write_supergraph(composed))

    assert composed.types == again.types


def test_writing_is_stable():
    sdl = compose([Subgraph(name="a", sdl="type Query { a: Int }")]).supergraph_sdl

    assert sdl == write_supergraph(read_supergraph(sdl))


def test_what_a_feature_of_ones_own_names_survives_writing_and_reading():
    sdl = """
        extend schema
          @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@composeDirective"])
          @link(url: "https://a.example/mark/v1.0", as: "m")
          @composeDirective(name: "@m__track")
        directive @m__track(as: m__Kind) on FIELD | OBJECT
        enum m__Kind { LOUD }
        type Query @m__track(as: LOUD) { kind: m__Kind }
    """
    result = compose([Subgraph(name="a", sdl=sdl)])
    again = read_supergraph(result.supergraph_sdl)

    assert repr(result.supergraph) == repr(again)
    seen = print_schema(build_api_schema(again))
    assert "directive @m__track" in seen
    assert "enum m__Kind" in seen
