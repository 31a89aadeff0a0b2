from __future__ import annotations

import sys
from itertools import product

import msgspec
import pytest
from graphql import build_schema, get_introspection_query, graphql_sync
from msgspec.structs import replace

from gateway_graphql.errors import IntrospectionTookTooLong, LimitExceeded
from gateway_graphql.execution import (
    ForRequest,
    Question,
    compile_plan,
    encode_result,
    execute,
    introspect,
)
from gateway_graphql.execution.compiled.introspection import compile_introspection
from gateway_graphql.language.field_set import parse_field_set
from gateway_graphql.language.limits import UNLIMITED, OperationLimits
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


@pytest.fixture
def answered(api_schema):
    """What the introspection fields at an operation's root answer to a request."""

    def make(operation):
        (introspection,) = compile_introspection(operation)

        def answer(variables):
            question = introspection.question(variables)
            if question is None:
                return {}
            return decoded(introspect(question, api_schema, OperationLimits()))

        return answer

    return make


def decoded(answer):
    return {key: msgspec.json.decode(value) for key, value in answer.items()}


async def test_the_gateway_answers_introspection_itself(shop, api_schema, operation):
    plan = QueryPlan(
        operation(
            "__typename s: __schema { queryType { name } } "
            '__type(name: "Review") { name fields { name type { kind } } }'
        ),
        (),
    )
    compiled = compile_plan(plan, shop)
    introspected = [
        (one.place, introspect(one.question({}), api_schema, OperationLimits()))
        for one in compiled.introspections
    ]
    result = await execute(
        compiled, ForRequest(variables={}, transports={}, introspected=introspected)
    )

    assert {
        "data": {
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
    } == msgspec.json.decode(encode_result(result))


def test_variables_reach_introspection(answered):
    operation = Operation(
        OperationKind.QUERY,
        "Named",
        (
            VariableDefinition("name", type_from_text("String!")),
            VariableDefinition("other", type_from_text("Product")),
        ),
        parse_field_set("products { id } __type(name: $name) { name }").selections,
    )
    answer = answered(operation)

    assert {"__type": {"name": "Review"}} == answer({"name": "Review"})
    assert {"__type": None} == answer({"name": "Nothing"})


def test_conditions_of_introspection_fields_hold(answered):
    (schema, kind) = parse_field_set(
        '__schema { queryType { name } } __type(name: "Query") { name }'
    ).selections
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
    answer = answered(operation)

    assert {"__type": {"name": "Query"}} == answer({"a": True, "b": False})
    assert {
        "__schema": {"queryType": {"name": "Query"}},
        "__type": {"name": "Query"},
    } == answer({"a": True, "b": True})


def test_an_operation_without_introspection_needs_none(operation):
    assert () == compile_introspection(operation("products { id }"))


def test_conditions_inside_introspection_hold(answered):
    (schema,) = parse_field_set(
        "__schema { queryType { name } ... on __Schema { mutationType { name } } }"
    ).selections
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
    answer = answered(operation)

    assert {"__schema": {"mutationType": None}} == answer({"on": False})


def test_an_object_of_which_all_is_skipped_is_empty(answered):
    (schema,) = parse_field_set("__schema { queryType { name } }").selections
    (query_type,) = schema.selections
    off = replace(query_type, condition=frozenset({VariableIs("on", value=True)}))
    answer = answered(
        Operation(OperationKind.QUERY, None, (), (replace(schema, selections=(off,)),))
    )

    assert {"__schema": {}} == answer({"on": False})


def test_when_all_introspection_is_skipped_nothing_is_answered(answered):
    (schema,) = parse_field_set("__schema { queryType { name } }").selections
    off = replace(schema, condition=frozenset({VariableIs("on", value=True)}))
    answer = answered(Operation(OperationKind.QUERY, None, (), (off,)))

    assert {} == answer({"on": False})


def test_questions_are_kept_for_a_bounded_number_of_assignments(answered):
    fields = tuple(
        replace(
            field, condition=frozenset({VariableIs(field.response_key, value=True)})
        )
        for field in parse_field_set(
            " ".join(f'{key}: __type(name: "Query") {{ name }}' for key in "abcde")
        ).selections
    )
    answer = answered(Operation(OperationKind.QUERY, None, (), fields))
    for values in product((True, False), repeat=5):
        given = dict(zip("abcde", values, strict=True))

        assert {key: {"name": "Query"} for key in "abcde" if given[key]} == answer(
            given
        )


def test_what_is_asked_below_the_root_is_a_question_of_its_place(operation):
    at_root, below = compile_introspection(
        operation('__schema { queryType { name } } self { __type(name: "A") { name } }')
    )

    assert ((), ("self",)) == (at_root.place, below.place)
    assert Question('query { __type(name: "A") { name } }', b"{}") == below.question({})


def test_only_variables_that_arguments_read_make_another_question(operation):
    (one,) = compile_introspection(
        replace(
            operation("__type(name: $name) { name }"),
            variables=(
                VariableDefinition("name", type_from_text("String!")),
                VariableDefinition("other", type_from_text("String")),
            ),
        )
    )

    assert one.question({"name": "A", "other": "x"}) == one.question({"name": "A"})
    assert one.question({"name": "A"}) != one.question({"name": "B"})


def test_the_answer_is_that_of_graphql_core_though_repeated_types_are_made_once(
    api_schema,
):
    text = get_introspection_query(input_value_deprecation=True)

    assert graphql_sync(api_schema, text).data == decoded(
        introspect(Question(text, b"{}"), api_schema, UNLIMITED)
    )


NESTED = "{ __schema { types { %s name %s } } }"


def nested(levels):
    return Question(NESTED % ("fields { type { " * levels, "} }" * levels), b"{}")


def steps_of(question, schema):
    """How many lines of graphql-core's executor run."""
    steps = 0

    def count(frame, event, _argument):
        nonlocal steps
        if not frame.f_code.co_filename.endswith("executor.py"):
            return None
        steps += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        introspect(question, schema, UNLIMITED)
    finally:
        sys.settrace(before)
    return steps


def test_each_level_of_nesting_costs_the_same_though_it_multiplies_the_answer():
    schema = build_schema(
        "type Query { a: Query b: Query c: Query d: A } type A { a: A b: A q: Query }"
    )
    two, four, six = (steps_of(nested(levels), schema) for levels in (2, 4, 6))

    assert six - four <= four - two
    assert len(introspect(nested(6), schema, UNLIMITED)["__schema"]) > 50_000


def test_an_answer_of_too_many_bytes_is_refused(api_schema):
    few = nested(1)
    size = len(memoryview(introspect(few, api_schema, UNLIMITED)["__schema"]))
    limits = OperationLimits(max_introspection_bytes=8 * size)
    introspect(few, api_schema, limits)

    with pytest.raises(LimitExceeded, match="introspection bytes") as caught:
        introspect(nested(9), api_schema, limits)
    assert "MAX_INTROSPECTION_BYTES_LIMIT" == caught.value.details[0].code


def test_introspection_that_takes_too_long_is_refused(api_schema):
    with pytest.raises(IntrospectionTookTooLong) as caught:
        introspect(nested(5), api_schema, OperationLimits(max_introspection_ms=0))

    assert "INTROSPECTION_TOOK_TOO_LONG" == caught.value.details[0].code


@pytest.fixture
def few_frames():
    """As many as Python has by itself, whatever was planned before."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    yield
    sys.setrecursionlimit(limit)


@pytest.mark.usefixtures("few_frames")
def test_introspection_as_deep_as_lifted_limits_allow_is_refused_and_no_crash(
    api_schema,
):
    with pytest.raises(LimitExceeded, match="nesting"):
        introspect(nested(90), api_schema, UNLIMITED)
