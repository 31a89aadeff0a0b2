"""What `compose` promises whatever it is given."""

from __future__ import annotations

import pytest

from gateway_graphql.composition import CompositionError, Subgraph, compose

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: '


def codes(*sdls):
    result = compose(
        [Subgraph(name=f"s{number}", sdl=sdl) for number, sdl in enumerate(sdls)]
    )
    return [error.code for error in result.errors]


def test_syntax_error_names_subgraph_and_line():
    result = compose([Subgraph(name="broken", sdl="type Query {\n  a Int\n}")])

    expected = CompositionError(
        "INVALID_GRAPHQL",
        "[broken] Syntax Error: Expected ':', found Name 'Int'. (line 2, column 5)",
        None,
        ("broken",),
    )
    assert (expected,) == result.errors


def test_every_broken_subgraph_is_reported():
    assert ["INVALID_GRAPHQL"] * 2 == codes("type {", "type Query { a: Missing }")


def test_nothing_to_query_is_an_error():
    assert ["NO_QUERIES"] == codes("type A { b: Int }")


def test_no_subgraphs_are_an_error():
    assert ["NO_QUERIES"] == [error.code for error in compose([]).errors]


def test_subgraphs_with_one_name_are_told_apart_by_nobody():
    twice = [Subgraph(name="a", sdl="type Query { a: Int }")] * 2

    assert ["INVALID_SUBGRAPH_NAME"] == [e.code for e in compose(twice).errors]


def test_order_of_subgraphs_does_not_matter():
    one = Subgraph(name="one", sdl="type Query { a: Int }")
    two = Subgraph(name="two", sdl="type Query { b: Int }")

    assert compose([one, two]) == compose([two, one])


def test_schema_object_is_asked_for_its_sdl():
    class Schema:
        def as_str(self):
            return "type Query { a: Int }"

    result = compose([Subgraph(name="a", schema=Schema())])

    assert result.supergraph_sdl is not None
    assert "a: Int" in result.supergraph_sdl


@pytest.mark.parametrize(
    ("imports", "applied"),
    [
        ('[{name: "@authenticated", as: "@auth"}])', "@auth"),
        ("[])", "@federation__authenticated"),
    ],
    ids=["renamed import", "namespaced"],
)
def test_access_rule_is_kept_whatever_it_is_called(imports, applied):
    sdl = f"{LINK}{imports}\ntype Query {{ a: Int {applied} }}"
    result = compose([Subgraph(name="a", sdl=sdl)])

    field = result.supergraph.types["Query"].fields["a"]
    assert ["authenticated"] == [directive.name for directive in field.directives]
    assert f"a: Int {applied}" in result.supergraph_sdl


def test_own_directive_with_a_federation_name_is_not_federations():
    sdl = (
        f"{LINK}[])\n"
        "directive @key(colour: String) on OBJECT\n"
        'type Query @key(colour: "red") { a: Int }'
    )

    assert [] == codes(sdl)


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("KEY_INVALID_FIELDS", 'type A @key(fields: "b") { a: Int }'),
        ("KEY_INVALID_FIELDS", 'type A @key(fields: "") { a: Int }'),
        ("KEY_INVALID_FIELDS_TYPE", "type A @key(fields: 1) { a: Int }"),
        ("KEY_FIELDS_HAS_ARGS", 'type A @key(fields: "a") { a(b: Int): Int }'),
        (
            "REQUIRES_FIELDS_MISSING_EXTERNAL",
            'type A @key(fields: "a") { a: Int b: Int c: Int @requires(fields: "b") }',
        ),
        ("EXTERNAL_UNUSED", "type A { a: Int b: Int @external }"),
        ("EXTERNAL_ON_INTERFACE", "interface A { a: Int @external }"),
        ("COST_APPLIED_TO_INTERFACE_FIELD", "interface A { a: Int @cost(weight: 1) }"),
        (
            "LIST_SIZE_APPLIED_TO_NON_LIST",
            "type A { a: Int @listSize(assumedSize: 1) }",
        ),
        (
            "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE",
            "interface A @authenticated { a: Int }",
        ),
        ("INTERFACE_OBJECT_USAGE_ERROR", "type A @interfaceObject { a: Int }"),
        ("INVALID_GRAPHQL", 'type A { a: Int @cost(weight: "1") }'),
    ],
)
def test_rule_reports_its_code(code, body):
    imports = (
        '["@key", "@requires", "@external", "@cost", "@listSize", "@authenticated",'
        ' "@interfaceObject"])'
    )

    assert code in codes(f"{LINK}{imports}\ntype Query {{ q: Int }}\n{body}")


@pytest.mark.parametrize("kind", ["query", "mutation", "subscription"])
def test_a_renamed_root_leaves_its_usual_name_to_no_other_type(kind):
    usual = kind.capitalize()
    roots = {"query": "Asking", kind: "Own"}
    named = " ".join(f"{name}: {root}" for name, root in roots.items())
    types = " ".join(f"type {root} {{ a: Int }}" for root in roots.values())

    found = codes(f"schema {{ {named} }} {types} type {usual} {{ b: Int }}")

    assert [f"ROOT_{kind.upper()}_USED"] == found


def test_extensions_of_the_schema_are_one_definition_together():
    roots = "extend schema { query: Q } extend schema { mutation: M }"

    assert [] == codes(f"{roots} type Q {{ a: Int }} type M {{ b: Int }}")


def test_a_lone_extension_of_the_schema_keeps_its_directives():
    sdl = "extend schema @unknown { query: Q } type Q { a: Int }"

    assert ["INVALID_GRAPHQL"] == codes(sdl)


def test_texts_in_merged_arguments_are_written_as_they_are_read():
    link = f'{LINK}["@policy"]) type Query {{ a: Int @shareable @policy(policies: '
    link = link.replace('["@policy"]', '["@policy", "@shareable"]')
    result = compose(
        [
            Subgraph("s0", sdl=link + '[["größe"]]) }'),
            Subgraph("s1", sdl=link + '[["maß"]]) }'),
        ]
    )

    assert '@policy(policies: [["größe", "maß"]])' in result.supergraph_sdl


def test_a_type_that_implements_what_is_an_object_elsewhere_is_no_further_error():
    one = "type Query { a: A } interface Node { id: Int } type A implements Node { id: Int }"

    assert ["TYPE_KIND_MISMATCH"] == codes(one, "type Node { id: Int }")


MEDIA = f"""{LINK}["@key", "@external"])
type Query {{ films: [Film] }}
interface Media @key(fields: "id") {{ id: ID! stars: Int }}
type Film implements Media @key(fields: "id") {{ id: ID! stars: Int @external }}
"""


def test_a_field_that_an_interface_object_alone_resolves_has_one_type_everywhere():
    stars = f"""{LINK}["@key", "@interfaceObject"])
    type Media @key(fields: "id") @interfaceObject {{ id: ID! stars: Int }}"""
    result = compose([Subgraph("films", sdl=MEDIA), Subgraph("stars", sdl=stars)])

    assert () == result.errors
    joins = result.supergraph.types["Film"].fields["stars"].joins
    assert [("films", True, None)] == [
        (j.subgraph, j.is_external, j.type) for j in joins
    ]


def test_external_types_agree_where_an_interface_object_alone_resolves_the_field():
    stars = f"""{LINK}["@key", "@interfaceObject"])
    type Media @key(fields: "id") @interfaceObject {{ id: ID! stars: Int }}"""
    other = MEDIA.replace("stars: Int @external", "stars: Int! @external")
    result = compose(
        [
            Subgraph("films", sdl=MEDIA),
            Subgraph("others", sdl=other.replace("films: [Film]", "others: [Film]")),
            Subgraph("stars", sdl=stars),
        ]
    )

    (error,) = result.errors
    assert ("EXTERNAL_TYPE_MISMATCH", "Film.stars") == (error.code, error.coordinate)
    assert ("films", "others") == error.subgraphs


def test_what_an_interface_object_needs_somebody_must_resolve():
    plain = MEDIA.replace("stars: Int @external", "").replace("stars: Int", "")
    needing = f"""{LINK}["@key", "@interfaceObject", "@external", "@requires"])
    type Media @key(fields: "id") @interfaceObject {{
      id: ID! stars: Int @external double: Int @requires(fields: "stars")
    }}"""

    assert ["EXTERNAL_MISSING_ON_BASE"] == codes(plain, needing)


SHARING = f'{LINK}["@shareable", "@key", "@external", "@requires"])'


def test_a_shared_mutation_that_gives_the_query_root_leads_to_all_of_it():
    again = "type Mutation { again: Query @shareable }"

    assert [] == codes(
        f"{SHARING} type Query {{ a: Int }} {again}",
        f"{SHARING} type Query {{ b: Int }} {again}",
    )


def test_subgraphs_that_share_a_field_need_not_know_all_types_of_its_values():
    shared = "type Query { u: U @shareable } type X @shareable { x: Int }"

    assert [] == codes(
        f"{SHARING} {shared} union U = X | Y type Y {{ y: Int }}",
        f"{SHARING} {shared} union U = X",
    )


def test_a_shared_field_without_a_common_type_is_told_once():
    def sharing(roots, member):
        return f"""{SHARING}
        type Query @shareable {{ {roots} }}
        type A @shareable {{ u: U }} union U = {member} type {member} {{ x: Int }}"""

    third = (
        f"{SHARING} type Query @shareable {{ first: A }} type A @shareable {{ u: U }}"
    )
    found = codes(
        sharing("first: A second: A", "X"),
        sharing("first: A second: A", "Y"),
        f"{third} union U = Z type Z {{ x: Int }}",
    )

    assert ["SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES"] == found


def test_a_requirement_in_a_fragment_must_be_reachable_too():
    result = compose(
        [
            Subgraph(
                "a",
                sdl=f"""{SHARING}
                type Query {{ t: T }}
                type T @key(fields: "id") {{ id: ID! u: U }}
                union U = X
                type X {{ y: Int }}""",
            ),
            Subgraph(
                "b",
                sdl=f"""{SHARING}
                type T @key(fields: "id") {{
                  id: ID! u: U @external
                  need: Int @requires(fields: "u {{ ... on X {{ x }} }}")
                }}
                union U = X
                type X {{ x: Int @external }}""",
            ),
            Subgraph("c", sdl="type Query { c: X } type X { x: Int }"),
        ]
    )

    assert "T.need" in {error.coordinate for error in result.errors}


@pytest.mark.parametrize(
    ("name", "definition"),
    [
        ("U", "union U @inaccessible = A type A { u: Int }"),
        ("S", "scalar S @inaccessible"),
        ("E", "enum E @inaccessible { E }"),
        ("I", "input I @inaccessible { i: Int }"),
        ("N", "interface N @inaccessible { n: Int }"),
        ("O", "type O @inaccessible { o: Int }"),
    ],
)
def test_a_type_of_any_kind_is_hidden(name, definition):
    sdl = f'{LINK}["@inaccessible"]) type Query {{ a: Int }} {definition}'

    types = compose([Subgraph("a", sdl=sdl)]).supergraph.types

    assert types[name].is_inaccessible
