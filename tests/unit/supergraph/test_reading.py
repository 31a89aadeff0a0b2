"""Supergraphs that others composed, of every version of the join specification."""

from __future__ import annotations

import pytest

from gateway_graphql.errors import SupergraphInvalid
from gateway_graphql.language.field_set import parse_field_set
from gateway_graphql.language.type_reference import NamedType, NonNullType
from gateway_graphql.supergraph.model import ContextArgument
from gateway_graphql.supergraph.reading import read_supergraph
from gateway_graphql.supergraph.writing import write_supergraph

V01 = """
schema
  @core(feature: "https://specs.apollo.dev/core/v0.1")
  @core(feature: "https://specs.apollo.dev/join/v0.1")
{ query: Query }

directive @core(feature: String!) repeatable on SCHEMA
directive @join__graph(name: String!, url: String!) on ENUM_VALUE

enum join__Graph {
  A @join__graph(name: "a", url: "http://a")
  B @join__graph(name: "b", url: "http://b")
}

type Query { users: [User] @join__field(graph: A) size: Size }

type User @join__owner(graph: A) @join__type(graph: A, key: "id")
  @join__type(graph: B, key: "id") @join__type(graph: B, key: "name { first }")
{
  id: ID! @join__field(graph: A)
  name: Name
  age: Int @join__field(graph: B, requires: "id", provides: "")
}

type Name { first: String }

type Size { wide: Int }
"""
V03 = """
\"\"\"All of it.\"\"\"
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/tag/v0.3", import: [{name: "@tag", as: "@mark"}])
  @mark(name: "whole")
{ query: Query }

directive @link(url: String!) repeatable on SCHEMA
directive @mark(name: String!) repeatable on FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
\"\"\"Told.\"\"\"
directive @own(much: Int = 1) repeatable on FIELD | QUERY

enum join__Graph {
  A @join__graph(name: "a", url: "http://a")
  B @join__graph(name: "b")
}

interface Node @join__type(graph: A, key: "id", resolvable: false)
  @join__type(graph: B, key: "id", isInterfaceObject: true)
{ id: ID! more: Int @join__field(graph: B) }

type Item implements Node @join__type(graph: A, key: "id") @join__type(graph: A, key: "x")
  @join__implements(graph: A, interface: "Node")
{
  id: ID!
  x: Int
  more: Int @join__field
  old: String! @join__field(graph: A, override: "b", overrideLabel: "percent(5)")
    @join__field(graph: B, type: "String", usedOverridden: true, external: true)
}

union Any @join__type(graph: A) @join__type(graph: B)
  @join__unionMember(graph: A, member: "Item") @join__unionMember(graph: B, member: "Box")
  = Item | Box

union Plain @join__type(graph: A) @join__type(graph: B) = Item | Box

type Box implements Plains @join__type(graph: A) @join__type(graph: B)
{ size: Int @mark(name: "s") gone: Int @inaccessible }

interface Plains @join__type(graph: A) @join__type(graph: B) { size: Int }

enum Colour @join__type(graph: A) @join__type(graph: B)
{ RED @join__enumValue(graph: A) BLUE @inaccessible }

input Wish @join__type(graph: A) @join__type(graph: B)
{ much: Int = 1 @join__field(graph: A) all: [Int!]! }

scalar When @join__type(graph: A)

type Query @join__type(graph: A) @join__type(graph: B)
{ item(by: Wish = {all: [1]}): Item @join__field(graph: A) any: Any }
"""

V05 = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/context/v0.1", for: SECURITY)
{ query: Query }

directive @link(url: String!) repeatable on SCHEMA
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @context(name: String!) repeatable on OBJECT

enum join__Graph { A @join__graph(name: "a", url: "http://a") }

type Query @join__type(graph: A) { hall: Hall! }

type Hall @join__type(graph: A, key: "id") @context(name: "a__hall")
{ id: ID! seat: Seat! name: String! }

type Seat @join__type(graph: A, key: "id")
{
  id: ID!
  view: String @join__field(
    graph: A
    contextArguments: [
      {context: "a__hall", name: "of", type: "String!", selection: "{ name }"}
    ]
  )
}
"""


def test_types_without_joins_belong_to_every_subgraph_of_version_01():
    types = read_supergraph(V01).types

    assert ["a", "b"] == [join.subgraph for join in types["Size"].joins]
    assert ["a", "b"] == [j.subgraph for j in types["Size"].fields["wide"].joins]


def test_every_subgraph_of_version_01_knows_the_fields_of_its_keys():
    fields = read_supergraph(V01).types["User"].fields

    joins = {name: [j.subgraph for j in field.joins] for name, field in fields.items()}
    assert {"id": ["a", "b"], "name": ["a", "b"], "age": ["b"]} == joins


def test_a_key_is_a_selection_spelled_as_its_subgraph_spells_it():
    spelled = V01.replace('"name { first }"', '"{name{ first },}"')

    *_, join = read_supergraph(spelled).types["User"].joins

    assert "{name{ first },}" == join.key.text
    assert parse_field_set("name { first }").selections == join.key.selections
    assert 'key: "{name{ first },}"' in write_supergraph(read_supergraph(spelled))


def test_equal_field_sets_of_a_supergraph_are_one():
    user = read_supergraph(V01).types["User"]
    (age,) = user.fields["age"].joins

    assert user.joins[0].key is user.joins[1].key is age.requires


def test_an_argument_from_a_context_has_its_type_and_its_selection():
    (join,) = read_supergraph(V05).types["Seat"].fields["view"].joins

    assert (
        ContextArgument(
            context="a__hall",
            name="of",
            type=NonNullType(NamedType("String")),
            selection=parse_field_set("{ name }"),
        ),
    ) == join.context_arguments


def test_an_empty_field_set_is_none():
    (join,) = read_supergraph(V01).types["User"].fields["age"].joins

    assert parse_field_set("id") == join.requires
    assert join.provides is None


def test_what_is_left_out_holds_for_every_subgraph_of_the_type():
    types = read_supergraph(V03).types
    item, plain, box = types["Item"], types["Plain"], types["Box"]
    blue = types["Colour"].values[1]
    all_of_wish = types["Wish"].fields["all"]

    assert ["a"] == [join.subgraph for join in item.fields["id"].joins]
    assert () == item.fields["more"].joins
    assert ["a", "b"] == [join.subgraph for join in all_of_wish.joins]
    assert ("a", "b") == blue.subgraphs
    assert [("a", "Item"), ("a", "Box"), ("b", "Item"), ("b", "Box")] == [
        (member.subgraph, member.member) for member in plain.members
    ]
    assert [("a", "Plains"), ("b", "Plains")] == [
        (one.subgraph, one.interface) for one in box.implements
    ]


def test_what_is_stated_holds_for_the_subgraphs_that_it_names():
    types = read_supergraph(V03).types
    node, item = types["Node"], types["Item"]
    old = [
        (j.subgraph, j.override, j.override_label, j.is_used_overridden, j.is_external)
        for j in item.fields["old"].joins
    ]

    assert [(False, False), (True, True)] == [
        (join.is_resolvable, join.is_interface_object) for join in node.joins
    ]
    assert ["id", "x"] == [str(join.key) for join in item.joins]
    assert [("a", "Node")] == [(i.subgraph, i.interface) for i in item.implements]
    assert [("a", "Item"), ("b", "Box")] == [
        (member.subgraph, member.member) for member in types["Any"].members
    ]
    assert [
        ("a", "b", "percent(5)", False, False),
        ("b", None, None, True, True),
    ] == old
    assert [None, "String"] == [
        join.type and str(join.type) for join in item.fields["old"].joins
    ]
    assert ("a",) == types["Colour"].values[0].subgraphs


def test_renamed_directives_are_read_by_their_specifications_name():
    supergraph = read_supergraph(V03)

    assert [("tag", (("name", '"s"'),))] == [
        (d.name, d.arguments) for d in supergraph.types["Box"].fields["size"].directives
    ]
    assert ["mark"] == [d.name for d in supergraph.schema_directives]
    assert supergraph.types["Box"].fields["gone"].is_inaccessible


def test_the_schemas_own_directives_and_words_are_kept():
    supergraph = read_supergraph(V03)
    (own,) = supergraph.directives

    assert "All of it." == supergraph.description
    assert ("own", ("FIELD", "QUERY"), True, "Told.") == (
        own.name,
        own.locations,
        own.is_repeatable,
        own.description,
    )
    assert [("much", "1")] == [(a.name, a.default) for a in own.arguments]


def test_a_supergraph_is_read_as_it_was_written():
    supergraph = read_supergraph(V03)

    assert supergraph.types == read_supergraph(write_supergraph(supergraph)).types


@pytest.mark.parametrize(
    ("sdl", "complaint"),
    [
        (" \n", "The supergraph is empty."),
        ("type Query { a: Int }", "it has no enum `join__Graph`"),
        (
            V01.replace("type Query {", "type Query @join__type(graph: C) {"),
            "Unknown subgraph `C`",
        ),
        (
            V01.replace("query: Query }", "query: Query mutation: Nothing }"),
            "The mutation root `Nothing` is no object type.",
        ),
        (
            V01.replace("{ query: Query }", "{ mutation: Query }"),
            "The supergraph has no query root type.",
        ),
        (
            V01.replace('requires: "id"', 'requires: "id {"'),
            "`id {` is no field set: Syntax Error: Expected Name, found <EOF>. (line 22)",
        ),
        (
            V01.replace('key: "name { first }"', 'key: "...First"'),
            "`...First` is no field set: Syntax Error: A field set has no named fragments.",
        ),
        (
            V05.replace('"{ name }"', '"{ }"'),
            "`{ }` is no field set: Syntax Error: Expected Name, found '}'. (line 25)",
        ),
        (V01 + "\ntype {", f"found '{{'. (line {len(V01.splitlines()) + 2})"),
    ],
)
def test_what_is_no_supergraph_is_refused_in_words(sdl, complaint):
    with pytest.raises(SupergraphInvalid) as error:
        read_supergraph(sdl)

    assert complaint in str(error.value)


def test_roots_have_their_usual_names_without_a_schema_definition():
    begin = V01.index("schema\n")
    sdl = V01[:begin] + V01[V01.index("directive @core") :]

    assert ["Query"] == list(read_supergraph(sdl).roots.values())
