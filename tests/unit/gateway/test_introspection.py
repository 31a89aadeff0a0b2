"""Introspection through a gateway: shared by operations, bounded, and paid for."""

import threading

import msgspec
import pytest

from gateway_graphql import Gateway, Subgraph
from gateway_graphql.errors import CostTooHigh, IntrospectionTookTooLong
from gateway_graphql.exchange import GraphQLRequest, RequestContext
from gateway_graphql.language.limits import OperationLimits
from gateway_graphql.policy.demand_control import DemandControlSettings
from gateway_graphql.policy.gate import Policies
from gateway_graphql.transport import MockTransport

SDL = "type Query { name: String }"
WHOLE = "{ __schema { types { name fields { name } } } }"


def gateway(asked=None, **options):
    def answer(request):
        if asked is not None:
            asked.append(request.query)
        return {"data": {"name": "Shop"}}

    return Gateway.compose(
        Subgraph("shop", sdl=SDL), transports={"shop": MockTransport(answer)}, **options
    )


async def body(it, query):
    response = await it.handle(GraphQLRequest(query), RequestContext())
    return msgspec.json.decode(response.body)


async def test_the_schema_stands_beside_data_in_the_order_of_the_operation():
    async with gateway() as it:
        answer = await body(
            it, "{ __schema { queryType { name } } name t: __typename }"
        )

    assert [
        ("__schema", {"queryType": {"name": "Query"}}),
        ("name", "Shop"),
        ("t", "Query"),
    ] == list(answer["data"].items())


async def test_operations_that_ask_the_same_share_one_answer():
    async with gateway() as it:
        one = await body(it, WHOLE)
        other = await body(it, f"query Other {WHOLE}")
        remembered = repr(it.runtime)

    assert one == other
    assert "1 entries" in remembered


async def test_introspection_beyond_its_time_refuses_the_operation_before_a_fetch():
    asked = []
    limits = OperationLimits(max_introspection_ms=0)
    async with gateway(asked, operation_limits=limits) as it:
        with pytest.raises(IntrospectionTookTooLong):
            await body(it, "{ name __schema { queryType { name } } }")

    assert [] == asked


async def test_introspection_beyond_the_cost_that_is_allowed_is_refused():
    settings = DemandControlSettings(mode="enforce", max_cost=0.003)
    async with gateway(gate=Policies(demand_control=settings)) as it:
        assert {"data": {"__schema": {"queryType": {"name": "Query"}}}} == await body(
            it, "{ __schema { queryType { name } } }"
        )
        with pytest.raises(CostTooHigh):
            await body(it, "{ __schema { types { fields { type { name } } } } }")


async def test_the_answer_tells_what_introspection_costs():
    settings = DemandControlSettings(reporting="always")
    async with gateway(gate=Policies(demand_control=settings)) as it:
        answer = await body(it, "{ name __schema { queryType { name } } }")

    assert {
        "estimated": 0.002,
        "actual": 0.002,
        "bySubgraph": {"shop": {"estimated": 0, "actual": 0}},
        "introspection": 0.002,
    } == answer["extensions"]["cost"]


async def test_no_thread_outlives_its_gateway():
    before = set(threading.enumerate())
    async with gateway() as it:
        await body(it, WHOLE)
        own = set(threading.enumerate()) - before
        assert own

    for thread in own:
        thread.join(20)
    assert not any(thread.is_alive() for thread in own)
