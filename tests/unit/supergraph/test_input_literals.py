"""Literals and variables become the values that a resolver gets."""

import pytest
from graphql import parse_value

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.errors import SupergraphInvalid
from gateway_graphql.language.operation import Argument
from gateway_graphql.supergraph.arguments import compile_arguments
from gateway_graphql.supergraph.input_literals import InputLiterals, untyped
from gateway_graphql.supergraph.reading import read_supergraph

SDL = """
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@inaccessible"])
type Query {
  report(
    by: Filter = {}, ids: [ID!], rate: Float, many: [[Int]], any: Any, kind: Kind
  ): Int
}
input Filter {
  year: Int = 2000 text: String inner: Inner inners: [Inner]
}
input Inner { secret: Int = 7 @inaccessible open: Int }
enum Kind { RED }
scalar Any
"""
DIGITS = "9" * 5_000


@pytest.fixture(scope="module")
def supergraph():
    composed = compose([Subgraph("shop", url="http://shop", sdl=SDL)])
    return read_supergraph(composed.supergraph_sdl)


def read(supergraph, text, variables):
    definitions = supergraph.types["Query"].fields["report"].arguments
    given = tuple(
        Argument(name, value) for name, value in (part.split(": ", 1) for part in text)
    )
    return compile_arguments(given, definitions, InputLiterals(supergraph))(variables)


@pytest.mark.parametrize(
    ("given", "variables", "by"),
    [
        ((), {}, {"year": 2000}),
        (("by: {year: $y}",), {}, {"year": 2000}),
        (("by: {year: $y}",), {"y": None}, {"year": None}),
        (("by: {text: $t}",), {}, {"year": 2000}),
        (("by: $f",), {}, {"year": 2000}),
        (("by: $f",), {"f": None}, None),
        (("by: {inner: {}}",), {}, {"year": 2000, "inner": {"secret": 7}}),
        (
            ("by: {inner: $i}",),
            {"i": {"open": 1}},
            {"year": 2000, "inner": {"secret": 7, "open": 1}},
        ),
        (
            ("by: {inners: $i}",),
            {"i": [{"open": 1}, None, {}]},
            {"year": 2000, "inners": [{"secret": 7, "open": 1}, None, {"secret": 7}]},
        ),
        (
            ("by: $f",),
            {"f": {"inners": [{}], "inner": {"open": None}}},
            {"inner": {"secret": 7, "open": None}, "inners": [{"secret": 7}]},
        ),
    ],
)
def test_what_is_left_out_has_its_default(supergraph, given, variables, by):
    assert {"by": by} == read(supergraph, given, variables)


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (f"ids: {DIGITS}", [DIGITS]),
        ("ids: [7, $id]", ["7", "a"]),
        ("rate: 1", 1.0),
        ("many: 1", [[1]]),
        ("many: [[$left_out], 2]", [[None], [2]]),
        ("kind: RED", "RED"),
        (f"any: [{DIGITS}, 2.5, {{a: RED}}]", [DIGITS, 2.5, {"a": "RED"}]),
    ],
)
def test_a_literal_has_the_value_of_its_type(supergraph, given, value):
    arguments = read(supergraph, (given,), {"id": "a"})
    name = given.partition(":")[0]

    assert (repr(value), type(value)) == (repr(arguments[name]), type(arguments[name]))


def test_readers_are_told_as_they_were_written():
    text = "[$a, {b: $b, c: 1}, null]"

    assert text == str(untyped(parse_value(text)))


@pytest.mark.parametrize(
    ("field", "circular"),
    [
        ("inner: Inner", "inner: Inner = {}"),
        ("inner: Inner", "inner: Inner = {inner: {}}"),
        ("many: [Inner]", "many: [Inner] = [{}]"),
        ("filter: Filter", "filter: Filter = {year: 1}"),
    ],
)
def test_a_default_that_contains_itself_is_refused(field, circular):
    inner = f"open: Int {field}"
    sdl = SDL.replace("inner: Inner", "inner: Inner = {}").replace("open: Int", inner)
    composed = compose([Subgraph("shop", url="http://shop", sdl=sdl)]).supergraph_sdl
    lines = composed.split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("input Inner"))
    lines[at:] = "\n".join(lines[at:]).replace(field, circular, 1).split("\n")

    with pytest.raises(SupergraphInvalid, match="contains itself"):
        read_supergraph("\n".join(lines))
    refused = compose([Subgraph("shop", sdl=sdl.replace(field, circular))])
    assert {"INVALID_GRAPHQL"} == {error.code for error in refused.errors}


def test_a_default_that_ends_may_speak_of_its_own_type():
    sdl = SDL.replace("inner: Inner", 'inner: Filter = {text: "a", inner: null}')
    composed = compose([Subgraph("shop", url="http://shop", sdl=sdl)])
    supergraph = read_supergraph(composed.supergraph_sdl)

    assert read(supergraph, ["by: {}"], {})["by"]["inner"]["inner"] is None
