"""What the caller calls a field changes nothing but its name in the answer."""

import asyncio
from collections import Counter
from dataclasses import replace
from zlib import crc32

from graphql import TypeInfo, TypeInfoVisitor, Visitor, parse, visit
from hypothesis import given
from hypothesis import strategies as st

from gateway_graphql.exchange import GraphQLRequest, RequestContext
from gateway_graphql.language.operation import TYPENAME
from gateway_graphql.policy.authorization import AuthorizationSettings, Policy
from gateway_graphql.policy.gate import Policies
from gateway_graphql.supergraph.model import (
    AppliedDirective,
    InterfaceDefinition,
    ObjectDefinition,
)
from tests.cases.subgraph_schemas import subgraph_schema
from tests.properties.test_estimate_holds import Measuring
from tests.world.answers import gateway_of
from tests.world.hostile_aliases import NAMES, with_aliases
from tests.world.plans import plans_of
from tests.world.schema import LEAF_NAMES, OBJECT_NAMES
from tests.world.world import worlds

hostile_names = st.permutations(NAMES)
PLAIN = [f"plain{index}" for index in range(200)]


def under_two_names(world, names):
    """The world as it is asked under plain aliases, and under hostile ones."""
    return tuple(
        replace(world, operations=tuple(with_aliases(o, own) for o in world.operations))
        for own in (PLAIN, names)
    )


def fetched(plan, world):
    """Fetches by subgraph, and what they ask for, whatever it is called."""
    asked = {
        (fetch.subgraph, field)
        for fetch in plan.fetches
        for field in fields_of(fetch, world)
    }
    return Counter(fetch.subgraph for fetch in plan.fetches), asked


def fields_of(fetch, world):
    info = TypeInfo(subgraph_schema(world.split.sdl_by_subgraph()[fetch.subgraph]))
    found = set()

    class Fields(Visitor):
        def enter_field(self, node, *_):
            # Under which of several types a type's name is asked for is all the same.
            if node.name.value != TYPENAME:
                found.add((str(info.get_parent_type()), node.name.value))

    visit(parse(fetch.operation.text), TypeInfoVisitor(info, Fields()))
    return found


@given(world=worlds(), names=hostile_names)
def test_an_alias_changes_nothing_that_is_fetched(world, names):
    plain, hostile = (
        [fetched(plan, world) for plan in plans_of(one)]
        for one in under_two_names(world, names)
    )

    assert plain == hostile


def context_of(operation):
    return RequestContext(override_percentage=operation.override_percentage)


def values_of(data):
    """An answer without its names."""
    if isinstance(data, dict):
        return [values_of(value) for value in data.values()]
    if isinstance(data, list):
        return tuple(values_of(item) for item in data)
    return data


class Judge:
    """A policy about objects that refuses half of them, and keeps what it was asked."""

    def __init__(self):
        self.questions = Counter()

    async def __call__(self, _context, questions):
        self.questions.update(map(repr, questions))
        return [
            crc32(repr(question.entity).encode()) % 2 == 0 for question in questions
        ]


def guarded(supergraph, names):
    """The supergraph with fields of these names under one policy."""
    rule = AppliedDirective("policy", (("policies", '[["own"]]'),))
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


def judged(world, names):
    """What a policy is asked, and the answers without their names."""
    judge = Judge()
    policies = Policies(
        authorization=AuthorizationSettings(
            policies={"own": Policy(judge, keys=("id",))}
        )
    )
    gateway = gateway_of(
        world,
        gate=lambda supergraph, schema: policies(guarded(supergraph, names), schema),
    )
    answers = [
        asyncio.run(
            gateway.execute(
                operation.text, operation.variables, context=context_of(operation)
            )
        )
        for operation in world.operations
    ]
    told = [(values_of(answer.data), len(answer.errors)) for answer in answers]
    return judge.questions, told


@given(
    world=worlds(),
    guarded_names=st.sets(st.sampled_from((*LEAF_NAMES, *OBJECT_NAMES)), min_size=1),
    names=hostile_names,
)
def test_an_alias_changes_nothing_that_is_withheld(world, guarded_names, names):
    plain, hostile = (
        judged(one, guarded_names) for one in under_two_names(world, names)
    )

    assert plain == hostile


def charged(world):
    """What each operation costs, as estimated and as measured.

    Which of two subgraphs that do equally well is asked may differ.
    """
    gates = []
    gateway = gateway_of(
        world, gate=lambda *schemas: gates.append(Measuring(*schemas)) or gates[0]
    )
    costs = []
    for operation in world.operations:
        request = GraphQLRequest(operation.text, variables=operation.variables)
        asyncio.run(gateway.handle(request, context_of(operation)))
        judgement = gates[0].judgement
        costs.append((judgement.estimate.total, judgement.meter.cost().total))
    return costs


@given(world=worlds(), names=hostile_names)
def test_an_alias_makes_nothing_cheaper(world, names):
    for plain, hostile in zip(
        *map(charged, under_two_names(world, names)), strict=True
    ):
        assert plain[0] == hostile[0]
        # An entity that is asked for at two places is asked for twice where an alias
        # lets the gateway find its key under different names.
        assert plain[1] <= hostile[1]
