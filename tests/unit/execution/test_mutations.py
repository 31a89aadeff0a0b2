"""Mutations over several subgraphs, when the caller does not wait for them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from gateway_graphql.execution import ForRequest, compile_plan, execute
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.planning.plan import FetchNode, QueryPlan
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.transport import MockTransport
from tests.subgraph_operations import sent

TYPES = """
type Query @join__type(graph: PRODUCTS) @join__type(graph: REVIEWS) { a: Int }
type Mutation @join__type(graph: PRODUCTS) @join__type(graph: REVIEWS) {
  a: Int @join__field(graph: PRODUCTS) b: Int @join__field(graph: REVIEWS)
}
"""


@pytest.fixture
def supergraph(supergraph_of) -> Supergraph:
    supergraph = supergraph_of(TYPES)
    roots = {**supergraph.roots, OperationKind.MUTATION: "Mutation"}
    return replace(supergraph, roots=roots)


async def test_a_mutation_runs_on_when_its_caller_goes_away(supergraph, operation):
    started, may_answer, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def first(_):
        started.set()
        await may_answer.wait()
        return {"data": {"a": 1}}

    def second(_):
        done.set()
        return {"data": {"b": 1}}

    plan = QueryPlan(
        operation("a b", kind=OperationKind.MUTATION),
        (
            FetchNode(
                0,
                "products",
                "root",
                sent("mutation { a }"),
            ),
            FetchNode(
                1,
                "reviews",
                "root",
                sent("mutation { b }"),
                after=(0,),
            ),
        ),
    )
    caller = asyncio.create_task(
        execute(
            compile_plan(plan, supergraph),
            ForRequest(
                variables={},
                transports={
                    "products": MockTransport(first),
                    "reviews": MockTransport(second),
                },
            ),
        )
    )
    await started.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    may_answer.set()

    assert await asyncio.wait_for(done.wait(), 5)
