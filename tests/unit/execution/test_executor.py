from __future__ import annotations

import asyncio
import time
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
    ForRequest,
    compile_plan,
    encode_result,
    execute,
)
from gateway_graphql.language.operation import VariableIs
from gateway_graphql.planning.plan import (
    EntityInput,
    FetchNode,
    QueryPlan,
    Rename,
    RepresentationField,
)
from gateway_graphql.transport import MockTransport, SubgraphReply
from tests.subgraph_operations import sent

REVIEWS = (("products", 0, "reviews"), ("products", 1, "reviews"))
SERVED_BY_REVIEWS = (("serviceName", "reviews"),)
FAILED_IN_REVIEWS = (*SERVED_BY_REVIEWS, ("errorId", ANY))
PRODUCTS_WITHOUT_REVIEWS = {
    "products": [
        {"id": "1", "name": "Laptop", "reviews": None},
        {"id": "2", "name": "Phone", "reviews": None},
    ]
}


def failing(error):
    def handler(_):
        raise error

    return handler


async def test_entities_are_fetched_in_one_batch_and_joined(
    products_and_reviews, two_products, answer
):
    asked = []

    def reviews(request):
        asked.append(request.variables)
        return {
            "data": {"_entities": [{"reviews": [{"id": "r1", "body": "Good"}]}, None]}
        }

    result = await answer(
        products_and_reviews, {"products": two_products, "reviews": reviews}
    )

    assert [
        {
            "r": [
                {"__typename": "Product", "id": "1"},
                {"__typename": "Product", "id": "2"},
            ]
        }
    ] == asked
    assert (
        ExecutionResult(
            {
                "products": [
                    {
                        "id": "1",
                        "name": "Laptop",
                        "reviews": [{"id": "r1", "body": "Good"}],
                    },
                    {"id": "2", "name": "Phone", "reviews": None},
                ]
            }
        )
        == result
    )


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


async def test_a_fetch_starts_when_what_it_reads_is_there_not_in_waves(shop, operation):
    """0 -> 2 must not wait for 1."""
    two_started = asyncio.Event()

    def root(fetch_id, key, after=()):
        return FetchNode(
            fetch_id,
            key,
            "root",
            sent(f"{{ {key}: products {{ id }} }}"),
            after=after,
        )

    async def handler(request):
        if request.subgraph == "b":
            await two_started.wait()
        if request.subgraph == "c":
            two_started.set()
        return {"data": {request.subgraph: [{"id": "1"}]}}

    plan = QueryPlan(
        operation("a: products { id } b: products { id } c: products { id }"),
        (root(0, "a"), root(1, "b"), root(2, "c", (0,))),
    )
    transport = MockTransport(handler)
    result = await asyncio.wait_for(
        execute(
            compile_plan(plan, shop),
            ForRequest(
                variables={},
                transports={"a": transport, "b": transport, "c": transport},
            ),
        ),
        5,
    )

    assert {"a": [{"id": "1"}], "b": [{"id": "1"}], "c": [{"id": "1"}]} == result.data


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


async def test_a_fetch_whose_conditions_do_not_hold_is_not_sent(
    shop, answer, operation
):
    plan = QueryPlan(
        operation("products { id }"),
        (
            FetchNode(
                0,
                "products",
                "root",
                sent("{ products { id } }"),
                when=(frozenset({VariableIs("on", value=True)}),),
            ),
        ),
    )
    compiled = compile_plan(plan, shop)
    handlers = {"products": {"data": {"products": []}}}

    assert ExecutionResult({"products": None}) == await answer(
        compiled, handlers, {"on": False}
    )
    assert ExecutionResult({"products": []}) == await answer(
        compiled, handlers, {"on": True}
    )


async def test_only_the_variables_that_a_fetch_names_and_the_client_gave_are_sent(
    shop, answer, operation
):
    asked = []

    def handler(request):
        asked.append(dict(request.variables))
        return {"data": {"products": []}}

    text = "query($a: Int, $b: Int) { products(a: $a, b: $b) { id } }"
    plan = QueryPlan(
        operation("products { id }"),
        (
            FetchNode(
                0,
                "products",
                "root",
                sent(text, ("a", "b")),
            ),
        ),
    )
    await answer(compile_plan(plan, shop), {"products": handler}, {"a": 1, "c": 2})

    assert [{"a": 1}] == asked


async def test_aliased_entity_fields_travel_together_and_fail_apart(
    shop, answer, operation, two_products
):
    text = (
        "query($r0: [_Any!]!, $r1: [_Any!]!) {"
        " e0: _entities(representations: $r0) { ... on Product { count } }"
        " e1: _entities(representations: $r1) { ... on Product { f: rating } } }"
    )
    key = (RepresentationField("id", "id", is_key=True),)
    plan = QueryPlan(
        operation("products { name count rating }"),
        (
            FetchNode(
                0,
                "products",
                "root",
                sent("{ products { id name } }"),
            ),
            FetchNode(
                1,
                "reviews",
                "entity",
                sent(text),
                (
                    EntityInput("e0", "r0", (("products", "@"),), key, "Product"),
                    EntityInput("e1", "r1", (("products", "@"),), key, "Product"),
                ),
                after=(0,),
                renames=(Rename(("e1", "@"), "f", "rating"),),
            ),
        ),
    )
    result = await answer(
        compile_plan(plan, shop),
        {
            "products": two_products,
            "reviews": {
                "data": {"e0": [], "e1": [{"f": 1.5}, {"f": None}]},
                "errors": [{"message": "No rating.", "path": ["e1", 1, "f"]}],
            },
        },
    )

    assert {
        "products": [
            {"name": "Laptop", "count": None, "rating": 1.5},
            {"name": "Phone", "count": None, "rating": None},
        ]
    } == result.data
    assert [
        ("DOWNSTREAM_SERVICE_ERROR", ("products", 1, "rating")),
        ("SUBREQUEST_MALFORMED_RESPONSE", ("products", 0, "count")),
        ("SUBREQUEST_MALFORMED_RESPONSE", ("products", 1, "count")),
    ] == [(error.code, error.path) for error in result.errors]


async def test_typename_at_the_root_needs_no_subgraph(shop, answer, operation):
    plan = QueryPlan(operation("__typename t: __typename"), ())

    assert ExecutionResult({"__typename": "Query", "t": "Query"}) == await answer(
        compile_plan(plan, shop), {}
    )


def test_errors_come_before_data_in_the_bytes():
    result = ExecutionResult({"a": None}, (ErrorDetail("No.", "NOPE", ("a",)),))

    assert (
        b'{"errors":[{"message":"No.","path":["a"],"extensions":{"code":"NOPE"}}],'
        b'"data":{"a":null}}'
    ) == encode_result(result)
    assert b'{"data":null}' == encode_result(ExecutionResult(None))


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


async def test_an_input_whose_conditions_do_not_hold_sends_no_representations(
    shop, answer, operation, two_products
):
    asked = []

    def reviews(request):
        asked.append(request.variables)
        return {"data": {"e0": [], "e1": [{"rating": 1}, {"rating": 2}]}}

    key = (RepresentationField("id", "id", is_key=True),)
    off = (frozenset({VariableIs("on", value=True)}),)
    plan = QueryPlan(
        operation("products { count rating }"),
        (
            FetchNode(
                0,
                "products",
                "root",
                sent("{ products { id } }"),
            ),
            FetchNode(
                1,
                "reviews",
                "entity",
                sent(
                    "query($r0: [_Any!]!, $r1: [_Any!]!) {"
                    " e0: _entities(representations: $r0) { count }"
                    " e1: _entities(representations: $r1) { rating } }",
                ),
                (
                    EntityInput("e0", "r0", (("products", "@"),), key, when=off),
                    EntityInput("e1", "r1", (("products", "@"),), key),
                ),
                after=(0,),
            ),
        ),
    )
    result = await answer(
        compile_plan(plan, shop),
        {"products": two_products, "reviews": reviews},
        {"on": False},
    )

    assert [[]] == [variables["r0"] for variables in asked]
    assert [1, 2] == [product["rating"] for product in result.data["products"]]


async def test_mutations_in_series_run_on_after_one_failed(shop, answer, operation):
    order = []

    def handler(request):
        order.append(request.query)
        if "a:" in request.query:
            raise SubgraphTimedOut("m")
        return {"data": {"b": []}}

    plan = QueryPlan(
        operation("a: products { id } b: products { id }"),
        tuple(
            FetchNode(
                fetch_id,
                "m",
                "root",
                sent(f"mutation {{ {key}: products {{ id }} }}"),
                after=tuple(range(fetch_id)),
            )
            for fetch_id, key in enumerate("ab")
        ),
    )
    result = await answer(compile_plan(plan, shop), {"m": handler})

    assert [fetch.operation.text for fetch in plan.fetches] == order
    assert {"a": None, "b": []} == result.data
    assert [("a",)] == [error.path for error in result.errors]


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


async def test_a_transport_that_times_out_by_itself_is_a_timeout(
    products_and_reviews, two_products, answer
):
    result = await answer(
        products_and_reviews,
        {"products": two_products, "reviews": failing(TimeoutError())},
    )

    assert ["SUBREQUEST_TIMEOUT"] * 2 == [error.code for error in result.errors]


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
