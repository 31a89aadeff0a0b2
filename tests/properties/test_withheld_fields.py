"""What a caller may not have is null, as if the one service had refused it itself."""

import asyncio
import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway_graphql.exchange import Caller, RequestContext
from gateway_graphql.policy.gate import Policies
from gateway_graphql.supergraph.model import (
    AppliedDirective,
    InterfaceDefinition,
    ObjectDefinition,
)
from tests.world.answers import gateway_of
from tests.world.execution import execute_monolith
from tests.world.schema import ADDED_NAMES, LEAF_NAMES, OBJECT_NAMES
from tests.world.world import worlds

NAMES = (*LEAF_NAMES, *OBJECT_NAMES, *ADDED_NAMES, "id", "sku", "number", "part")


def guarded(supergraph, names):
    """The supergraph with fields of these names for callers only that are known."""
    rule = AppliedDirective("authenticated", ())
    types = {
        name: replace(
            definition,
            fields={
                field.name: replace(field, directives=(rule,))
                if field.name in names
                else field
                for field in definition.fields.values()
            },
        )
        if isinstance(definition, ObjectDefinition | InterfaceDefinition)
        else definition
        for name, definition in supergraph.types.items()
    }
    return replace(supergraph, types=types)


def guarding_gateway(world, names):
    return gateway_of(
        world,
        gate=lambda supergraph, schema: Policies()(guarded(supergraph, names), schema),
    )


def has_value(data):
    """Whether there is anything but nulls, and objects and lists of them.

    Where nothing is left to ask for, nobody is asked, and all of `data` is null.
    """
    if isinstance(data, dict):
        return any(map(has_value, data.values()))
    if isinstance(data, list):
        return any(map(has_value, data))
    return data is not None


def without_indexes(path):
    return tuple(step for step in path if isinstance(step, str))


@given(world=worlds(), names=st.sets(st.sampled_from(NAMES), min_size=1, max_size=3))
def test_withheld_fields_are_null_and_take_along_what_may_not_be(world, names):
    gateway = guarding_gateway(world, names)
    for operation in world.operations:
        expected = execute_monolith(
            world.api_schema,
            world.data,
            operation.text,
            operation.variables,
            withheld=names,
        )
        context = RequestContext(override_percentage=operation.override_percentage)
        answered = asyncio.run(
            gateway.execute(operation.text, operation.variables, context=context)
        )

        if answered.data is not None or has_value(expected["data"]):
            assert json.dumps(expected["data"]) == json.dumps(answered.data)
        told = {tuple(error["path"]) for error in answered.errors}
        for error in expected.get("errors", ()):
            path = without_indexes(error["path"])
            # An error of the gateway's ends where its path comes to a list.
            assert any(path[:length] in told for length in range(len(path) + 1))


@given(world=worlds(), names=st.sets(st.sampled_from(NAMES), min_size=1, max_size=3))
def test_nothing_is_withheld_from_who_may_have_it(world, names):
    gateway = guarding_gateway(world, names)
    for operation in world.operations:
        expected = execute_monolith(
            world.api_schema, world.data, operation.text, operation.variables
        )
        context = RequestContext(
            caller=Caller("alice"), override_percentage=operation.override_percentage
        )
        answered = asyncio.run(
            gateway.execute(operation.text, operation.variables, context=context)
        )

        assert json.dumps(expected["data"]) == json.dumps(answered.data), operation.text
        assert () == answered.errors
