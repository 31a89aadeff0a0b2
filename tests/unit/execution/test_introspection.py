from __future__ import annotations

from dataclasses import replace

import pytest

from gateway_graphql.execution import ExecutionResult, compile_plan, execute
from gateway_graphql.execution.introspection import compile_introspection
from gateway_graphql.language.field_set import parse_field_set
from gateway_graphql.language.operation import (
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
