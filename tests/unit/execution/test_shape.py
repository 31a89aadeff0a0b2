from __future__ import annotations

from itertools import product

import pytest

from gateway_graphql.execution.compiled.shape import (
    EnumShape,
    FieldShape,
    LeafKind,
    LeafShape,
    ListShape,
    ObjectShape,
    Shapes,
    TypenameShape,
)
from gateway_graphql.language.field_set import parse_field_set
from gateway_graphql.language.operation import (
    Field,
    Fragment,
    Operation,
    OperationKind,
    VariableIs,
)

TYPES = """
type Query @join__type(graph: PRODUCTS) { animal: Animal any: Any plain: Plain }
union Any
  @join__type(graph: PRODUCTS)
  @join__unionMember(graph: PRODUCTS, member: "Cat")
  @join__unionMember(graph: PRODUCTS, member: "Dog")
= Cat | Dog
scalar Date @join__type(graph: PRODUCTS)
enum Size @join__type(graph: PRODUCTS) {
  BIG @join__enumValue(graph: PRODUCTS)
  ODD @inaccessible @join__enumValue(graph: PRODUCTS)
}
interface Named @join__type(graph: PRODUCTS) { name: String }
interface Animal implements Named
  @join__type(graph: PRODUCTS)
  @join__type(graph: REVIEWS, key: "name", isInterfaceObject: true)
{ name: String size: [[Size!]]! born: Date extra: Int }
type Cat implements Animal & Named
  @join__implements(graph: PRODUCTS, interface: "Animal")
  @join__implements(graph: PRODUCTS, interface: "Named")
  @join__type(graph: PRODUCTS)
{ name: String! size: [[Size!]]! born: Date }
type Dog implements Animal & Named
  @join__implements(graph: PRODUCTS, interface: "Animal")
  @join__implements(graph: PRODUCTS, interface: "Named")
  @join__type(graph: PRODUCTS)
{ name: String size: [[Size!]]! born: Date extra: Int }
"""
PLAIN = """
interface Plain @join__type(graph: PRODUCTS) { name: String }
type Rock implements Plain
  @join__implements(graph: PRODUCTS, interface: "Plain") @join__type(graph: PRODUCTS)
{ name: String }
"""
NAME = LeafShape(LeafKind.STRING, is_nullable=True)


@pytest.fixture
def shapes_of(supergraph_of):
    supergraph = supergraph_of(TYPES + PLAIN)

    def make(*selections):
        return Shapes(Operation(OperationKind.QUERY, None, (), selections), supergraph)

    return make


@pytest.fixture
def fields_of(shapes_of):
    """The fields of the first root field's object when it is of a type."""

    def fields(text, type_name):
        root = shapes_of(*parse_field_set(text).selections).shape({})
        (field,) = root.fields("Query")
        assert isinstance(field.value, ObjectShape)
        return field.value.fields(type_name)

    return fields


def test_types_and_nullability_are_those_of_the_concrete_type(fields_of):
    text = "animal { __typename name size born }"

    assert (
        FieldShape("__typename", "Cat.__typename", TypenameShape()),
        FieldShape("name", "Cat.name", LeafShape(LeafKind.STRING, is_nullable=False)),
        FieldShape(
            "size",
            "Cat.size",
            ListShape(
                ListShape(
                    EnumShape(
                        frozenset({"BIG"}),
                        is_nullable=False,
                        hidden=frozenset({"ODD"}),
                    ),
                    is_nullable=True,
                ),
                is_nullable=False,
            ),
        ),
        FieldShape("born", "Cat.born", LeafShape(LeafKind.CUSTOM, is_nullable=True)),
    ) == fields_of(text, "Cat")
    assert FieldShape("name", "Dog.name", NAME) in fields_of(text, "Dog")


def test_fragments_apply_by_possible_types(fields_of):
    text = (
        "any { ... on Animal { name ... on Dog { d: name } } ... on Cat { c: name } }"
    )

    assert ["name", "d"] == [field.key for field in fields_of(text, "Dog")]
    assert ["name", "c"] == [field.key for field in fields_of(text, "Cat")]


def test_an_interface_object_stands_for_all_objects_of_the_interface(fields_of):
    text = "animal { ... on Named { n: name } ... on Cat { c: name } ... on Any { a: __typename } }"

    assert ["n", "a"] == [field.key for field in fields_of(text, "Animal")]


def test_a_field_that_only_the_interface_defines_has_its_type_from_there(fields_of):
    fields = fields_of("any { ... on Animal { extra } }", "Cat")

    assert (
        FieldShape("extra", "Cat.extra", LeafShape(LeafKind.INT, is_nullable=True)),
    ) == fields


@pytest.mark.parametrize("name", ["Query", "Nothing", "Size", "Named"])
def test_a_type_that_cannot_stand_here_has_no_fields(fields_of, name):
    assert fields_of("animal { name }", name) is None


def test_an_interface_that_no_subgraph_has_as_an_object_stands_for_nothing(fields_of):
    assert fields_of("plain { name }", "Plain") is None


def test_a_field_that_no_type_defines_is_a_bug(fields_of):
    with pytest.raises(AssertionError):
        fields_of("animal { nothing }", "Cat")


def test_fields_and_shapes_are_made_once(shapes_of):
    shapes = shapes_of(*parse_field_set("animal { name }").selections)
    shape = shapes.shape({})

    assert shapes.shape({"unrelated": True}) is shape
    assert shape.fields("Query") is shape.fields("Query")
    assert "<ObjectShape Query>" == repr(shape)


def test_shapes_are_kept_for_a_bounded_number_of_assignments(shapes_of):
    names = "abcdef"
    conditional = tuple(
        Field("__typename", name, condition=frozenset({VariableIs(name, value=True)}))
        for name in names
    )
    shapes = shapes_of(*conditional, Fragment("Query", conditional))
    for values in product((True, False), repeat=len(names)):
        given = dict(zip(names, values, strict=True))
        keys = [field.key for field in shapes.shape(given).fields("Query")]

        assert [name for name in names if given[name]] == keys
