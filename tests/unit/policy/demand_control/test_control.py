"""Demand control in a gateway: what is refused, what is skipped, what is told."""

import json
from http import HTTPStatus

import pytest

from gateway_graphql.composition import Subgraph
from gateway_graphql.errors import (
    CostTooHigh,
    ErrorDetail,
    SlicingArgumentsInvalid,
)
from gateway_graphql.exchange import GraphQLRequest, RequestContext
from gateway_graphql.gateway import Gateway
from gateway_graphql.pipeline import Admission, AllVisible, Settlement, Studies
from gateway_graphql.policy.demand_control import (
    DemandControl,
    DemandControlSettings,
    SubgraphDemand,
)
from gateway_graphql.transport import MockTransport

LINK = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@key", "@listSize"]
)
"""
PRODUCTS = """
type Query { products(first: Int, last: Int): [Product]
  @listSize(slicingArguments: ["first", "last"], assumedSize: 2) }
type Product @key(fields: "id") { id: ID! name: String }
"""
REVIEWS = """
type Product @key(fields: "id") {
  id: ID! reviews: [Review] @listSize(assumedSize: 5)
}
type Review { text: String }
"""
QUERY = "{ products(first: 2) { name reviews { text } } }"
DATA = {
    "products": [
        {"name": "Lamp", "reviews": [{"text": "a"}]},
        {"name": "Sofa", "reviews": []},
    ]
}


class OnlyDemandControl:
    """The smallest gate that uses demand control."""

    def __init__(self, supergraph, api_schema, settings):
        self._control = DemandControl(supergraph, settings)
        self.visibility = AllVisible(api_schema)

    @property
    def studies(self):
        return Studies(of_plans=(self._control.study,))

    async def before_reading(self, _context):
        pass

    async def refused(self, _context):
        return {}

    async def aclose(self):
        pass

    async def admit(self, _document, variables, context, plan_for):
        control = self._control
        prepared = await plan_for()
        judgement = control.judge(prepared.study(control.study), variables)

        def settle(_result):
            if not control.tells(context):
                return Settlement()
            costs = judgement.estimate, judgement.meter.cost()
            return Settlement(
                control.headers(*costs), {"cost": control.extension(*costs)}
            )

        return Admission(
            prepared,
            skipped_subgraphs=judgement.skipped,
            settle=settle,
            observe=judgement.meter,
        )


@pytest.fixture
def ask():
    """Ask a gateway with these settings; its answer, headers, and who was asked."""

    async def ask(query=QUERY, headers=None, **settings):
        asked = []

        def products(_request):
            asked.append("products")
            nodes = [
                {"__typename": "Product", "id": str(n), "name": p["name"]}
                for n, p in enumerate(DATA["products"])
            ]
            return {"data": {"products": nodes}}

        def reviews(_request):
            asked.append("reviews")
            entities = [{"reviews": p["reviews"]} for p in DATA["products"]]
            return {"data": {"_entities": entities}}

        gateway = Gateway.compose(
            Subgraph("products", sdl=LINK + PRODUCTS),
            Subgraph("reviews", sdl=LINK + REVIEWS),
            transports={
                "products": MockTransport(products),
                "reviews": MockTransport(reviews),
            },
            gate=lambda *schemas: OnlyDemandControl(
                *schemas, DemandControlSettings(**settings)
            ),
        )
        async with gateway:
            response = await gateway.handle(
                GraphQLRequest(query), RequestContext(headers or {})
            )
        return json.loads(response.body), dict(response.headers), asked

    return ask


async def test_measured_everything_is_answered(ask):
    answer, headers, _ = await ask(max_cost=1, all_subgraphs=SubgraphDemand(max_cost=1))

    assert ({"data": DATA}, {}) == (answer, headers)


async def test_an_operation_over_the_total_is_refused_with_the_numbers(ask):
    with pytest.raises(CostTooHigh) as caught:
        await ask(mode="enforce", max_cost=13)

    assert (
        ErrorDetail(
            "The operation's estimated cost of 14 is over the limit of 13.",
            "COST_ESTIMATED_TOO_EXPENSIVE",
            extensions=(("cost", {"estimated": 14, "max": 13}),),
        ),
    ) == caught.value.details
    assert HTTPStatus.BAD_REQUEST == caught.value.status
    assert {"x-cost-estimated": "14", "x-cost-max": "13"} == caught.value.headers


async def test_an_operation_of_just_the_total_is_answered(ask):
    answer, _, _ = await ask(mode="enforce", max_cost=14)

    assert {"data": DATA} == answer


async def test_a_subgraph_over_its_budget_is_not_asked_and_the_rest_is(ask):
    answer, _, asked = await ask(
        mode="enforce",
        max_cost=14,
        subgraphs={"reviews": SubgraphDemand(max_cost=11)},
    )

    assert ["products"] == asked
    assert {
        "errors": [
            {
                "message": "Subgraph 'reviews' was not asked: the estimated cost of "
                "12 is over its budget of 11.",
                "path": ["products", index, "reviews"],
                "extensions": {
                    "code": "SUBGRAPH_COST_ESTIMATED_TOO_EXPENSIVE",
                    "serviceName": "reviews",
                },
            }
            for index in (0, 1)
        ],
        "data": {
            "products": [
                {"name": "Lamp", "reviews": None},
                {"name": "Sofa", "reviews": None},
            ]
        },
    } == answer


async def test_a_subgraph_of_just_its_budget_is_asked(ask):
    budgets = {"reviews": SubgraphDemand(max_cost=12)}
    answer, _, asked = await ask(mode="enforce", subgraphs=budgets)

    assert ({"data": DATA}, ["products", "reviews"]) == (answer, asked)


async def test_a_list_that_is_sliced_twice_is_refused(ask):
    with pytest.raises(SlicingArgumentsInvalid):
        await ask("{ products(first: 1, last: 1) { name } }", mode="enforce")


async def test_the_cost_is_told_on_request(ask):
    answer, headers, _ = await ask(
        headers={"x-gateway-cost": "true"}, mode="enforce", max_cost=20
    )

    assert {
        "estimated": 14,
        "actual": 5,
        "bySubgraph": {
            "products": {"estimated": 2, "actual": 2},
            "reviews": {"estimated": 12, "actual": 3},
        },
        "max": 20,
    } == answer["extensions"]["cost"]
    assert {
        "x-cost-estimated": "14",
        "x-cost-actual": "5",
        "x-cost-max": "20",
    } == headers


async def test_without_a_limit_none_is_told(ask):
    answer, headers, _ = await ask(headers={"x-gateway-cost": "1"})

    assert {"estimated", "actual", "bySubgraph"} == answer["extensions"]["cost"].keys()
    assert {"x-cost-estimated": "14", "x-cost-actual": "5"} == headers


@pytest.mark.parametrize(
    ("reporting", "header", "is_told"),
    [
        ("on_request", "true", True),
        ("on_request", "False", False),
        ("on_request", "0", False),
        ("always", "false", True),
        ("never", "true", False),
    ],
)
async def test_who_decides_what_is_told(ask, reporting, header, is_told):
    answer, headers, _ = await ask(
        headers={"x-gateway-cost": header}, reporting=reporting
    )

    assert is_told == ("extensions" in answer) == ("x-cost-actual" in headers)
