"""Policies, limits and cost see the very values that a subgraph's resolver gets."""

import asyncio
import json

from graphql import parse
from hypothesis import given
from hypothesis import strategies as st

from gateway_graphql import Gateway
from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.exchange import GraphQLRequest, RequestContext
from gateway_graphql.execution import compile_coercer
from gateway_graphql.policy.authorization import AuthorizationSettings, Policy
from gateway_graphql.policy.demand_control import DemandControlSettings
from gateway_graphql.policy.demand_control.weights import Weights
from gateway_graphql.policy.gate import Policies
from gateway_graphql.policy.rate_limit.arguments import compile_argument, value_name
from gateway_graphql.policy.rate_limit.identity import ArgumentAt
from gateway_graphql.supergraph.input_literals import InputLiterals
from gateway_graphql.supergraph.operations import read_operation
from gateway_graphql.supergraph.reading import read_supergraph
from tests.world.inputs import Inputs, Recording


def told(arguments):
    """Values with their kinds: `1` is not `1.0`, and not `true`."""
    return json.dumps(arguments, sort_keys=True)


class Seen:
    """One request, with what was seen of it on every side."""

    def __init__(self, inputs):
        sdl = inputs.sdl()
        composed = compose([Subgraph("shop", url="http://shop", sdl=sdl)])
        assert () == tuple(composed.errors)
        self.supergraph = read_supergraph(composed.supergraph_sdl)
        self.field = self.supergraph.types["Query"].fields["report"]
        self.text = inputs.operation()
        self.variables = inputs.given
        self.asked = []
        subgraph = Recording(sdl)
        gateway = Gateway.from_supergraph(
            composed.supergraph_sdl,
            transports={"shop": subgraph.transport()},
            gate=Policies(
                authorization=AuthorizationSettings(
                    policies={"seen": Policy(self._see)}
                ),
                demand_control=DemandControlSettings(reporting="always"),
            ),
        )
        request = GraphQLRequest(self.text, variables=self.variables)
        response = asyncio.run(gateway.handle(request, RequestContext()))
        self.answer = json.loads(response.body)
        assert "errors" not in self.answer, (sdl, self.text, self.variables)
        (self.received,) = subgraph.received

    async def _see(self, _context, questions):
        self.asked += [question.arguments for question in questions]
        return [True for _ in questions]

    def of_limit(self, argument):
        """What a rate limit by an argument counts by."""
        operation = read_operation(parse(self.text), self.supergraph, None)
        definition = next(a for a in self.field.arguments if a.name == argument)
        read = compile_argument(
            ArgumentAt((argument,)),
            operation.selections[0],
            definition,
            InputLiterals(self.supergraph),
        )
        return read(compile_coercer(operation, self.supergraph)(self.variables))

    def cost_of_received(self):
        """What the arguments cost that the resolver got."""
        weights = Weights(self.supergraph)
        return sum(
            weights.input(definition).cost(self.received.get(definition.name))
            for definition in self.field.arguments
        )


@given(data=st.data())
def test_what_judges_an_argument_sees_what_the_resolver_gets(data):
    seen = Seen(Inputs.drawn(data.draw))

    assert [told(seen.received)] == [told(arguments) for arguments in seen.asked]
    for argument in seen.field.arguments:
        value = seen.received.get(argument.name)
        assert value_name(value) == seen.of_limit(argument.name)
    assert seen.cost_of_received() == seen.answer["extensions"]["cost"]["estimated"]
