"""Values as their types understand them: defaults compared, arguments checked."""

from __future__ import annotations

import pytest

from gateway_graphql.composition import Subgraph, compose

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",'
    ' import: ["@key", "@shareable", "@external", "@requires"])\n'
)
TYPES = """
enum Mode { OPEN SHUT }
scalar Any
input Range { low: Int high: Int tags: [String!] modes: [Mode!] inner: Range }
"""


def composed(*sdls):
    return compose(
        [Subgraph(name=f"s{number}", sdl=LINK + sdl) for number, sdl in enumerate(sdls)]
    )


def with_defaults(type_, *defaults):
    return composed(
        *(
            f"{TYPES} type Query {{ f(x: {type_} = {default}): Int @shareable }}"
            for default in defaults
        )
    )


def codes(result):
    return [error.code for error in result.errors]


@pytest.mark.parametrize(
    ("type_", "one", "other"),
    [
        ("Range", "{ low: 1, high: 2 }", "{ high: 2, low: 1 }"),
        ("Range", '{ tags: ["a"] }', '{ tags: "a" }'),
        ("Range", "{ inner: { low: 1, high: 2 } }", "{ inner: { high: 2, low: 1 } }"),
        ("Range", "{ modes: [OPEN] }", '{ modes: ["OPEN"] }'),
        ("Float", "1", "1.0"),
        ("Float", "1e2", "100"),
        ("ID", "1", '"1"'),
        ("[ID!]!", "[1, 2]", '["1", "2"]'),
        ("[[Int]]", "1", "[[1]]"),
        ("String", '"a"', '"""a"""'),
        ("Mode", "OPEN", '"OPEN"'),
        ("Any", "{ a: 1, b: [2] }", "{ b: [2.0], a: 1 }"),
        ("Any", "9" * 5000, "9" * 5000 + ".0"),
    ],
)
def test_one_value_written_in_two_ways_is_one_default(type_, one, other):
    result = with_defaults(type_, one, other)

    assert ([], True) == (codes(result), "f(x: " in result.supergraph_sdl)


@pytest.mark.parametrize(
    ("type_", "one", "other"),
    [
        ("Range", "{ low: 1, high: 2 }", "{ high: 1, low: 2 }"),
        ("Range", "{ low: 1 }", "{ low: 1, high: null }"),
        ("Float", "1", "1.5"),
        ("ID", "1", '"01"'),
        ("[Int]", "[1, 2]", "[2, 1]"),
        ("[Int]", "null", "[null]"),
        ("Any", "1", '"1"'),
        ("Any", "1", "true"),
        ("Any", "A", '"A"'),
        ("Int", "null", "1"),
    ],
)
def test_two_values_are_two_defaults(type_, one, other):
    result = with_defaults(type_, one, other)

    assert ["FIELD_ARGUMENT_DEFAULT_MISMATCH"] == codes(result)


@pytest.mark.parametrize(
    ("type_", "default", "written"),
    [
        ("[Mode!]", '["OPEN", SHUT]', "[OPEN, SHUT]"),
        ("Range", '{ modes: "OPEN" }', "{ modes: OPEN }"),
        ("Any", '"OPEN"', '"OPEN"'),
    ],
)
def test_enum_values_are_names_in_the_supergraph(type_, default, written):
    result = with_defaults(type_, default)

    assert written == result.supergraph.types["Query"].fields["f"].arguments[0].default


@pytest.mark.parametrize(
    ("field", "where"),
    [
        ("rooms(w: Window = { from: 1, to: 2 }): Int", "Query.rooms(w:)"),
        ("rooms(w: [Window] = [{ to: 2 }]): Int", "Query.rooms(w:)"),
        ("rooms(m: Mode = SHUT): Int", "Query.rooms(m:)"),
        ("rooms(m: [Mode] = [OPEN, SHUT]): Int", "Query.rooms(m:)"),
        ("rooms(o: Outer): Int", "Outer.w"),
    ],
)
def test_default_that_names_what_only_some_subgraphs_know_is_an_error(field, where):
    result = composed(
        "type Query { slots(w: Window, m: Mode): Int }"
        " input Window { from: Int } enum Mode { OPEN }",
        f"type Query {{ {field} }} input Window {{ from: Int to: Int }}"
        " enum Mode { OPEN SHUT }"
        + (" input Outer { w: Window = { to: 1 } }" if "Outer" in field else ""),
    )

    assert [("INVALID_GRAPHQL", where)] == [
        (error.code, error.coordinate) for error in result.errors
    ]


def test_default_of_what_all_subgraphs_know_is_kept():
    result = composed(
        "type Query { slots(w: Window): Int } input Window { from: Int }",
        "type Query { rooms(w: Window = { from: 1 }): Int }"
        " input Window { from: Int to: Int }",
    )

    assert "rooms(w: Window = { from: 1 }): Int" in result.supergraph_sdl


ARGUMENTS = (
    "rate: Int, o: Range, l: [Int], m: Mode, f: Float, i: ID, n: Int! = 1,"
    " s: String, b: Boolean, a: Any, e: Either"
)


def requiring(field_set):
    types = f"{TYPES} input Either @oneOf {{ id: ID no: Int }}"
    return composed(
        f"{types} type Query {{ shop: Shop }} type Shop @key(fields: "
        f'"id") {{ id: ID! tax({ARGUMENTS}): Int @external'
        f' bill: Int @requires(fields: """{field_set}""") }}',
        f'{types} type Shop @key(fields: "id") {{ id: ID! tax({ARGUMENTS}): Int }}',
    )


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "(rate: 1)",
        "(rate: null)",
        "(rate: -2147483648)",
        "(o: {})",
        "(o: { low: 1, inner: { modes: [OPEN] } })",
        "(l: 1)",
        "(l: [1, null])",
        "(m: OPEN)",
        '(f: 1, i: 1, s: "x", b: true)',
        "(a: { any: [thing, 1] })",
        "(e: { id: 1 })",
    ],
)
def test_arguments_of_a_requirement_may_be_any_value_of_their_types(arguments):
    assert [] == codes(requiring(f"tax{arguments}"))


@pytest.mark.parametrize(
    "arguments",
    [
        "(rate: $rate)",
        "(rate: 2147483648)",
        f"(rate: {'9' * 5000})",
        "(rate: 1.0)",
        '(rate: "x")',
        "(rate: [1])",
        "(o: { low: $low })",
        "(o: { inner: { tags: [$tag] } })",
        "(o: { other: 1 })",
        "(o: 1)",
        "(l: [1, $two])",
        '(l: [1, "x"])',
        "(m: CLOSED)",
        "(m: 1)",
        "(n: null)",
        "(s: 1)",
        "(b: 1)",
        "(i: 1.5)",
        "(f: OPEN)",
        "(a: { any: [$thing] })",
        "(a: $thing)",
        "(e: { id: 1, no: 2 })",
        "(e: { id: null })",
        "(e: {})",
        "(unknown: 1)",
    ],
)
def test_arguments_of_a_requirement_are_checked_by_their_types(arguments):
    result = requiring(f"tax{arguments}")

    assert "REQUIRES_INVALID_FIELDS" in codes(result)
    assert "Shop.bill" == result.errors[0].coordinate
