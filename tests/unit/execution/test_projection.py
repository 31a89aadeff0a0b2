"""Projection against graphql-core's execution of the same data (the oracle)."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    build_schema,
    execute_sync,
    get_nullable_type,
    is_composite_type,
    parse,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway_graphql.errors import ErrorDetail
from gateway_graphql.execution.compiled.shape import Shapes
from gateway_graphql.execution.run.coverage import Coverage
from gateway_graphql.execution.run.projection import project
from gateway_graphql.language.field_set import parse_field_set
from gateway_graphql.language.operation import (
    Field,
    Operation,
    OperationKind,
    VariableIs,
)

TYPES = """
type Query { node: Node strict: Node! pet: Pet pets: [Pet!] named: Named }
type Node {
  int: Int float: Float string: String boolean: Boolean id: ID color: Color
  int1: Int! color1: Color! node: Node node1: Node!
  ints: [Int] ints1: [Int!] ints2: [[Int!]]! nodes: [Node!]
  pet: Pet
}
enum Color { RED GREEN }
interface Named { name: String }
type Cat implements Named { name: String lives: Int! }
type Dog implements Named { name: String age: Int }
union Pet = Cat | Dog
"""
SUBGRAPH_TYPES = """
type Query @join__type(graph: PRODUCTS) { node: Node strict: Node! pet: Pet pets: [Pet!] named: Named }
type Node @join__type(graph: PRODUCTS) {
  int: Int float: Float string: String boolean: Boolean id: ID color: Color
  int1: Int! color1: Color! node: Node node1: Node!
  ints: [Int] ints1: [Int!] ints2: [[Int!]]! nodes: [Node!]
  pet: Pet
}
enum Color @join__type(graph: PRODUCTS) {
  RED @join__enumValue(graph: PRODUCTS)
  GREEN @join__enumValue(graph: PRODUCTS)
  HIDDEN @join__enumValue(graph: PRODUCTS) @inaccessible
}
scalar JSON @join__type(graph: PRODUCTS)
interface Named
  @join__type(graph: PRODUCTS)
  @join__type(graph: REVIEWS, key: "name", isInterfaceObject: true)
{ name: String }
type Cat implements Named
  @join__implements(graph: PRODUCTS, interface: "Named") @join__type(graph: PRODUCTS)
{ name: String lives: Int! }
type Dog implements Named
  @join__implements(graph: PRODUCTS, interface: "Named") @join__type(graph: PRODUCTS)
{ name: String age: Int }
type Ghost implements Named
  @join__implements(graph: PRODUCTS, interface: "Named")
  @join__type(graph: PRODUCTS) @inaccessible
{ name: String }
union Pet
  @join__type(graph: PRODUCTS)
  @join__unionMember(graph: PRODUCTS, member: "Cat")
  @join__unionMember(graph: PRODUCTS, member: "Dog")
  @join__unionMember(graph: PRODUCTS, member: "Ghost")
= Cat | Dog | Ghost
"""
LEAVES = "int float string boolean id color"
INNER = f"{LEAVES} int1 ints ints1 ints2 pet {{ __typename ... on Cat {{ name lives }} ... on Dog {{ name age }} }}"
QUERY = (
    f"node {{ {INNER} color1 node {{ {INNER} }} node1 {{ int1 }}"
    f" nodes {{ {INNER} node {{ __typename }} }} }}"
    " strict { string node { int } } pets { __typename ... on Dog { age } }"
)

WRONG = st.sampled_from(["abc", [], {}, {"x": [1]}, 1.5, 2**53 + 1])
"""Values that no place takes, together with `null`; what is right depends on the place."""


def or_wrong(right: st.SearchStrategy[Any], *also_right: Any) -> st.SearchStrategy[Any]:
    wrong = WRONG.filter(lambda value: not any(value == each for each in also_right))
    return st.one_of(right, right, right, st.none(), wrong)


INT = or_wrong(st.integers(-(2**31), 2**31 - 1))
# graphql-core writes numbers into strings, which loses the type: left out.
TEXT = st.one_of(st.text(max_size=3), st.none(), st.sampled_from([[], {}]))
PETS = or_wrong(
    st.one_of(
        st.fixed_dictionaries(
            {"__typename": st.just("Cat"), "name": TEXT, "lives": INT}
        ),
        st.fixed_dictionaries({"__typename": st.just("Dog"), "name": TEXT, "age": INT}),
    ),
    {},
    {"x": [1]},
)
NODE = st.deferred(
    lambda: or_wrong(
        st.fixed_dictionaries(
            {},
            optional={
                "int": INT,
                "float": or_wrong(
                    st.floats(allow_nan=False, allow_infinity=False), 1.5, 2**53 + 1
                ),
                "string": TEXT,
                "boolean": or_wrong(st.booleans(), 1.5, 2**53 + 1),
                "id": TEXT,
                "color": st.sampled_from(["RED", "GREEN", None]),
                "int1": INT,
                "color1": st.sampled_from(["RED", "GREEN", None]),
                "node": NODE,
                "node1": NODE,
                "ints": or_wrong(st.lists(INT, max_size=3), []),
                "ints1": or_wrong(st.lists(INT, max_size=3), []),
                "ints2": or_wrong(st.lists(st.lists(INT, max_size=2), max_size=2), []),
                "nodes": or_wrong(st.lists(NODE, max_size=2), []),
                "pet": PETS,
            },
        ),
        {},
        {"x": [1]},
    )
)
TREES = st.fixed_dictionaries(
    {"strict": st.one_of(st.fixed_dictionaries({"string": TEXT, "node": NODE}), NODE)},
    optional={"node": NODE, "pets": or_wrong(st.lists(PETS, max_size=3), [])},
)

ORACLE = build_schema(TYPES)
DOCUMENT = parse("{" + QUERY + "}")


def resolve(source: Any, info: Any) -> Any:
    """As the default resolver, but a value that is no object is an error, as for us."""
    value = source.get(info.field_name)
    check_objects(value, info.return_type)
    return value


def check_objects(value: Any, kind: Any) -> None:
    kind = get_nullable_type(kind)
    if is_composite_type(kind) and not isinstance(value, dict | None):
        raise TypeError("no object")


@pytest.fixture
def shapes(supergraph_of):
    supergraph = supergraph_of(SUBGRAPH_TYPES)

    def make(query: str) -> Shapes:
        operation = Operation(
            OperationKind.QUERY, None, (), parse_field_set(query).selections
        )
        return Shapes(operation, supergraph)

    return make


def expected_of(tree: dict[str, Any]) -> tuple[Any, list[tuple[str | int, ...]]]:
    result = execute_sync(ORACLE, DOCUMENT, tree, field_resolver=resolve)
    return result.data, [tuple(error.path) for error in result.errors or ()]


def has_non_object_item(tree: Any) -> bool:
    """Lists of objects with another item: graphql-core does not check items itself."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            is_list = key in ("nodes", "pets") and isinstance(value, list)
            if is_list and any(not isinstance(item, dict | None) for item in value):
                return True
            if has_non_object_item(value):
                return True
        return False
    return isinstance(tree, list) and any(map(has_non_object_item, tree))


def test_projection_is_what_graphql_core_makes_of_the_same_data(shapes):
    shape = shapes(QUERY).shape({})

    @settings(deadline=None)
    @given(TREES.filter(lambda tree: not has_non_object_item(tree)))
    def check(tree):
        data, errors = project(tree, shape, Coverage())

        assert expected_of(tree) == (data, [error.path for error in errors])

    check()


def project_one(shapes, query, tree, variables=None):
    return project(tree, shapes(query).shape(variables or {}), Coverage())


def test_the_order_is_that_of_the_operation(shapes):
    tree = {"node": {"id": "1", "string": "s", "int": 1, "unasked": 2}}
    data, _ = project_one(shapes, "node { string id int s: string }", tree)

    assert [("string", "s"), ("id", "1"), ("int", 1), ("s", None)] == list(
        data["node"].items()
    )


def test_an_error_in_a_list_names_the_field_of_the_list(shapes):
    cat = {"__typename": "Cat", "lives": 9}
    for item, message in [
        (None, "Cannot return null for non-nullable field Query.pets."),
        (7, "Expected an object for Query.pets."),
    ]:
        _, errors = project_one(
            shapes, "pets { ... on Cat { lives } }", {"pets": [cat, item]}
        )

        assert [(message, ("pets", 1))] == [(e.message, e.path) for e in errors]


def test_a_withheld_field_is_null_whatever_was_fetched(supergraph_of):
    node = {"int": 1, "int1": 2, "string": "s"}
    asked = tuple(
        replace(field, is_withheld=field.name != "string")
        for field in parse_field_set("int int1 string").selections
    )

    def projected(selections):
        field = Field("node", "node", selections=selections)
        operation = Operation(OperationKind.QUERY, None, (), (field,))
        shape = Shapes(operation, supergraph_of(SUBGRAPH_TYPES)).shape({})
        return project({"node": node}, shape, Coverage())

    assert ({"node": {"int": None, "string": "s"}}, []) == projected(
        (asked[0], asked[2])
    )
    assert ({"node": None}, []) == projected(asked)


def test_an_inaccessible_enum_value_is_null_without_an_error(shapes):
    assert ({"node": {"color": None}}, []) == project_one(
        shapes, "node { color }", {"node": {"color": "HIDDEN"}}
    )


def test_an_enum_value_that_does_not_exist_is_an_error(shapes):
    assert (
        {"node": {"color": None}},
        [
            ErrorDetail(
                "Unexpected enum value for Node.color.",
                "INTERNAL_SERVER_ERROR",
                ("node", "color"),
            )
        ],
    ) == project_one(shapes, "node { color }", {"node": {"color": "NEW"}})


def test_in_a_non_null_place_an_inaccessible_enum_value_is_an_error(shapes):
    assert (
        {"node": None},
        [
            ErrorDetail(
                "Cannot return null for non-nullable field Node.color1.",
                "INTERNAL_SERVER_ERROR",
                ("node", "color1"),
            )
        ],
    ) == project_one(shapes, "node { color1 }", {"node": {"color1": "HIDDEN"}})


def test_an_object_of_an_inaccessible_type_is_null_without_an_error(shapes):
    tree = {"pet": {"__typename": "Ghost", "name": "x"}, "node": {"int": 1}}

    assert ({"pet": None, "node": {"int": 1}}, []) == project_one(
        shapes, "pet { ... on Cat { name } } node { int }", tree
    )


@pytest.mark.parametrize("name", ["Bird", "Node", "Named"])
def test_an_object_of_a_type_that_cannot_be_is_null_with_an_error(shapes, name):
    tree = {"pet": {"__typename": name, "name": "x"}, "node": {"int": 1}}
    error = ErrorDetail(
        "Unexpected type of object for Query.pet.", "INTERNAL_SERVER_ERROR", ("pet",)
    )

    assert ({"pet": None, "node": {"int": 1}}, [error]) == project_one(
        shapes, "pet { ... on Cat { name } } node { int }", tree
    )


@pytest.mark.parametrize("pet", [{"name": "x"}, {"__typename": None}])
def test_an_object_whose_type_nobody_tells_is_null_with_an_error(supergraph_of, pet):
    types = """
    type Query @join__type(graph: PRODUCTS) { pet: Pet }
    type Cat @join__type(graph: PRODUCTS) { name: String }
    union Pet
      @join__type(graph: PRODUCTS)
      @join__unionMember(graph: PRODUCTS, member: "Cat")
    = Cat
    """
    selections = parse_field_set("pet { ... on Cat { name } }").selections
    operation = Operation(OperationKind.QUERY, None, (), selections)
    shape = Shapes(operation, supergraph_of(types)).shape({})

    assert (
        {"pet": None},
        [
            ErrorDetail(
                "Expected a type name for Query.pet.",
                "INTERNAL_SERVER_ERROR",
                ("pet",),
            )
        ],
    ) == project({"pet": pet}, shape, Coverage())


def test_an_object_of_inaccessible_type_in_a_non_null_place_is_an_error(shapes):
    tree = {"pets": [{"__typename": "Cat"}, {"__typename": "Ghost"}]}
    data, errors = project_one(shapes, "pets { __typename }", tree)

    assert {"pets": None} == data
    assert [("pets", 1)] == [error.path for error in errors]


def test_an_interface_object_answers_what_needs_no_runtime_type(shapes):
    tree = {"named": {"__typename": "Named", "name": "x"}}

    assert ({"named": {"name": "x"}}, []) == project_one(
        shapes, "named { name ... on Cat { lives } }", tree
    )
    assert ({"named": {"name": "x"}}, []) == project_one(
        shapes, "named { name }", {"named": {"name": "x"}}
    )


def test_the_name_of_an_interface_is_never_told_as_a_runtime_type(shapes):
    data, errors = project_one(
        shapes, "named { __typename }", {"named": {"__typename": "Named"}}
    )

    assert {"named": None} == data
    assert [("named", "__typename")] == [error.path for error in errors]


def test_a_concrete_place_tells_its_type_whatever_the_subgraph_says(shapes):
    assert ({"node": {"__typename": "Node", "t": "Node"}}, []) == project_one(
        shapes, "node { __typename t: __typename }", {"node": {"__typename": "Odd"}}
    )


def test_fields_of_one_key_are_merged_and_their_conditions_are_kept_apart(shapes):
    operation = "node { int } node { string }"
    data, _ = project_one(shapes, operation, {"node": {"int": 1, "string": "s"}})

    assert {"node": {"int": 1, "string": "s"}} == data


def test_a_response_key_stands_where_its_first_selected_field_stands(supergraph_of):
    (node,) = parse_field_set("node { int string }").selections
    (other,) = parse_field_set("node { id }").selections
    (pets,) = parse_field_set("pets { __typename }").selections
    assert isinstance(node, Field)
    first = replace(node, condition=frozenset({VariableIs("on", value=True)}))
    operation = Operation(OperationKind.QUERY, None, (), (first, pets, other))
    shapes = Shapes(operation, supergraph_of(SUBGRAPH_TYPES))
    tree = {"node": {"int": 1, "string": "s", "id": "1"}, "pets": []}

    on, _ = project(tree, shapes.shape({"on": True}), Coverage())
    off, _ = project(tree, shapes.shape({"on": False}), Coverage())

    assert {"node": {"int": 1, "string": "s", "id": "1"}, "pets": []} == on
    assert ["node", "pets"] == list(on)
    assert {"pets": [], "node": {"id": "1"}} == off
    assert ["pets", "node"] == list(off)


def test_an_id_may_come_as_a_number(shapes):
    assert ({"node": {"id": "7"}}, []) == project_one(
        shapes, "node { id }", {"node": {"id": 7}}
    )


def test_at_most_a_hundred_errors_are_reported(shapes):
    _, errors = project_one(shapes, "node { ints }", {"node": {"ints": ["x"] * 1000}})

    assert 100 == len(errors)


@pytest.mark.parametrize(
    ("value", "answered"),
    [
        (1.0, 1),
        (-(2**31), -(2**31)),
        (2**31, None),
        (1e300, None),
        (False, None),
    ],
)
def test_an_int_is_exact_or_null(shapes, value, answered):
    data, errors = project_one(shapes, "node { int }", {"node": {"int": value}})

    assert {"node": {"int": answered}} == data
    assert (answered is None) == bool(errors)


@pytest.mark.parametrize("field", ["string", "boolean", "id", "color", "float"])
def test_what_is_no_scalar_is_null_with_an_error(shapes, field):
    data, errors = project_one(shapes, f"node {{ {field} }}", {"node": {field: {}}})

    assert {"node": {field: None}} == data
    assert [("node", field)] == [error.path for error in errors]


def test_a_type_name_that_is_no_string_is_an_error(shapes):
    data, errors = project_one(
        shapes, "pet { ... on Cat { name } }", {"pet": {"__typename": 7}}
    )

    assert {"pet": None} == data
    assert [("pet",)] == [error.path for error in errors]


@pytest.mark.parametrize(
    ("depth", "is_kept"), [(100, True), (101, False), (5000, False)]
)
def test_a_custom_scalar_passes_unless_it_is_too_deep(supergraph_of, depth, is_kept):
    value: Any = {"x": 1}
    for _ in range(depth - 1):
        value = [value]
    supergraph = supergraph_of(
        "type Query @join__type(graph: PRODUCTS) { any: Any }"
        " scalar Any @join__type(graph: PRODUCTS)"
    )
    operation = Operation(
        OperationKind.QUERY, None, (), parse_field_set("any").selections
    )
    shape = Shapes(operation, supergraph).shape({})
    data, errors = project({"any": value}, shape, Coverage())

    assert {"any": value if is_kept else None} == data
    assert is_kept == (not errors)


def test_null_moves_up_to_the_nearest_item_or_field_that_may_be_null(shapes):
    data, errors = project_one(
        shapes,
        "node { ints2 nodes { id } }",
        {"node": {"ints2": [[None], None], "nodes": [None]}},
    )

    assert {"node": {"ints2": [None, None], "nodes": None}} == data
    assert [("node", "ints2", 0, 0), ("node", "nodes", 0)] == [e.path for e in errors]
