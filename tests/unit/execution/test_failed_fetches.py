"""A subgraph that fails costs its own fields, and is told where they are missed."""

from __future__ import annotations

from unittest.mock import ANY

import msgspec
import pytest

from gateway_graphql.errors import (
    ErrorDetail,
    SubgraphTimedOut,
    SubgraphUnreachable,
)
from gateway_graphql.execution import (
    ExecutionResult,
    compile_plan,
)
from gateway_graphql.planning.plan import (
    EntityInput,
    FetchNode,
    QueryPlan,
    RepresentationField,
)
from gateway_graphql.transport import SubgraphReply
from tests.products_without_reviews import (
    FAILED_IN_REVIEWS,
    PRODUCTS_WITHOUT_REVIEWS,
    REVIEWS,
    SERVED_BY_REVIEWS,
    failing,
)
from tests.subgraph_operations import sent


@pytest.mark.parametrize(
    ("failure", "code", "message"),
    [
        (
            SubgraphUnreachable("reviews"),
            "SUBREQUEST_HTTP_ERROR",
            "Subgraph 'reviews' could not be reached.",
        ),
        (
            SubgraphTimedOut("reviews"),
            "SUBREQUEST_TIMEOUT",
            "Subgraph 'reviews' did not answer in time.",
        ),
    ],
)
async def test_a_subgraph_that_fails_costs_only_its_own_fields(
    products_and_reviews, two_products, answer, failure, code, message
):
    result = await answer(
        products_and_reviews, {"products": two_products, "reviews": failing(failure)}
    )

    assert (
        ExecutionResult(
            PRODUCTS_WITHOUT_REVIEWS,
            tuple(
                ErrorDetail(message, code, path, extensions=FAILED_IN_REVIEWS)
                for path in REVIEWS
            ),
        )
        == result
    )


async def test_a_subgraph_without_a_transport_is_unreachable(
    products_and_reviews, two_products, answer
):
    result = await answer(products_and_reviews, {"products": two_products})

    assert PRODUCTS_WITHOUT_REVIEWS == result.data
    assert ["SUBREQUEST_HTTP_ERROR"] * 2 == [error.code for error in result.errors]


async def test_when_the_first_fetch_fails_the_second_is_not_sent(
    products_and_reviews, answer
):
    result = await answer(
        products_and_reviews,
        {
            "products": failing(SubgraphUnreachable("products")),
            "reviews": failing(AssertionError("nothing was to be sent")),
        },
    )

    assert (
        ExecutionResult(
            {"products": None},
            (
                ErrorDetail(
                    "Subgraph 'products' could not be reached.",
                    "SUBREQUEST_HTTP_ERROR",
                    ("products",),
                    extensions=(("serviceName", "products"), ("errorId", ANY)),
                ),
            ),
        )
        == result
    )


@pytest.mark.parametrize("status", [500, 502, 503, 404, 401, 429, 204, 302])
async def test_an_http_status_without_graphql_is_told(
    products_and_reviews, two_products, answer, status
):
    result = await answer(
        products_and_reviews,
        {
            "products": two_products,
            "reviews": SubgraphReply(status, b"" if status == 204 else b"<html>"),
        },
    )

    assert (
        ExecutionResult(
            PRODUCTS_WITHOUT_REVIEWS,
            tuple(
                ErrorDetail(
                    f"Subgraph 'reviews' answered with HTTP status {status}.",
                    "SUBREQUEST_HTTP_ERROR",
                    path,
                    extensions=(
                        *SERVED_BY_REVIEWS,
                        ("http", {"status": status}),
                        ("errorId", ANY),
                    ),
                )
                for path in REVIEWS
            ),
        )
        == result
    )


async def test_graphql_with_an_error_status_is_used_and_the_status_told(
    products_and_reviews, two_products, answer
):
    body = {
        "data": {"_entities": [{"reviews": []}, {"reviews": None}]},
        "errors": [
            {
                "message": "No.",
                "path": ["_entities", 1, "reviews"],
                "extensions": {"code": "NOPE"},
            }
        ],
    }
    result = await answer(
        products_and_reviews,
        {
            "products": two_products,
            "reviews": SubgraphReply(500, msgspec.json.encode(body)),
        },
    )

    assert (
        ExecutionResult(
            {
                "products": [
                    {"id": "1", "name": "Laptop", "reviews": []},
                    {"id": "2", "name": "Phone", "reviews": None},
                ]
            },
            (
                ErrorDetail(
                    "No.",
                    "NOPE",
                    ("products", 1, "reviews"),
                    extensions=(*SERVED_BY_REVIEWS, ("http", {"status": 500})),
                ),
            ),
        )
        == result
    )


async def test_what_a_failed_fetch_leaves_absent_needs_no_second_error(
    plan_of_shop, two_products, answer
):
    result = await answer(
        plan_of_shop("products { name latest { id } }", "latest { id }"),
        {
            "products": two_products,
            "reviews": failing(SubgraphUnreachable("reviews")),
        },
    )

    assert {"products": [None, None]} == result.data
    assert [("products", 0, "latest"), ("products", 1, "latest")] == [
        error.path for error in result.errors
    ]


def two_fetches_by_key(query, key_fields, given_fields):
    """products -> (a key from reviews) -> fields by that key from prices."""
    id_ = RepresentationField("id", "id", is_key=True)
    key = RepresentationField("sku", "_sku", is_key=True)
    return QueryPlan(
        query,
        (
            FetchNode(
                0,
                "products",
                "root",
                sent("{ products { id } }"),
            ),
            *(
                FetchNode(
                    fetch_id,
                    subgraph,
                    "entity",
                    sent(
                        "query($r: [_Any!]!) { _entities(representations: $r)"
                        f" {{ ... on Product {{ {fields} }} }} }}",
                    ),
                    (
                        EntityInput(
                            "_entities", "r", (("products", "@"),), (by,), "Product"
                        ),
                    ),
                    after=(fetch_id - 1,),
                )
                for fetch_id, subgraph, by, fields in (
                    (1, "reviews", id_, key_fields),
                    (2, "prices", key, given_fields),
                )
            ),
        ),
    )


async def test_a_failed_fetch_of_keys_is_told_where_the_client_misses_data(
    shop, answer, operation
):
    plan = two_fetches_by_key(
        operation("products { latest { id } }"), "_sku: sku", "latest { id }"
    )
    result = await answer(
        compile_plan(plan, shop),
        {
            "products": {"data": {"products": [{"id": "1"}, {"id": "2"}]}},
            "reviews": failing(SubgraphTimedOut("reviews")),
            "prices": failing(AssertionError("nothing was to be sent")),
        },
    )

    assert (
        ExecutionResult(
            {"products": [None, None]},
            tuple(
                ErrorDetail(
                    "Subgraph 'reviews' did not answer in time.",
                    "SUBREQUEST_TIMEOUT",
                    path,
                    extensions=FAILED_IN_REVIEWS,
                )
                for path in (("products", 0, "latest"), ("products", 1, "latest"))
            ),
        )
        == result
    )


async def test_a_key_lost_to_one_error_costs_one_object_and_no_second_error(
    shop, answer, operation
):
    plan = two_fetches_by_key(
        operation("products { latest { id } }"), "_sku: sku", "latest { id }"
    )
    result = await answer(
        compile_plan(plan, shop),
        {
            "products": {"data": {"products": [{"id": "1"}, {"id": "2"}]}},
            "reviews": {
                "data": {"_entities": [None, {"_sku": "s"}]},
                "errors": [{"message": "Lost.", "path": ["_entities", 0, "_sku"]}],
            },
            "prices": {"data": {"_entities": [{"latest": {"id": "r"}}]}},
        },
    )

    assert {"products": [None, {"latest": {"id": "r"}}]} == result.data
    assert [("Lost.", ("products", 0))] == [(e.message, e.path) for e in result.errors]


@pytest.mark.parametrize("count", [1, 3000])
async def test_a_failed_entity_fetch_is_told_at_each_object_up_to_the_limit(
    products_and_reviews, answer, count
):
    products = [{"__typename": "Product", "id": str(i)} for i in range(count)]
    result = await answer(
        products_and_reviews,
        {
            "products": {"data": {"products": products}},
            "reviews": failing(SubgraphTimedOut("reviews")),
        },
    )

    assert [("products", index, "reviews") for index in range(min(count, 100))] == [
        error.path for error in result.errors
    ]
