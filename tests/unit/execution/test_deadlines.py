"""When the time is up, or the caller is gone."""

from __future__ import annotations

import asyncio
import time

import pytest

from gateway_graphql.execution import (
    ForRequest,
    compile_plan,
    execute,
)
from gateway_graphql.planning.plan import (
    FetchNode,
    QueryPlan,
)
from gateway_graphql.transport import MockTransport
from tests.products_without_reviews import (
    PRODUCTS_WITHOUT_REVIEWS,
    failing,
)
from tests.subgraph_operations import sent


async def test_when_the_caller_goes_away_all_fetches_are_cancelled(shop, operation):
    cancelled = []
    running = asyncio.Semaphore(0)

    async def hang(request):
        running.release()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(request.subgraph)
            raise

    text = sent("{ products { id } }")
    plan = QueryPlan(
        operation("products { id }"),
        (FetchNode(0, "a", "root", text), FetchNode(1, "b", "root", text)),
    )
    transport = MockTransport(hang)
    task = asyncio.create_task(
        execute(
            compile_plan(plan, shop),
            ForRequest(variables={}, transports={"a": transport, "b": transport}),
        )
    )
    await running.acquire()
    await running.acquire()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert ["a", "b"] == sorted(cancelled)


async def test_a_transport_that_ignores_the_deadline_is_held_to_it(
    products_and_reviews, two_products
):
    async def hang(_):
        await asyncio.Event().wait()

    result = await execute(
        products_and_reviews,
        ForRequest(
            variables={},
            transports={
                "products": MockTransport(lambda _: two_products),
                "reviews": MockTransport(hang),
            },
            deadline=time.monotonic() + 0.05,
        ),
    )

    assert PRODUCTS_WITHOUT_REVIEWS == result.data
    assert ["SUBREQUEST_TIMEOUT"] * 2 == [error.code for error in result.errors]


async def test_a_transport_that_times_out_by_itself_is_a_timeout(
    products_and_reviews, two_products, answer
):
    result = await answer(
        products_and_reviews,
        {"products": two_products, "reviews": failing(TimeoutError())},
    )

    assert ["SUBREQUEST_TIMEOUT"] * 2 == [error.code for error in result.errors]


async def test_when_the_deadline_has_passed_nothing_is_sent(products_and_reviews):
    def handler(_):
        raise AssertionError("nothing was to be sent")

    result = await execute(
        products_and_reviews,
        ForRequest(
            variables={},
            transports={"products": MockTransport(handler)},
            deadline=time.monotonic() - 1,
        ),
    )

    assert {"products": None} == result.data
    assert ["SUBREQUEST_TIMEOUT"] == [error.code for error in result.errors]
