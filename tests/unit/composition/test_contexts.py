"""`@context` and `@fromContext`: what composes, and what is said of the rest."""

from __future__ import annotations

import pytest

from gateway_graphql import Subgraph, compose
from gateway_graphql.supergraph.reading import read_supergraph

LINK = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.8"
  import: ["@key", "@context", "@fromContext", "@shareable", "@interfaceObject"
    "@external", "@requires"]
)
"""
HALL = """
type Query { hall: Hall! }
type Hall @key(fields: "id") @context(name: "hall") {
  id: ID! seat: Seat! name: String! size: Int lamps: [Lamp!]! lamp(at: Int!): Lamp
}
type Lamp { watt: Int! }
"""


def seat(argument, more=""):
    return f'type Seat @key(fields: "id") {{ id: ID! view({argument}): String {more} }}'


def composed(*sdls):
    return compose(
        [
            Subgraph(name=name, sdl=LINK + sdl)
            for name, sdl in zip("abc", sdls, strict=False)
        ]
    )


def codes(*sdls):
    return [error.code for error in composed(*sdls).errors]


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("String!", "$hall { name }"),
        ("String", "$hall { name }"),
        ("String", " $ hall # the hall's\n { name }"),
        ("Int", "$hall { size }"),
        ("[Int!]!", "$hall { lamps { watt } }"),
        ("Int", "$hall { lamp(at: 1) { watt } }"),
        ("String!", "$hall ... on Hall { name }"),
        ("String!", "$hall { ... on Hall { name } ... on Lamp { watt } }"),
        ("String!", "$hall { __typename }"),
    ],
)
def test_a_selection_of_one_value_of_the_arguments_type_composes(kind, field):
    assert [] == codes(HALL + seat(f"of: {kind} @fromContext(field: {json(field)})"))


def test_what_is_composed_has_the_same_selections_as_what_is_read():
    wish = 'of: String! @fromContext(field: "$hall {name}")'
    result = composed(HALL + seat(wish))

    assert result.supergraph == read_supergraph(result.supergraph_sdl)
    assert 'selection: " {name}"' in result.supergraph_sdl


def json(text):
    return '"' + text.replace("\n", "\\n") + '"'


@pytest.mark.parametrize(
    ("kind", "field", "code"),
    [
        ("String", "$room { name }", "CONTEXT_NOT_SET"),
        ("String", "{ name }", "NO_CONTEXT_IN_SELECTION"),
        ("String", "hall { name }", "NO_CONTEXT_IN_SELECTION"),
        ("String", "", "NO_CONTEXT_IN_SELECTION"),
        ("String", "$hall", "NO_SELECTION_FOR_CONTEXT"),
        *(
            (kind, f"$hall {selection}", "CONTEXT_INVALID_SELECTION")
            for kind, selection in (
                ("String", "{ }"),
                ("String", "{ name"),
                ("String", "{ color }"),
                ("String", "{ id name }"),
                ("String", "{ n: name }"),
                ("String", "{ name @skip(if: true) }"),
                ("String", "{ name { x } }"),
                ("String", "{ lamps }"),
                ("String", "{ ...hall }"),
                ("String", "{ name ... on Hall { name } }"),
                ("String", "{ ... { name } }"),
                ("String", "{ ... on Hall { name } ... on Hall { name } }"),
                ("String", "{ ... on Lamp { watt } }"),
                ("String", "{ ... on Nothing { watt } }"),
                ("Int!", "{ size }"),
                ("Int", "{ name }"),
                ("Int", "{ lamps { watt } }"),
                ("Int!", "{ lamp(at: 1) { watt } }"),
                ("Int", "{ lamp { watt } }"),
                ("Int", "{ lamp(at: 1, of: 2) { watt } }"),
            )
        ),
    ],
)
def test_any_other_selection_is_refused_with_its_code(kind, field, code):
    assert [code] == codes(HALL + seat(f'of: {kind} @fromContext(field: "{field}")'))


@pytest.mark.parametrize("name", ["my_hall", "_hall", "1hall", "hall-1", ""])
def test_a_context_has_a_name_of_letters_and_digits(name):
    errors = composed(HALL.replace('"hall"', f'"{name}"') + "type Seat { id: ID! }")

    assert ["CONTEXT_NAME_INVALID"] == [error.code for error in errors.errors]


READ = '@fromContext(field: "$hall { name }")'


@pytest.mark.parametrize(
    ("sdl", "code"),
    [
        (seat(f'of: String = "x" {READ}'), "CONTEXT_NOT_SET"),
        (
            (
                f"interface Place {{ view(of: String {READ}): String }}"
                " type Seat { id: ID! }"
            ),
            "CONTEXT_NOT_SET",
        ),
        (
            (
                "interface Place { view: String }"
                ' type Seat implements Place @key(fields: "id")'
                f" {{ id: ID! view(of: String {READ}): String }}"
            ),
            "CONTEXT_NOT_SET",
        ),
        (
            f"directive @shown(of: String {READ}) on FIELD type Seat {{ id: ID! }}",
            "CONTEXT_NOT_SET",
        ),
        (
            f"type Seat {{ id: ID! view(of: String {READ}): String }}",
            "CONTEXT_NO_RESOLVABLE_KEY",
        ),
        (
            (
                'type Seat @key(fields: "id", resolvable: false)'
                f" {{ id: ID! view(of: String {READ}): String }}"
            ),
            "CONTEXT_NO_RESOLVABLE_KEY",
        ),
    ],
)
def test_a_contextual_argument_stands_where_it_can_be_filled(sdl, code):
    assert [code] == codes(HALL + sdl)


def test_a_context_is_not_read_from_an_interface_object():
    sdl = HALL.replace("@context", "@interfaceObject @context")

    assert ["CONTEXT_INVALID_SELECTION"] == codes(sdl + seat(f"of: String {READ}"))


@pytest.mark.parametrize(
    ("argument", "errors", "hints"),
    [
        ("", 0, 0),
        ("(of: String)", 0, 1),
        ('(of: String! = "x")', 0, 1),
        ("(of: String!)", 1, 0),
    ],
)
def test_what_another_subgraph_makes_of_a_contextual_argument(argument, errors, hints):
    code = "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS"
    one = HALL + seat(f"of: String {READ}").replace(
        ": String }", ": String @shareable }"
    )
    other = (
        f'type Seat @key(fields: "id") {{ id: ID! view{argument}: String @shareable }}'
    )
    result = composed(one.replace("): String  }", "): String @shareable }"), other)

    assert [code] * errors == [error.code for error in result.errors]
    assert [code] * hints == [hint.code for hint in result.hints if hint.code == code]
    if result.supergraph is not None:
        assert () == result.supergraph.types["Seat"].fields["view"].arguments


def test_a_field_that_is_reached_without_its_context_is_not_satisfiable():
    sdl = HALL.replace("hall: Hall!", "hall: Hall! seat: Seat")
    (error,) = composed(sdl + seat(f"of: String {READ}")).errors

    assert "SATISFIABILITY_ERROR" == error.code
    assert "{ seat { view } }" in error.message
    assert 'Nothing on the path sets the context "hall".' in error.message


def test_another_subgraph_may_give_the_field_where_the_context_is_not_set():
    one = HALL.replace("hall: Hall!", "hall: Hall! seat: Seat") + (
        'type Seat @key(fields: "id")'
        f" {{ id: ID! view(of: String {READ}): String @shareable }}"
    )
    other = 'type Seat @key(fields: "id") { id: ID! view: String @shareable }'

    assert [] == codes(one, other)


def test_the_object_itself_is_not_around_itself():
    sdl = (
        "type Query { hall: Hall }"
        ' type Hall @key(fields: "id") @context(name: "hall")'
        f" {{ id: ID! name: String! inner: Hall view(of: String {READ}): String }}"
    )

    assert ["{ hall { view } }"] == [
        error.message.split(": ", 1)[1].split(". ")[0] for error in composed(sdl).errors
    ]


@pytest.mark.parametrize(
    "around",
    [
        (
            'interface Room @context(name: "hall") { name: String! seat: Seat! }'
            ' type Hall implements Room @key(fields: "id")'
            " { id: ID! name: String! seat: Seat! }"
        ),
        (
            'union Room @context(name: "hall") = Hall'
            ' type Hall @key(fields: "id") { id: ID! name: String! seat: Seat! }'
        ),
        (
            'interface Room { seat: Seat! } type Hall implements Room @key(fields: "id")'
            ' @context(name: "hall") { id: ID! name: String! seat: Seat! }'
        ),
    ],
)
def test_interfaces_unions_and_their_types_set_contexts(around):
    sdl = f"type Query {{ room: Room hall: Hall }} {around} "

    assert [] == codes(sdl + seat(f"of: String! {READ}"))


ROOMS = """
type Query @context(name: "around") { room: Room top: String }
type Room @key(fields: "id") @context(name: "around") {
  id: ID! name: String door: Door inner: Room
  number(of: String @fromContext(field: "$around READ ... on Query { top }")): String
}
type Door @key(fields: "id") {
  id: ID! behind: Room plate: String
  sign(of: String @fromContext(field: "$around SIGN ... on Query { top }")): String
}
"""


def rooms(read="... on Room { name }", sign="... on Room { name }"):
    return ROOMS.replace("READ", read).replace("SIGN", sign)


@pytest.mark.parametrize(
    ("read", "sign"),
    [
        ("... on Room { number }", "... on Room { number }"),
        ("... on Room { door { sign } }", "... on Room { name }"),
        ("... on Room { inner { name } }", "... on Room { inner { number } }"),
        ("... on Room { number }", "... on Room { inner { number } }"),
    ],
)
def test_a_context_may_be_read_from_what_reads_it_further_up(read, sign):
    assert [] == codes(rooms(read, sign))


@pytest.mark.parametrize(
    ("read", "sign"),
    [
        ("... on Room { inner { number } }", "... on Room { name }"),
        ("... on Room { inner { inner { number } } }", "... on Room { name }"),
        ("... on Room { name }", "... on Room { door { sign } }"),
        ("... on Room { door { sign } }", "... on Room { inner { number } }"),
        ("... on Room { name }", "... on Room { door { behind { door { sign } } } }"),
    ],
)
def test_what_needs_itself_to_be_read_from_a_context_does_not_compose(read, sign):
    errors = composed(rooms(read, sign)).errors

    assert {"SATISFIABILITY_ERROR"} == {error.code for error in errors}
    assert all("needs itself and can never be read" in e.message for e in errors)


def test_what_needs_itself_by_way_of_a_requirement_does_not_compose():
    one = (
        "type Query { hall: Hall }"
        ' type Hall @key(fields: "id") @context(name: "hall")'
        " { id: ID! seat: Seat name: String @external }"
        ' type Seat @key(fields: "id")'
        f" {{ id: ID! view(of: String {READ}): String }}"
    )
    other = (
        'type Hall @key(fields: "id") { id: ID! seat: Seat @external'
        ' name: String @requires(fields: "seat { view }") }'
        ' type Seat @key(fields: "id") { id: ID! view: String @external }'
    )
    (error,) = composed(one, other).errors

    assert ("SATISFIABILITY_ERROR", "Seat.view(of:)") == (error.code, error.coordinate)


def test_a_requirement_that_another_subgraph_does_without_closes_no_circle():
    one = (
        "type Query { hall: Hall }"
        ' type Hall @key(fields: "id") @context(name: "hall")'
        " { id: ID! seat: Seat name: String @shareable }"
        ' type Seat @key(fields: "id")'
        f" {{ id: ID! view(of: String {READ}): String }}"
    )
    other = (
        'type Hall @key(fields: "id") { id: ID! seat: Seat @external'
        ' name: String @shareable @requires(fields: "seat { view }") }'
        ' type Seat @key(fields: "id") { id: ID! view: String @external }'
    )

    assert [] == codes(one, other)
