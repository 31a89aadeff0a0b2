"""What the log tells of a fetch that came to nothing."""

import logging

import pytest

from gateway_graphql.errors import (
    FailureCause,
    FailureKind,
    SubgraphCostTooHigh,
    SubgraphHTTPError,
    SubgraphTimedOut,
    SubgraphUnreachable,
)
from gateway_graphql.transport import SubgraphReply
from tests.products_without_reviews import failing


@pytest.mark.parametrize(
    ("reviews", "cause"),
    [
        (
            failing(SubgraphUnreachable("reviews", FailureCause(FailureKind.REFUSED))),
            "the connection was refused",
        ),
        (failing(SubgraphTimedOut("reviews")), "timeout"),
        (failing(SubgraphHTTPError("reviews", 503)), "HTTP status: 503"),
        (failing(ValueError("secret")), "an exception was raised: ValueError"),
        (lambda _: SubgraphReply(500, b"<html>"), "HTTP status: 500"),
        (
            lambda _: SubgraphReply(200, b"<html>", {"content-type": "text/html; a"}),
            "the answer's content type is not JSON: 'text/html'",
        ),
        (
            lambda _: SubgraphReply(200, b"{"),
            "the answer is malformed: it is not JSON",
        ),
        (
            {"data": {"_entities": 5}},
            "the answer is malformed: its entities are not a list",
        ),
    ],
)
async def test_a_failed_fetch_is_logged_once_under_the_id_of_all_its_errors(
    products_and_reviews, two_products, answer, caplog, reviews, cause
):
    with caplog.at_level(logging.WARNING, "gateway_graphql"):
        result = await answer(
            products_and_reviews, {"products": two_products, "reviews": reviews}
        )

    ids = {dict(error.extensions)["errorId"] for error in result.errors}
    assert 2 == len(result.errors)
    assert [
        (
            f"Error {next(iter(ids))} of subgraph 'reviews' in an operation without a name:"
            f" {cause}"
        )
    ] == caplog.messages
    assert 1 == len(ids)


async def test_every_failure_has_an_id_of_its_own(
    products_and_reviews, two_products, answer
):
    handlers = {
        "products": two_products,
        "reviews": failing(SubgraphTimedOut("reviews")),
    }
    results = [await answer(products_and_reviews, handlers) for _ in range(2)]

    ids = {dict(e.extensions)["errorId"] for it in results for e in it.errors}
    assert 2 == len(ids)


@pytest.mark.parametrize(
    "reviews",
    [
        {"data": None, "errors": [{"message": "No."}]},
        failing(SubgraphCostTooHigh("reviews", 5, 1)),
    ],
    ids=["what the subgraph reports", "what was not sent"],
)
async def test_what_is_no_failure_of_the_fetch_is_not_logged(
    products_and_reviews, two_products, answer, caplog, reviews
):
    with caplog.at_level(logging.DEBUG, "gateway_graphql"):
        result = await answer(
            products_and_reviews, {"products": two_products, "reviews": reviews}
        )

    assert result.errors
    assert all("errorId" not in dict(error.extensions) for error in result.errors)
    assert [] == caplog.messages
