"""Whatever `compose` is given, it answers with a supergraph or with errors."""

from __future__ import annotations

import json

import pytest
from graphql import build_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.supergraph.reading import read_supergraph

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import:'
    ' ["@key", "@external", "@requires", "@provides", "@shareable", "@tag"])\n'
)
SDL = (
    LINK
    + """
type Query { one(x: In = { a: 1, e: ONE }): T @provides(fields: "name") two: [I] }
interface I { id: ID! }
type T implements I @key(fields: "id") @key(fields: "{ part { code } }") {
  id: ID! part: Part @shareable name: String @external
  tax(rate: Int = 1, in: In): Int @external
  bill: Int @requires(fields: "tax(rate: 2, in: { e: TWO }) name")
}
type Part @shareable { code: ID! }
input In { a: Int = 1 e: E }
input By @oneOf { id: ID no: Int }
enum E { ONE TWO }
union U = T
scalar Any @tag(name: "x")
"""
)
OTHER = (
    LINK
    + """
type T @key(fields: "id") { id: ID! name: String @shareable
  tax(rate: Int = 1, in: In): Int age(by: By!): Int }
input By { id: ID no: Int }
input In { a: Int = 1 e: E }
enum E { ONE TWO }
"""
)
TOKENS = SDL.split(" ")
ODD = (
    *("{", "}", "(", ")", "[", "]", "!", "=", ":", "@", "&", "|", "$x", "...", '"'),
    *('"""', "null", "T", "Query", "E", "In", "9" * 5000, "1e999999", "-1", '"{ id }"'),
    *("query", "fragment", "extend", "type", "input", "on", "repeatable", "\x00", "é"),
    *("@key", '@key(fields: "name")', "@external", "@oneOf", "@shareable", "@link"),
    '@requires(fields: "bill")',
)


def codes(*sdls):
    """Compose; a supergraph is read again, and errors have codes."""
    result = compose([Subgraph(name=f"s{n}", sdl=sdl) for n, sdl in enumerate(sdls)])
    if result.errors:
        assert result.supergraph_sdl is None
        return [error.code for error in result.errors]
    read_supergraph(result.supergraph_sdl)
    build_schema(result.supergraph_sdl)
    return []


def test_what_is_mutated_below_composes():
    assert [] == codes(SDL, OTHER)


many = settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)


@many
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(TOKENS) - 1),
            st.sampled_from(["drop", "replace", "insert", "swap"]),
            st.sampled_from((*ODD, *TOKENS)),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_mutated_sdl_never_raises(changes):
    tokens = list(TOKENS)
    for index, change, token in changes:
        at = index % len(tokens)
        match change:
            case "drop":
                tokens[at] = ""
            case "replace":
                tokens[at] = token
            case "insert":
                tokens.insert(at, token)
            case _:
                tokens[at], tokens[-at] = tokens[-at], tokens[at]

    assert all(codes(" ".join(tokens), OTHER))


SELECTIONS = st.lists(
    st.sampled_from(
        (
            *("id", "name", "part", "part { code }", "tax", "tax(rate: 1)", "bill"),
            *("{", "}", "x: id", "...", "... on T", "... on I { id }", "... on Query"),
            *("...F", "$x", "(rate: $x)", "(in: { e: $x })", "(rate: [1])", "@skip"),
            *("@skip(if: true)", "@include(if: $x)", "__typename", "#", ",", '"', "fr"),
            *("fragment F on T { id }", "query { id }", "\x00", "é", "missing", "1"),
        )
    ),
    max_size=5,
).map(" ".join)


@many
@given(
    SELECTIONS | st.text(max_size=8), st.sampled_from(["key", "requires", "provides"])
)
def test_any_field_set_never_raises(field_set, directive):
    text = json.dumps(field_set, ensure_ascii=False)
    sdl = {
        "key": SDL.replace('"{ part { code } }"', text),
        "requires": SDL.replace('"tax(rate: 2, in: { e: TWO }) name"', text),
        "provides": SDL.replace('(fields: "name")', f"(fields: {text})"),
    }[directive]

    assert all(codes(sdl, OTHER))


@many
@given(
    st.lists(
        st.sampled_from(
            (
                *("http://", "https://specs.apollo.dev/", "federation", "link", "/"),
                *(
                    "[",
                    "]",
                    "::1",
                    "v2.3",
                    "v1.0",
                    "v2",
                    "v",
                    "9" * 5000,
                    "²",
                    "?",
                    "#",
                ),
                *(":", "@", "%", "..", "join", "", "\\\\", "é", "as"),
            )
        ),
        max_size=6,
    ).map("".join),
    st.sampled_from(["", ', as: "join"', ", as: 1", ", import: 1", ', import: ["@"]']),
)
def test_any_link_never_raises(url, rest):
    link = f'extend schema @link(url: "{url}"{rest})'

    assert all(
        [*codes(f"{link}\n{SDL}", OTHER), *codes(f"{link} type Query {{ a: Int }}")]
    )


@pytest.mark.parametrize(
    ("sdl", "code"),
    [
        ("", "INVALID_GRAPHQL"),
        (" \n# nothing", "INVALID_GRAPHQL"),
        ("{ a }", "INVALID_GRAPHQL"),
        ("query Q { a } type Query { a: Int }", "INVALID_GRAPHQL"),
        ("fragment F on Query { a } type Query { a: Int }", "INVALID_GRAPHQL"),
        (b"type Query { a: Int }", "INVALID_GRAPHQL"),
        (7, "INVALID_GRAPHQL"),
        (["type Query { a: Int }"], "INVALID_GRAPHQL"),
        (
            f"type Query {{ a(x: [Int] = {'[' * 999}{']' * 999}): Int }}",
            "INVALID_GRAPHQL",
        ),
        (f"type Query {{ a(x: Int = {'9' * 5000}): Int }}", "INVALID_GRAPHQL"),
        ('extend schema @link(url: "http://[::1") type Query { a: Int }', None),
        (
            'extend schema @link(url: "https://specs.apollo.dev/federation/v2.'
            + "9" * 5000
            + '") type Query { a: Int }',
            None,
        ),
    ],
    ids=range(12),
)
def test_what_is_no_schema_is_an_error_with_a_code(sdl, code):
    assert [code or "INVALID_LINK_IDENTIFIER"] == codes(sdl)


@pytest.mark.parametrize("name", [7, None, b"a", ["a"]])
def test_name_that_is_no_text_is_an_error(name):
    subgraphs = [
        Subgraph(name=name, sdl="type Query { a: Int }"),
        Subgraph(name="b", sdl="type Query { b: Int }"),
    ]

    assert ["INVALID_SUBGRAPH_NAME"] == [e.code for e in compose(subgraphs).errors]


MUTUAL = (
    (
        'type T @key(fields: "id") { id: ID! b: Int @external'
        ' a: Int @shareable @requires(fields: "b") }'
    ),
    (
        'type T @key(fields: "id") { id: ID! a: Int @external'
        ' b: Int @requires(fields: "a") }'
    ),
)


def test_requirements_that_need_each_other_cannot_be_satisfied():
    one, two = (LINK + sdl for sdl in MUTUAL)

    found = codes(f"{one} type Query {{ t: T }}", two)

    assert {"SATISFIABILITY_ERROR"} == set(found)


def test_requirements_that_need_each_other_are_satisfied_by_a_third_subgraph():
    one, two = (LINK + sdl for sdl in MUTUAL)
    third = f'{LINK} type T @key(fields: "id") {{ id: ID! a: Int @shareable }}'

    assert [] == codes(f"{one} type Query {{ t: T }}", two, third)


def test_requirement_that_needs_itself_through_an_object_cannot_be_satisfied():
    found = codes(
        LINK + 'type Query { t: T } type T @key(fields: "id") { id: ID! t: T @external'
        ' b: Int @external a: Int @requires(fields: "t { b }") }',
        LINK + 'type T @key(fields: "id") { id: ID! t: T'
        ' a: Int @external b: Int @requires(fields: "t { a }") }',
    )

    assert {"SATISFIABILITY_ERROR"} == set(found)


FEDERATION = '"https://specs.apollo.dev/federation/v2.9"'


@pytest.mark.parametrize(
    "arguments",
    [
        f'{FEDERATION}, as: "a b"',
        f'{FEDERATION}, as: "@fed"',
        f'{FEDERATION}, import: [{{ name: "@key", as: "@" }}]',
        f'{FEDERATION}, import: [{{ name: "@key", as: "@a-b" }}]',
        f'{FEDERATION}, import: [{{ name: "@key", as: "id" }}]',
        f'{FEDERATION}, import: [{{ name: "FieldSet", as: "@Fields" }}]',
        f'{FEDERATION}, import: [{{ as: "@id" }}]',
        f'{FEDERATION}, import: [{{ name: "@key", to: "@id" }}]',
        f"{FEDERATION}, import: [5]",
        f'{FEDERATION}, import: [["@key"]]',
        f'{FEDERATION}) @link(url: "https://specs.apollo.dev/link/v1.0", as: "a b"',
    ],
)
def test_a_link_that_gives_no_proper_names_is_misused(arguments):
    sdl = f"extend schema @link(url: {arguments}) type Query {{ a: Int }}"

    assert {"INVALID_LINK_DIRECTIVE_USAGE"} == set(codes(sdl))


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ("scalar Int", "Type Int is built in: it cannot be defined again."),
        ("type String { x: Int }", "Type String is built in: it cannot be defined"),
        ("enum Boolean { A }", "Type Boolean is built in: it cannot be defined again"),
        ("type Mutation", "Type Mutation must define one or more fields."),
        ("type Subscription", "Type Subscription must define one or more fields."),
        (
            "type Change extend schema { mutation: Change }",
            "Type Change must define one or more fields.",
        ),
    ],
)
def test_types_that_graphql_does_not_allow_are_told_as_such(added, message):
    result = compose([Subgraph(name="a", sdl=f"type Query {{ a: Int }} {added}")])

    (error,) = result.errors
    assert "INVALID_GRAPHQL" == error.code
    assert message in error.message


def test_a_query_root_without_fields_of_its_own_has_those_of_federation():
    other = Subgraph(name="b", sdl="type Query { b: Int }")

    assert () == compose([Subgraph(name="a", sdl="type Query"), other]).errors


def test_a_list_is_sliced_by_arguments_not_by_their_members():
    link = LINK.replace('"@tag"', '"@listSize"')
    field = 'a(in: In): [Int] @listSize(slicingArguments: ["in.first"])'
    sdl = f"{link} type Query {{ {field} }} input In {{ first: Int }}"

    (error,) = compose([Subgraph(name="a", sdl=sdl)]).errors

    assert "LIST_SIZE_INVALID_SLICING_ARGUMENT" == error.code
    assert "arguments can be named, but not members" in error.message
