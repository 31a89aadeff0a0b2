"""What is sent, and when: by what a fetch reads, its conditions and its variables."""

from __future__ import annotations

import asyncio

from gateway_graphql.errors import (
    SubgraphTimedOut,
)
from gateway_graphql.execution import (
    ExecutionResult,
    ForRequest,
    compile_plan,
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
from gateway_graphql.transport import MockTransport
from tests.subgraph_operations import sent


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


async def test_typename_at_the_root_needs_no_subgraph(shop, answer, operation):
    plan = QueryPlan(operation("__typename t: __typename"), ())

    assert ExecutionResult({"__typename": "Query", "t": "Query"}) == await answer(
        compile_plan(plan, shop), {}
    )
