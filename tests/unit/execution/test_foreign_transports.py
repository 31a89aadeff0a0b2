"""Transports that users write: whatever they raise is their subgraph's failure."""

from __future__ import annotations

import asyncio
import logging
from unittest.mock import ANY

import pytest

from gateway_graphql.errors import ErrorDetail
from gateway_graphql.exchange import ReplyHead
from gateway_graphql.execution import ExecutionResult, ForRequest, execute
from gateway_graphql.transport import MockTransport


class Raising:
    """A transport with a bug."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    async def send(self, _request):
        raise self._error


@pytest.mark.parametrize(
    "error",
    [
        ValueError("host db-7 is gone"),
        ConnectionResetError(),
        ExceptionGroup("x", [OSError()]),
        asyncio.CancelledError(),  # of something that the transport waited for
    ],
)
async def test_what_a_transport_raises_costs_its_own_fields_only(
    products_and_reviews, two_products, caplog, error
):
    with caplog.at_level(logging.ERROR, "gateway_graphql"):
        result = await execute(
            products_and_reviews,
            ForRequest(
                variables={},
                transports={
                    "products": MockTransport(lambda _: two_products),
                    "reviews": Raising(error),
                },
            ),
        )

    assert (
        ExecutionResult(
            {
                "products": [
                    {"id": "1", "name": "Laptop", "reviews": None},
                    {"id": "2", "name": "Phone", "reviews": None},
                ]
            },
            tuple(
                ErrorDetail(
                    "Subgraph 'reviews' could not be asked.",
                    "DOWNSTREAM_SERVICE_ERROR",
                    path,
                    extensions=(("serviceName", "reviews"), ("errorId", ANY)),
                )
                for path in (("products", 0, "reviews"), ("products", 1, "reviews"))
            ),
            replies=(ReplyHead("products", is_of_mutation=False, headers={}),),
        )
        == result
    )
    assert [error] == [record.exc_info[1] for record in caplog.records]
