"""Where lists are as long as they are said to be, nothing costs more than estimated."""

import asyncio
from dataclasses import replace
from zlib import crc32

from hypothesis import given

from gateway_graphql.exchange import GraphQLRequest, RequestContext
from gateway_graphql.pipeline import Admission, AllVisible, Studies
from gateway_graphql.policy.demand_control import DemandControl, DemandControlSettings
from gateway_graphql.supergraph.model import (
    AppliedDirective,
    InterfaceDefinition,
    ObjectDefinition,
)
from tests.world.answers import gateway_of
from tests.world.world import worlds

LONGEST_LIST = 2


def costing(coordinate):
    """A weight for some fields and types, the same whenever it is asked."""
    number = crc32(coordinate.encode()) % 12
    weight = AppliedDirective("cost", (("weight", str(number)),))
    return (weight,) if number < 5 else ()


def weighed(supergraph):
    """The supergraph with weights here and there."""
    types = {}
    for name, definition in supergraph.types.items():
        changed = {"directives": (*definition.directives, *costing(name))}
        if isinstance(definition, ObjectDefinition | InterfaceDefinition):
            changed["fields"] = {
                field.name: replace(field, directives=costing(f"{name}.{field.name}"))
                for field in definition.fields.values()
            }
        types[name] = replace(definition, **changed)
    return replace(supergraph, types=types)


class Measuring:
    """A gate that lets all pass and keeps what it cost."""

    def __init__(self, supergraph, api_schema):
        settings = DemandControlSettings(list_size=LONGEST_LIST)
        self._control = DemandControl(weighed(supergraph), settings)
        self.visibility = AllVisible(api_schema)
        self.judgement = None

    @property
    def studies(self):
        return Studies(of_plans=(self._control.study,))

    async def before_reading(self, _context):
        pass

    async def refused(self, _context):
        return {}

    async def aclose(self):
        pass

    async def admit(self, _document, variables, _context, plan_for):
        prepared = await plan_for()
        formula = prepared.study(self._control.study)
        self.judgement = self._control.judge(formula, variables)
        return Admission(prepared, observe=self.judgement.meter)


@given(world=worlds())
def test_nothing_costs_more_than_estimated(world):
    gates = []
    gateway = gateway_of(
        world, gate=lambda *schemas: gates.append(Measuring(*schemas)) or gates[0]
    )
    for operation in world.operations:
        asyncio.run(
            gateway.handle(
                GraphQLRequest(operation.text, variables=operation.variables),
                RequestContext(),
            )
        )
        estimate = gates[0].judgement.estimate
        actual = gates[0].judgement.meter.cost()
        for subgraph, cost in actual.by_subgraph.items():
            assert cost <= estimate.by_subgraph[subgraph], operation.text
        assert actual.total <= estimate.total
