"""Variable coercion, against graphql-core's where it is the oracle."""

from __future__ import annotations

import pytest
from graphql import build_schema, parse
from graphql.execution.values import get_variable_values
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_graphql.errors import VariablesInvalid
from gateway_graphql.execution import compile_coercer
from gateway_graphql.language.operation import (
    Operation,
    OperationKind,
    VariableDefinition,
)
from gateway_graphql.language.type_reference import type_from_text

INPUTS = """
enum Color {values}
scalar Any {scalar}
input Filter {input} {{
  id: ID! color: Color = RED colors: [Color!] limit: Int! = 10 ratio: Float
  text: String flag: Boolean any: Any not: Filter and: [Filter!]
  point: Point = {{ x: 1, y: [2, 3] }} {hidden}
}}
input Point {input} {{ x: Int! y: [Int!]! = [0] }}
input By @oneOf {input} {{ id: ID name: String }}
"""
JOINS = "@join__type(graph: PRODUCTS)"
SUPERGRAPH_TYPES = f"type Query {JOINS} {{ a: Int }}" + INPUTS.format(
    values=(
        f"{JOINS} {{ RED @join__enumValue(graph: PRODUCTS)"
        " GREEN @join__enumValue(graph: PRODUCTS)"
        " HIDDEN @inaccessible @join__enumValue(graph: PRODUCTS) }"
    ),
    scalar=JOINS,
    input=JOINS,
    hidden='secret: String = "s" @inaccessible',
)
ORACLE = build_schema(
    "type Query { a: Int }"
    + INPUTS.format(values="{ RED GREEN }", scalar="", input="", hidden="")
)
VARIABLES = {
    "filter": ("Filter", None),
    "filters": ("[Filter!]", None),
    "by": ("By", None),
    "int": ("Int", "7"),
    "int1": ("Int!", "8"),
    "nested": ("[[Int]]", "[1, [2]]"),
    "id": ("ID", None),
    "float": ("Float", "1.5"),
    "text": ("String", '"t"'),
    "flag": ("Boolean", None),
    "color": ("Color", "GREEN"),
    "any": ("Any", None),
}
DOCUMENT = parse(
    "query("
    + ", ".join(
        f"${name}: {kind}" + ("" if default is None else f" = {default}")
        for name, (kind, default) in VARIABLES.items()
    )
    + ") { a }"
)


@pytest.fixture
def coercer_of(supergraph_of):
    supergraph = supergraph_of(SUPERGRAPH_TYPES)

    def make(**variables):
        definitions = tuple(
            VariableDefinition(
                name,
                type_from_text(kind[0] if isinstance(kind, tuple) else kind),
                kind[1] if isinstance(kind, tuple) else None,
            )
            for name, kind in variables.items()
        )
        return compile_coercer(
            Operation(OperationKind.QUERY, None, definitions, ()), supergraph
        )

    return make


LEAF = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, -1, 2**31 - 1, 2**31, 2**53 + 1, 1.0, 1.5, 1e300]),
    st.sampled_from(["", "RED", "GREEN", "HIDDEN", "1", "x"]),
)
FIELDS = [
    "id",
    "color",
    "colors",
    "limit",
    "ratio",
    "text",
    "flag",
    "any",
    "not",
    "and",
]
VALUE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from([*FIELDS, "point", "x", "y", "name", "secret"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)
POINT = st.fixed_dictionaries(
    {"x": st.integers(0, 3)}, optional={"y": st.lists(st.integers(0, 3), max_size=2)}
)
FILTER = st.deferred(
    lambda: st.fixed_dictionaries(
        {"id": st.sampled_from(["a", 1])},
        optional={
            "color": st.sampled_from(["RED", None]),
            "colors": st.sampled_from(["GREEN", ["RED"]]),
            "limit": st.one_of(st.integers(0, 3), LEAF),
            "ratio": st.sampled_from([1, 1.5]),
            "any": VALUE,
            "not": FILTER,
            "and": st.one_of(FILTER, st.lists(FILTER, max_size=2)),
            "point": st.one_of(POINT, VALUE),
        },
    )
)
RIGHT = {
    "filter": FILTER,
    "filters": st.one_of(FILTER, st.lists(FILTER, max_size=2)),
    "by": st.sampled_from(
        [{"id": 1}, {"name": "n"}, {"id": None}, {"id": 1, "name": "n"}]
    ),
}
RIGHT_LEAVES = {
    "int": st.sampled_from([0, 1.0, None]),
    "int1": st.sampled_from([0, -(2**31)]),
    "nested": st.sampled_from([1, [1], [[1], None, 2], [], None]),
    "id": st.sampled_from(["a", 7, 2.0]),
    "float": st.sampled_from([1, 1.5, None]),
    "text": st.text(max_size=3),
    "flag": st.booleans(),
    "color": st.sampled_from(["RED", "GREEN", None]),
    "any": VALUE,
}
BY_NAME = {
    name: st.one_of(right, right, right, LEAF, VALUE)
    for name, right in (RIGHT | RIGHT_LEAVES).items()
}
GIVEN = st.one_of(
    *(st.fixed_dictionaries({name: value}) for name, value in BY_NAME.items()),
    st.fixed_dictionaries({}, optional=BY_NAME),
)


def test_coercion_is_that_of_graphql_core(coercer_of):
    coerce = coercer_of(**VARIABLES)
    definitions = DOCUMENT.definitions[0].variable_definitions

    @settings(deadline=None)
    @given(GIVEN)
    def check(raw):
        expected = get_variable_values(ORACLE, definitions, raw)
        if isinstance(expected, list):
            with pytest.raises(VariablesInvalid):
                coerce(raw)
        else:
            assert expected.coerced == coerce(raw)

    check()


@pytest.mark.parametrize(
    ("kind", "given_value", "message"),
    [
        ("Int!", None, "expected a value of type Int!, got null"),
        ("Int", "12", 'expected a value of type Int, got "12"'),
        ("Int", 2**31, "expected a value of type Int, got 2147483648"),
        ("Int", True, "expected a value of type Int, got true"),
        ("String", 1, "expected a value of type String, got 1"),
        ("ID", 1.5, "expected a value of type ID, got 1.5"),
        ("Boolean", "yes", 'expected a value of type Boolean, got "yes"'),
        ("Color", "BLUE", 'expected a value of enum Color, got "BLUE"'),
        ("Color", "HIDDEN", 'expected a value of enum Color, got "HIDDEN"'),
        ("[Int!]", [1, None], "expected a value of type Int!, got null at $v[1]"),
        (
            "[Int]",
            [1, "a" * 99],
            f'expected a value of type Int, got "{"a" * 60}..." at $v[1]',
        ),
        ("Filter", "x", 'expected an object of type Filter, got "x"'),
        ("Filter", {}, 'expected field "id" of type ID!, got an object'),
        (
            "Filter",
            {"id": 1, "secret": "s"},
            'expected no field "secret" in type Filter, got "s" at $v.secret',
        ),
        (
            "Filter",
            {"id": 1, "and": [{"id": 2, "point": {"x": []}}]},
            "expected a value of type Int, got a list at $v.and[0].point.x",
        ),
        (
            "By",
            {"id": 1, "name": "n"},
            "expected exactly one field of type By, not null, got an object",
        ),
        (
            "Float",
            10**400,
            f"expected a value of type Float, got {str(10**400)[:60]}...",
        ),
        (
            "Float",
            2**53 + 1,
            "expected a value of type Float, got 9007199254740993",
        ),
        ("ID", [], "expected a value of type ID, got a list"),
        pytest.param(
            "ID",
            10**5000,
            "expected a value of type ID, got a very large number",
            id="very large ID",
        ),
        pytest.param(
            "Int",
            10**5000,
            "expected a value of type Int, got a very large number",
            id="very large",
        ),
    ],
)
def test_the_message_says_where_what_was_expected_and_what_was_given(
    coercer_of, kind, given_value, message
):
    with pytest.raises(VariablesInvalid) as raised:
        coercer_of(v=kind)({"v": given_value})

    assert [(f'Variable "$v" is invalid: {message}.', "BAD_USER_INPUT")] == [
        (detail.message, detail.code) for detail in raised.value.details
    ]


def test_every_problem_is_told(coercer_of):
    with pytest.raises(VariablesInvalid) as raised:
        coercer_of(a="Int!", b="[Int]", c="Int")({"b": ["x", 1, "y"], "c": 1})

    assert [
        'Variable "$a" is invalid: a value of type Int! is required.',
        'Variable "$b" is invalid: expected a value of type Int, got "x" at $b[0].',
        'Variable "$b" is invalid: expected a value of type Int, got "y" at $b[2].',
    ] == [detail.message for detail in raised.value.details]


def test_what_was_not_given_and_has_no_default_is_left_out(coercer_of):
    assert {"b": None, "c": 3} == coercer_of(a="Int", b="Int", c=("Int", "3"))(
        {"b": None, "unknown": 1}
    )


def test_the_default_of_a_hidden_input_field_is_left_to_the_subgraph(coercer_of):
    coerced = coercer_of(f="Filter")({"f": {"id": "1"}})

    assert {
        "f": {"color": "RED", "id": "1", "limit": 10, "point": {"x": 1, "y": [2, 3]}}
    } == coerced


def test_a_value_nested_too_deeply_is_the_clients_error(coercer_of):
    value: dict[str, object] = {"id": 1}
    for _ in range(5000):
        value = {"id": 1, "not": value}
    with pytest.raises(VariablesInvalid) as raised:
        coercer_of(f="Filter")({"f": value})

    assert ['Variable "$f" is invalid: it is nested too deeply.'] == [
        detail.message for detail in raised.value.details
    ]


def test_defaults_of_every_kind_of_literal_are_values(coercer_of):
    coerce = coercer_of(
        a=("[Any]", '[1, 2.5, "s", true, RED, null, {x: [$0]}]'.replace("$0", "3")),
        b=("Int", "null"),
        c=("Float", "9007199254740993"),
    )

    assert {
        "a": [1, 2.5, "s", True, "RED", None, {"x": [3]}],
        "b": None,
        "c": 2.0**53,
    } == coerce({})


def test_an_operation_without_variables_ignores_what_is_given(coercer_of):
    assert {} == coercer_of()({"a": 1})


def test_at_most_a_hundred_problems_of_a_variable_are_told(coercer_of):
    with pytest.raises(VariablesInvalid) as raised:
        coercer_of(a="[Int]")({"a": ["x"] * 1000})

    assert 100 == len(raised.value.details)
