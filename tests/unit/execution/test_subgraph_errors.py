"""The errors that subgraphs answer with: well-formed, placed, and not too many."""

from __future__ import annotations

import pytest

from gateway_graphql.errors import (
    ErrorDetail,
)
from gateway_graphql.execution import (
    ExecutionResult,
    compile_plan,
    encode_result,
)
from gateway_graphql.planning.plan import (
    FetchNode,
    QueryPlan,
)
from tests.products_without_reviews import (
    SERVED_BY_REVIEWS,
)
from tests.subgraph_operations import sent


@pytest.mark.parametrize(
    ("errors", "message"),
    [
        ("x", "Subgraph 'reviews' gave malformed errors."),
        ({}, "Subgraph 'reviews' gave malformed errors."),
        ([None], "Subgraph 'reviews' gave an error without a message."),
        ([{"message": 7}], "Subgraph 'reviews' gave an error without a message."),
        ([{"message": "m" * 999}], "m" * 200),
    ],
)
async def test_malformed_errors_cost_no_data_and_come_out_well_formed(
    products_and_reviews, two_products, answer, errors, message
):
    result = await answer(
        products_and_reviews,
        {
            "products": two_products,
            "reviews": {
                "data": {"_entities": [{"reviews": []}, {"reviews": []}]},
                "errors": errors,
            },
        },
    )

    assert [[], []] == [product["reviews"] for product in result.data["products"]]
    assert (
        ErrorDetail(
            message,
            "DOWNSTREAM_SERVICE_ERROR",
            ("products",),
            extensions=SERVED_BY_REVIEWS,
        ),
    ) == result.errors


async def test_at_most_a_hundred_errors_are_answered(
    products_and_reviews, two_products, answer
):
    result = await answer(
        products_and_reviews,
        {
            "products": two_products,
            "reviews": {
                "data": {"_entities": [None, None]},
                "errors": [{"message": f"{n}"} for n in range(10_000)],
            },
        },
    )

    assert 100 == len(result.errors)


async def test_an_error_path_of_an_entity_becomes_the_path_of_every_place(
    plan_of_shop, answer
):
    twice = {
        "data": {
            "products": [
                {"__typename": "Product", "id": "1"},
                {"__typename": "Product", "id": "2"},
                {"__typename": "Product", "id": "1"},
            ]
        }
    }

    def reviews(request):
        assert len(request.variables["r"]) == 2
        return {
            "data": {"_entities": [{"reviews": [None]}, {"reviews": []}]},
            "errors": [
                {
                    "message": "Gone.",
                    "path": ["_entities", 0, "reviews", 0, "body"],
                    "locations": [{"line": 1, "column": 2}],
                    "extensions": {"code": "GONE", "stacktrace": ["secret"]},
                }
            ],
        }

    result = await answer(
        plan_of_shop("products { reviews { body } }", "reviews { body }"),
        {"products": twice, "reviews": reviews},
    )

    assert (
        ExecutionResult(
            {"products": [{"reviews": [None]}, {"reviews": []}, {"reviews": [None]}]},
            tuple(
                ErrorDetail(
                    "Gone.",
                    "GONE",
                    ("products", index, "reviews", 0, "body"),
                    extensions=SERVED_BY_REVIEWS,
                )
                for index in (0, 2)
            ),
        )
        == result
    )


async def test_an_error_at_what_the_client_did_not_ask_ends_at_its_parent(
    plan_of_shop, answer, two_products
):
    result = await answer(
        plan_of_shop("products { name }", "reviews { id }"),
        {
            "products": {
                **two_products,
                "errors": [{"message": "No id.", "path": ["products", 1, "id"]}],
            },
            "reviews": {"data": {"_entities": [None, None]}},
        },
    )

    assert [("products", 1)] == [error.path for error in result.errors]


async def test_an_entity_nulled_by_its_subgraphs_error_needs_no_second_error(
    plan_of_shop, two_products, answer
):
    error = {"message": "Lost.", "path": ["_entities", 0, "latest"]}
    result = await answer(
        plan_of_shop("products { latest { id } }", "latest { id }"),
        {
            "products": two_products,
            "reviews": {
                "data": {"_entities": [None, {"latest": {"id": "r"}}]},
                "errors": [error],
            },
        },
    )

    assert {"products": [None, {"latest": {"id": "r"}}]} == result.data
    assert [("Lost.", ("products", 0, "latest"))] == [
        (e.message, e.path) for e in result.errors
    ]


@pytest.mark.parametrize(
    ("path", "client_path"),
    [
        (["_entities", 1, "reviews"], ("products", 1, "reviews")),
        (["_entities", 1], ("products", 1)),
        (["_entities", 2, "reviews"], ("products",)),
        (["_entities", -1, "reviews"], ("products",)),
        (["_entities", "x"], ("products",)),
        (["_entities"], ("products",)),
        (["elsewhere", 0], ("products",)),
        ([], ("products",)),
        (None, ("products",)),
        ("x", ("products",)),
        ([{}], ("products",)),
        ([True], ("products",)),
        (["_entities", 0, *[1] * 200], ("products",)),
    ],
)
async def test_an_error_is_placed_as_well_as_its_path_allows(
    products_and_reviews, two_products, answer, path, client_path
):
    result = await answer(
        products_and_reviews,
        {
            "products": two_products,
            "reviews": {
                "data": {"_entities": [None, None]},
                "errors": [{"message": "No.", "path": path}],
            },
        },
    )

    assert [client_path] == [error.path for error in result.errors]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("products { id }", ("products",)),
        ("products { id } other: products { id }", None),
    ],
)
async def test_an_error_of_a_root_fetch_without_a_path_is_at_its_only_field(
    shop, answer, operation, query, path
):
    plan = QueryPlan(
        operation(query),
        (
            FetchNode(
                0,
                "products",
                "root",
                sent(f"{{ {query} }}"),
            ),
        ),
    )
    result = await answer(
        compile_plan(plan, shop),
        {"products": {"data": None, "errors": [{"message": "No."}]}},
    )

    assert [("No.", path)] == [(error.message, error.path) for error in result.errors]


async def test_entities_that_an_error_made_null_are_not_malformed_too(
    products_and_reviews, two_products, answer
):
    result = await answer(
        products_and_reviews,
        {
            "products": two_products,
            "reviews": {"data": {"_entities": None}, "errors": [{"message": "No."}]},
        },
    )

    assert ["No."] == [error.message for error in result.errors]


def test_errors_come_before_data_in_the_bytes():
    result = ExecutionResult({"a": None}, (ErrorDetail("No.", "NOPE", ("a",)),))

    assert (
        b'{"errors":[{"message":"No.","path":["a"],"extensions":{"code":"NOPE"}}],'
        b'"data":{"a":null}}'
    ) == encode_result(result)
    assert b'{"data":null}' == encode_result(ExecutionResult(None))
