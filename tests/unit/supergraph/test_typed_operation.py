"""The walk over an operation: what is known of each field, and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from graphql import parse

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.language.field_set import parse_field_set
from gateway_graphql.language.operation import VariableIs
from gateway_graphql.language.pruning import OnType
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.supergraph.operations import read_operation
from gateway_graphql.supergraph.reading import read_supergraph
from gateway_graphql.supergraph.typed_operation import (
    field_definition,
    folded,
    typed_fields,
    typed_selections,
)

SDL = """
type Query { node: Node, things: [[Thing!]!]! }
interface Node { id: ID!, next: Node }
interface Named { name: String, next: Node }
type Book implements Node & Named { id: ID!, name: String, next: Node, film: Film }
type Film implements Node & Named { id: ID!, name: String, next: Node }
type Page implements Node { id: ID!, next: Node }
union Thing = Book | Page
"""


@dataclass
class Walked:
    """The walk over one operation; counts how often it asks what is wanted."""

    text: str
    supergraph: Supergraph
    asked: list = field(default_factory=list)

    def fields(self, wanted=lambda _: True, wanted_on=lambda _: False):
        def counted(selected):
            self.asked.append(selected)
            return wanted(selected)

        operation = read_operation(parse(self.text), self.supergraph, None)
        return list(
            typed_fields(
                operation, self.supergraph, wanted=counted, wanted_on=wanted_on
            )
        )

    def named(self, name, **wanting):
        return [f for f in self.fields(**wanting) if f.field.name == name]


@pytest.fixture(scope="module")
def supergraph():
    composed = compose([Subgraph(name="a", sdl=SDL)])
    return read_supergraph(composed.supergraph_sdl)


@pytest.fixture
def walk(supergraph):
    return lambda text: Walked(text, supergraph)


def test_fields_come_in_the_documents_order_with_their_types(walk):
    fields = walk("{ node { id next { id } } things { __typename } }").fields()

    assert [
        ("Query.node", "Node", 0),
        ("Node.id", "ID", 0),
        ("Node.next", "Node", 0),
        ("Node.id", "ID", 0),
        ("Query.things", "Thing", 2),
        ("Thing.__typename", "", 0),
    ] == [(f.coordinate, f.type_name, f.lists) for f in fields]


def test_a_field_knows_the_way_to_it(walk):
    (name,) = walk("{ things { ... on Book { a: film { b: name } } } }").named("name")

    assert ("things", OnType("Book"), "a", "b") == name.place
    assert ("things",) == name.path
    assert name.is_below_list
    assert ["things", "film", "name"] == [f.field.name for f in name.lineage]


def test_a_field_knows_which_objects_have_it(walk):
    text = "{ node { ... on Named { name ... on Film { id } } } things { __typename } }"
    fields = {f.coordinate: f.reach for f in walk(text).fields()}

    assert {
        "Query.node": ("Query",),
        "Named.name": ("Book", "Film"),
        "Film.id": ("Film",),
        "Query.things": ("Query",),
        "Thing.__typename": ("Book", "Page"),
    } == fields


def test_the_conditions_on_the_way_are_a_fields_own(walk):
    text = """query ($a: Boolean!, $b: Boolean!) {
      node @include(if: $a) { ... on Book @skip(if: $b) { name } id }
    }"""
    fields = {f.field.name: f.condition for f in walk(text).fields()}
    a, b = VariableIs("a", value=True), VariableIs("b", value=False)

    assert {"node": {a}, "name": {a, b}, "id": {a}} == fields


def test_what_is_asked_of_the_schema_has_no_definition_and_is_not_entered(walk):
    fields = walk("{ __schema { types { name } } node { __typename } }").fields()

    assert ["__schema", "__typename"] == [
        f.field.name for f in fields if f.definition is None
    ]
    assert 3 == len(fields)


def test_only_what_is_wanted_comes_with_what_is_above_it(walk):
    text = "{ node { id next { ... on Book { name } } } }"
    (name,) = walk(text).fields(wanted=lambda s: "Book.name" == s.coordinate)

    assert ["Query.node", "Node.next", "Book.name"] == [
        f.coordinate for f in name.lineage
    ]


def test_all_fields_of_a_fragment_can_be_wanted_but_none_below_them(walk):
    text = "{ node { ... on Named { next { id } ... on Book { name } } id } }"
    fields = walk(text).fields(
        wanted=lambda _: False, wanted_on=lambda name: "Named" == name
    )

    assert ["Named.next", "Book.name"] == [f.coordinate for f in fields]
    assert [("Named",), ("Named", "Book")] == [f.around for f in fields]


def nested(depth):
    """A document of fragments, each with two places for the next one."""
    fragments = [
        f"fragment F{n} on Node {{ a: next {{ ...F{n + 1} }} b: next {{ ...F{n + 1} }} }}"
        for n in range(depth)
    ]
    last = f"fragment F{depth} on Node {{ id }}"
    return " ".join(("{ node { ...F0 } }", *fragments, last))


def test_fragments_within_fragments_are_looked_at_once(walk):
    asked = []
    for depth in (10, 20, 40):
        it = walk(nested(depth))
        assert not it.fields(wanted=lambda s: "Book.name" == s.coordinate)
        asked.append(len(it.asked))

    assert asked[2] - asked[1] == 2 * (asked[1] - asked[0])
    assert asked[2] < 200


def test_a_type_without_a_field_has_no_definition_of_it(supergraph):
    assert field_definition(supergraph, "Book", "film") is not None
    assert field_definition(supergraph, "Node", "film") is None
    assert field_definition(supergraph, "Thing", "film") is None
    assert field_definition(supergraph, "Nothing", "film") is None


def test_a_fold_makes_each_field_of_what_came_of_those_below_it(walk):
    fields = walk(
        "{ node { id ... on Book { film { name } } } things { __typename } }"
    ).fields()

    def told(typed, below):
        return f"{typed.field.name}({', '.join(below)})"

    assert ["node(id(), film(name()))", "things(__typename())"] == folded(fields, told)


def test_a_subgraphs_selections_have_the_types_that_it_has_them_in():
    wide = "interface Node { id: ID! } type Book implements Node @shareable { id: ID! }"
    link = (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3",'
        ' import: ["@shareable"])'
    )
    supergraph = compose(
        [
            Subgraph(
                name="a", sdl=f"{link} {wide} type Query {{ n: Node @shareable }}"
            ),
            Subgraph(
                name="b", sdl=f"{link} {wide} type Query {{ n: Book @shareable }}"
            ),
        ]
    ).supergraph
    selections = parse_field_set("n { id } own { id }").selections

    types = {
        name: [
            (typed.coordinate, typed.type_name)
            for typed in typed_selections(
                selections, supergraph, parent="Query", reach=("Query",), subgraph=name
            )
        ]
        for name in ("a", "b")
    }

    assert [("Query.n", "Node"), ("Node.id", "ID"), ("Query.own", "")] == types["a"]
    assert [("Query.n", "Book"), ("Book.id", "ID"), ("Query.own", "")] == types["b"]
