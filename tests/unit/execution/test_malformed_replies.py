"""What is no answer as the specification wants it, and wrong values in one that is."""

from __future__ import annotations

import pytest

from gateway_graphql.errors import (
    ErrorDetail,
    SubgraphReplyMalformed,
)
from gateway_graphql.execution import ExecutionResult, ForRequest, execute
from gateway_graphql.execution.run.replies import decode_reply
from gateway_graphql.transport import MockTransport, SubgraphReply
from tests.products_without_reviews import (
    FAILED_IN_REVIEWS,
    PRODUCTS_WITHOUT_REVIEWS,
    REVIEWS,
    SERVED_BY_REVIEWS,
)


@pytest.mark.parametrize(
    "body",
    [
        b"<html></html>",
        b"",
        b'{"data": {"_entit',
        b'{"data": {}} x',
        b"null",
        b"[]",
        b'"x"',
        b"42",
        b'\xef\xbb\xbf{"data": {}}',
        b'{"data": {"_entities": ["\xff"]}}',
        b'{"data": {"_entities": [{"reviews": [{"id": "\xff"}]}, {"reviews": []}]}}',
        b'{"data": {"_entities": [{"reviews": [], "x": "\xff"}, {"reviews": []}]}}',
        b'{"data": {"_entities": [NaN]}}',
        b'{"data": {"_entities": [' + b"1" * 6000 + b"]}}",
        b'{"data": {"_entities": [1e999]}}',
        b'{"data": ' + b"[" * 200_000,
        b'{"data": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"data": null}',
        b"{}",
        b'{"data": "x"}',
        b'{"data": []}',
        b'{"errors": []}',
        b'{"data": {"_entities": null}}',
        b'{"data": {"_entities": []}}',
        b'{"data": {"_entities": [null]}}',
        b'{"data": {"_entities": {}}}',
        b'{"data": {"_entities": "x"}}',
        b'{"data": {"_entities": [1, "x"]}}',
        b'{"data": {}}',
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)
async def test_a_malformed_answer_costs_only_its_own_fields(
    products_and_reviews, two_products, answer, body
):
    result = await answer(
        products_and_reviews,
        {"products": two_products, "reviews": SubgraphReply(200, body)},
    )

    assert result.data == PRODUCTS_WITHOUT_REVIEWS
    assert [("SUBREQUEST_MALFORMED_RESPONSE", path) for path in REVIEWS] == [
        (error.code, error.path) for error in result.errors
    ]


async def test_whoever_sees_the_data_of_replies_sees_none_that_cannot_be_read(
    products_and_reviews,
):
    body = b'{"data": {"products": [], "x": 1e999}}'
    products = MockTransport(lambda _: SubgraphReply(200, body))
    seen = []
    given = ForRequest(
        transports={"products": products},
        observe=lambda fetch, data: seen.append((fetch.subgraph, data)),
    )
    results = [await execute(products_and_reviews, given) for _ in range(2)]

    assert [("products", None)] * 2 == seen
    assert [{"products": None}] * 2 == [result.data for result in results]


async def test_a_fetch_reports_more_than_is_malformed_only_once(
    products_and_reviews, two_products, answer
):
    result = await answer(
        products_and_reviews,
        {
            "products": two_products,
            "reviews": {"data": None, "errors": [{"message": "x"}] * 10_000},
        },
    )

    assert (
        ExecutionResult(
            PRODUCTS_WITHOUT_REVIEWS,
            (
                ErrorDetail(
                    "x",
                    "DOWNSTREAM_SERVICE_ERROR",
                    ("products",),
                    extensions=SERVED_BY_REVIEWS,
                ),
            ),
        )
        == result
    )


@pytest.mark.parametrize(
    ("entities", "problem"),
    [
        ([{"reviews": []}], "fewer entities than were asked for"),
        ([{"reviews": []}, {"reviews": []}, None], "more entities than were asked for"),
    ],
)
async def test_nothing_is_taken_of_entities_in_a_list_of_the_wrong_length(
    products_and_reviews, two_products, answer, entities, problem
):
    result = await answer(
        products_and_reviews,
        {"products": two_products, "reviews": {"data": {"_entities": entities}}},
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
                    f"Subgraph 'reviews' gave a malformed answer: it has {problem}.",
                    "SUBREQUEST_MALFORMED_RESPONSE",
                    path,
                    extensions=FAILED_IN_REVIEWS,
                )
                for path in REVIEWS
            ),
        )
        == result
    )


async def test_one_entity_that_is_no_object_spares_the_others(
    products_and_reviews, two_products, answer
):
    result = await answer(
        products_and_reviews,
        {
            "products": two_products,
            "reviews": {"data": {"_entities": ["x", {"reviews": []}]}},
        },
    )

    assert [None, []] == [product["reviews"] for product in result.data["products"]]
    assert [("products", 0, "reviews")] == [error.path for error in result.errors]


async def test_a_wrong_typename_of_an_entity_does_not_null_its_object(
    products_and_reviews, two_products, answer
):
    entity = {"__typename": "Nonsense", "reviews": []}
    result = await answer(
        products_and_reviews,
        {
            "products": two_products,
            "reviews": {"data": {"_entities": [entity, entity]}},
        },
    )

    assert ["Laptop", "Phone"] == [p["name"] for p in result.data["products"]]
    assert () == result.errors


async def test_a_null_entity_without_an_error_is_one_where_null_may_not_be(
    plan_of_shop, two_products, answer
):
    result = await answer(
        plan_of_shop("products { latest { id } }", "latest { id }"),
        {
            "products": two_products,
            "reviews": {"data": {"_entities": [None, {"latest": {"id": "r"}}]}},
        },
    )

    assert (
        ExecutionResult(
            {"products": [None, {"latest": {"id": "r"}}]},
            (
                ErrorDetail(
                    "Cannot return null for non-nullable field Product.latest.",
                    "INTERNAL_SERVER_ERROR",
                    ("products", 0, "latest"),
                ),
            ),
        )
        == result
    )


async def test_a_null_entity_or_a_null_key_never_travels_on(
    products_and_reviews, answer
):
    asked = []

    def reviews(request):
        asked.append(request.variables["r"])
        return {"data": {"_entities": [None]}}

    products = [
        None,
        {"__typename": "Product", "id": None},
        {"__typename": "Product"},
        {"__typename": "Product", "id": "1"},
    ]
    await answer(
        products_and_reviews,
        {"products": {"data": {"products": products}}, "reviews": reviews},
    )

    assert [[{"__typename": "Product", "id": "1"}]] == asked


async def test_hostile_keys_and_unrequested_fields_are_dropped(
    products_and_reviews, two_products, answer
):
    entity = {"__proto__": {"x": 1}, "constructor": 1, "secret": 2, "reviews": []}
    result = await answer(
        products_and_reviews,
        {"products": two_products, "reviews": {"data": {"_entities": [entity, None]}}},
    )

    assert {"id": "1", "name": "Laptop", "reviews": []} == result.data["products"][0]


@pytest.mark.parametrize(
    ("count", "rating", "reviews", "bad_paths"),
    [
        ("abc", 1.5, [], [("count",)]),
        (2**53 + 1, 1.5, [], [("count",)]),
        (True, 1.5, [], [("count",)]),
        (1, {}, [], [("rating",)]),
        (1, True, [], [("rating",)]),
        (1, "1.5", [], [("rating",)]),
        (1, 1.5, "x", [("reviews",)]),
        (1, 1.5, [1], [("reviews", 0)]),
        (1, 1.5, [{"id": None}], [("reviews", 0, "id")]),
        (1, 1.5, [{"id": "r", "body": 1}], [("reviews", 0, "body")]),
    ],
)
async def test_wrong_values_are_null_with_an_error(
    plan_of_shop, answer, count, rating, reviews, bad_paths
):
    result = await answer(
        plan_of_shop(
            "products { count rating reviews { id body } }",
            "count rating reviews { id body }",
        ),
        {
            "products": {"data": {"products": [{"__typename": "Product", "id": "1"}]}},
            "reviews": {
                "data": {
                    "_entities": [
                        {"count": count, "rating": rating, "reviews": reviews}
                    ]
                }
            },
        },
    )

    assert [("products", 0, *path) for path in bad_paths] == [
        error.path for error in result.errors
    ]
    product = result.data["products"][0]
    assert {"count", "rating", "reviews"} == set(product)
    assert product[bad_paths[0][0]] in (None, [None], [{"id": "r", "body": None}])


@pytest.mark.parametrize(
    ("depth", "codes"),
    [
        (100, [[]]),
        # Between what can be decoded and what can be copied; where that is depends on
        # the interpreter.
        (900, [[], ["SUBREQUEST_MALFORMED_RESPONSE"] * 2]),
        (20_000, [["SUBREQUEST_MALFORMED_RESPONSE"] * 2]),
    ],
)
async def test_a_value_too_deep_to_handle_is_a_malformed_answer(
    plan_of_shop, answer, depth, codes
):
    deep = b"[" * depth + b"]" * depth
    body = b'{"data": {"_entities": [{"unasked": ' + deep + b"}]}}"
    same = {"__typename": "Product", "id": "1"}
    result = await answer(
        plan_of_shop("products { id count }", "count"),
        {
            "products": {"data": {"products": [same, dict(same)]}},
            "reviews": SubgraphReply(200, body),
        },
    )

    assert {"products": [{"id": "1", "count": None}] * 2} == result.data
    assert [error.code for error in result.errors] in codes


def test_a_reply_that_is_nested_too_deeply_is_told_as_such():
    with pytest.raises(SubgraphReplyMalformed, match="nested too deeply"):
        decode_reply("a", SubgraphReply(200, b"[" * 200_000))
