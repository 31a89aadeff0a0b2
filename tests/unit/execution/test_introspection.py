from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from gateway_graphql.execution import ExecutionResult, compile_plan, execute
from gateway_graphql.execution.introspection import compile_introspection
from gateway_graphql.language.field_set import parse_field_set
from gateway_graphql.language.operation import (
    Fragment,
    Operation,
    OperationKind,
    VariableDefinition,
    VariableIs,
)
from gateway_graphql.language.type_reference import type_from_text
from gateway_graphql.planning.plan import QueryPlan
from gateway_graphql.supergraph.api_schema import build_api_schema


@pytest.fixture
def api_schema(shop):
    return build_api_schema(shop)


async def test_the_gateway_answers_introspection_itself(shop, api_schema, operation):
    plan = QueryPlan(
        operation(
            "__typename s: __schema { queryType { name } } "
            '__type(name: "Review") { name fields { name type { kind } } }'
        ),
        (),
    )
    result = await execute(
        compile_plan(plan, shop, api_schema), variables={}, transports={}
    )

    assert (
        ExecutionResult(
            {
                "__typename": "Query",
                "s": {"queryType": {"name": "Query"}},
                "__type": {
                    "name": "Review",
                    "fields": [
                        {"name": "id", "type": {"kind": "NON_NULL"}},
                        {"name": "body", "type": {"kind": "SCALAR"}},
                    ],
                },
            }
        )
        == result
    )


def test_variables_reach_introspection(api_schema):
    operation = Operation(
        OperationKind.QUERY,
        "Named",
        (
            VariableDefinition("name", type_from_text("String!")),
            VariableDefinition("other", type_from_text("Product")),
        ),
        parse_field_set("products { id } __type(name: $name) { name }"),
    )
    introspect = compile_introspection(operation, api_schema)

    assert {"__type": {"name": "Review"}} == introspect({"name": "Review"})
    assert {"__type": None} == introspect({"name": "Nothing"})


def test_conditions_of_introspection_fields_hold(api_schema):
    (schema, kind) = parse_field_set(
        '__schema { queryType { name } } __type(name: "Query") { name }'
    )
    operation = Operation(
        OperationKind.QUERY,
        None,
        (),
        (
            replace(
                schema,
                condition=frozenset(
                    {VariableIs("a", value=True), VariableIs("b", value=True)}
                ),
            ),
            kind,
        ),
    )
    introspect = compile_introspection(operation, api_schema)

    assert {"__type": {"name": "Query"}} == introspect({"a": True, "b": False})
    assert {
        "__schema": {"queryType": {"name": "Query"}},
        "__type": {"name": "Query"},
    } == introspect({"a": True, "b": True})


def test_an_answer_that_is_kept_cannot_be_changed_from_outside(api_schema, operation):
    introspect = compile_introspection(
        operation("__schema { queryType { name } }"), api_schema
    )
    introspect({})["__schema"]["queryType"]["name"] = "Changed"

    assert {"__schema": {"queryType": {"name": "Query"}}} == introspect({})


def test_an_operation_without_introspection_needs_none(api_schema, operation):
    assert compile_introspection(operation("products { id }"), api_schema) is None


def test_conditions_inside_introspection_hold(api_schema):
    (schema,) = parse_field_set(
        "__schema { queryType { name } ... on __Schema { mutationType { name } } }"
    )
    (query_type, fragment) = schema.selections
    off = frozenset({VariableIs("on", value=True)})
    operation = Operation(
        OperationKind.QUERY,
        None,
        (),
        (
            Fragment(
                "Query",
                (
                    replace(
                        schema,
                        selections=(replace(query_type, condition=off), fragment),
                    ),
                ),
            ),
        ),
    )
    introspect = compile_introspection(operation, api_schema)

    assert {"__schema": {"mutationType": None}} == introspect({"on": False})


def test_an_object_of_which_all_is_skipped_is_empty(api_schema):
    (schema,) = parse_field_set("__schema { queryType { name } }")
    (query_type,) = schema.selections
    off = replace(query_type, condition=frozenset({VariableIs("on", value=True)}))
    introspect = compile_introspection(
        Operation(OperationKind.QUERY, None, (), (replace(schema, selections=(off,)),)),
        api_schema,
    )

    assert {"__schema": {}} == introspect({"on": False})


def test_when_all_introspection_is_skipped_nothing_is_answered(api_schema):
    (schema,) = parse_field_set("__schema { queryType { name } }")
    off = replace(schema, condition=frozenset({VariableIs("on", value=True)}))
    introspect = compile_introspection(
        Operation(OperationKind.QUERY, None, (), (off,)), api_schema
    )

    assert {} == introspect({"on": False})


def test_answers_are_kept_for_a_bounded_number_of_assignments(api_schema):
    fields = tuple(
        replace(
            field, condition=frozenset({VariableIs(field.response_key, value=True)})
        )
        for field in parse_field_set(
            " ".join(f'{key}: __type(name: "Query") {{ name }}' for key in "abcde")
        )
    )
    introspect = compile_introspection(
        Operation(OperationKind.QUERY, None, (), fields), api_schema
    )
    for values in product((True, False), repeat=5):
        given = dict(zip("abcde", values, strict=True))
        answer = introspect(given)

        assert {key: {"name": "Query"} for key in "abcde" if given[key]} == answer
