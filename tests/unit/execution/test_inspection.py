"""What an inspector denies is neither fetched for its own sake nor answered."""

from __future__ import annotations

import pytest

from gateway_graphql.errors import ErrorDetail
from gateway_graphql.execution import ForRequest, execute
from gateway_graphql.execution.run.inspection import Denial
from gateway_graphql.transport import MockTransport


class Denying:
    """Denies one field of some products; keeps how often and how it was asked."""

    def __init__(self, field, *indices, late=False):
        self.asked = []
        self._field, self._indices, self._late = field, indices, late

    async def denials(self, tree, *, is_complete):
        self.asked.append(is_complete)
        if self._late and not is_complete:
            return ()
        return [
            Denial(
                tree["products"][index],
                self._field,
                ("products", index, self._field),
                ErrorDetail("No.", "FORBIDDEN"),
            )
            for index in self._indices
        ]


@pytest.fixture
def inspect(two_products):
    """Execute a plan under an inspector: the ids sent to reviews, and the result."""

    async def run(compiled, inspector):
        sent = []

        def reviews(request):
            ids = [one["id"] for one in request.variables["r"]]
            sent.append(ids)
            return {
                "data": {"_entities": [{"rating": float(i), "count": 3} for i in ids]}
            }

        result = await execute(
            compiled,
            ForRequest(
                variables={},
                transports={
                    "products": MockTransport(lambda _: two_products),
                    "reviews": MockTransport(reviews),
                },
                inspector=inspector,
            ),
        )
        return sent, result

    return run


async def test_nothing_is_fetched_of_an_object_of_which_all_is_denied(
    plan_of_shop, inspect
):
    inspector = Denying("rating", 0)
    sent, result = await inspect(
        plan_of_shop("products { rating }", "rating"), inspector
    )

    assert [["2"]] == sent
    assert {"products": [{"rating": None}, {"rating": 2.0}]} == result.data
    assert [("No.", "FORBIDDEN")] == [(e.message, e.code) for e in result.errors]


async def test_a_fetch_that_would_bring_denied_values_alone_is_not_sent(
    plan_of_shop, inspect
):
    sent, result = await inspect(
        plan_of_shop("products { rating }", "rating"), Denying("rating", 0, 1)
    )

    assert [] == sent
    assert {"products": [{"rating": None}, {"rating": None}]} == result.data


async def test_an_object_is_fetched_for_what_is_not_denied_of_it(plan_of_shop, inspect):
    sent, result = await inspect(
        plan_of_shop("products { rating count }", "rating count"), Denying("rating", 0)
    )

    assert [["1", "2"]] == sent
    assert {
        "products": [{"rating": None, "count": 3}, {"rating": 2.0, "count": 3}]
    } == result.data


async def test_an_inspector_is_asked_before_each_entity_fetch_and_at_the_end(
    plan_of_shop, inspect
):
    inspector = Denying("name", 0, late=True)
    sent, result = await inspect(
        plan_of_shop("products { name rating }", "rating"), inspector
    )

    assert [False, True] == inspector.asked
    assert [["1", "2"]] == sent
    assert {
        "products": [{"name": None, "rating": 1.0}, {"name": "Phone", "rating": 2.0}]
    } == result.data


async def test_a_denied_value_that_must_not_be_null_has_one_error(
    plan_of_shop, inspect
):
    sent, result = await inspect(
        plan_of_shop("products { latest { id } }", "latest { id }"),
        Denying("latest", 0, 1),
    )

    assert [] == sent
    assert {"products": [None, None]} == result.data
    assert ["No."] == [error.message for error in result.errors]
