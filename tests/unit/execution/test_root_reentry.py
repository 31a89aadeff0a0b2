"""Root fetches whose data belongs below the root: a field that gives the root again."""

from __future__ import annotations

import pytest

from gateway_graphql.errors import ErrorDetail, SubgraphUnreachable
from gateway_graphql.execution import CompiledPlan, ExecutionResult, compile_plan
from gateway_graphql.planning.plan import (
    FetchNode,
    QueryPlan,
    Rename,
)
from tests.subgraph_operations import sent

TYPES = """
type Query @join__type(graph: PRODUCTS) @join__type(graph: REVIEWS) {
  halls: [[Hall]] @join__field(graph: PRODUCTS)
  self: Query @join__field(graph: PRODUCTS)
  count: Int! @join__field(graph: REVIEWS)
  names: [String] @join__field(graph: REVIEWS)
}
type Hall @join__type(graph: PRODUCTS) { query: Query }
"""
BY_REVIEWS = (("serviceName", "reviews"),)


def above(at: tuple[str, ...]) -> str:
    """What selects the objects at a path."""
    selected = "__typename"
    for key in reversed([step for step in at if step != "@"]):
        selected = f"{key} {{ {selected} }}"
    return f"{{ {selected} }}"


@pytest.fixture
def compiled(supergraph_of, operation):
    def make(
        query: str, at: tuple[str, ...], text: str, *renames: Rename
    ) -> CompiledPlan:
        plan = QueryPlan(
            operation(query),
            (
                FetchNode(
                    0,
                    "products",
                    "root",
                    sent(above(at)),
                ),
                FetchNode(
                    1,
                    "reviews",
                    "root",
                    sent(text),
                    after=(0,),
                    at=at,
                    renames=renames,
                ),
            ),
        )
        return compile_plan(plan, supergraph_of(TYPES))

    return make


@pytest.fixture
def in_halls(compiled):
    return compiled(
        "halls { query { count names } }",
        ("halls", "@", "@", "query"),
        "{ count names }",
    )


HALLS = {"data": {"halls": [[{"query": {}}, {"query": None}], None, [None]]}}
TWO_HALLS = {"data": {"halls": [[{"query": {}}], [{"query": {}}]]}}


async def test_the_data_goes_to_every_object_and_is_asked_for_once(in_halls, answer):
    asked = []

    def reviews(request):
        asked.append(request.query)
        return {"data": {"count": 2, "names": ["a"]}}

    result = await answer(in_halls, {"products": TWO_HALLS, "reviews": reviews})
    again = {"query": {"count": 2, "names": ["a"]}}

    assert ["{ count names }"] == asked
    assert ExecutionResult({"halls": [[again], [again]]}) == result


async def test_a_null_on_the_way_stays_null(in_halls, answer):
    result = await answer(
        in_halls,
        {"products": HALLS, "reviews": {"data": {"count": 2, "names": None}}},
    )
    again = {"query": {"count": 2, "names": None}}

    assert (
        ExecutionResult({"halls": [[again, {"query": None}], None, [None]]}) == result
    )


@pytest.mark.parametrize("halls", [None, [], [[]], [[{"query": None}]]])
async def test_where_nothing_leads_back_nothing_is_asked(in_halls, answer, halls):
    asked = []
    result = await answer(
        in_halls,
        {"products": {"data": {"halls": halls}}, "reviews": asked.append},
    )

    assert [] == asked
    assert ExecutionResult({"halls": halls}) == result


async def test_an_error_is_told_at_every_object(in_halls, answer):
    result = await answer(
        in_halls,
        {
            "products": TWO_HALLS,
            "reviews": {
                "data": {"count": 1, "names": [None]},
                "errors": [{"message": "Lost.", "path": ["names", 0]}],
            },
        },
    )

    assert [
        ("halls", 0, 0, "query", "names", 0),
        ("halls", 1, 0, "query", "names", 0),
    ] == [error.path for error in result.errors]


async def test_an_error_without_a_path_goes_once_above_the_lists(in_halls, answer):
    result = await answer(
        in_halls,
        {
            "products": TWO_HALLS,
            "reviews": {"data": {"count": 1}, "errors": [{"message": "Lost."}]},
        },
    )

    assert (
        ErrorDetail(
            "Lost.", "DOWNSTREAM_SERVICE_ERROR", ("halls",), extensions=BY_REVIEWS
        ),
    ) == result.errors


async def test_a_failed_fetch_costs_the_fields_that_it_gives(compiled, answer):
    def unreachable(_):
        raise SubgraphUnreachable("reviews")

    result = await answer(
        compiled("self { count }", ("self",), "{ count }"),
        {"products": {"data": {"self": {}}}, "reviews": unreachable},
    )

    assert {"self": None} == result.data
    assert [("self", "count")] == [error.path for error in result.errors]


async def test_an_error_at_an_internal_alias_is_told_by_its_real_key(compiled, answer):
    result = await answer(
        compiled(
            "self { names }", ("self",), "{ _0: names }", Rename((), "_0", "names")
        ),
        {
            "products": {"data": {"self": {}}},
            "reviews": {
                "data": {"_0": None},
                "errors": [{"message": "Lost.", "path": ["_0"]}],
            },
        },
    )

    assert {"self": {"names": None}} == result.data
    assert [("self", "names")] == [error.path for error in result.errors]
