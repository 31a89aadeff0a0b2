"""`extensions.gateway`: how an answer came about, where operator and client want it."""

import asyncio

import msgspec
import pytest

from gateway_graphql import Gateway, Subgraph
from gateway_graphql.errors import SubgraphTimedOut
from gateway_graphql.exchange import Caller, GraphQLRequest, RequestContext
from gateway_graphql.pipeline import OpenGate
from gateway_graphql.policy.demand_control import DemandControlSettings, SubgraphDemand
from gateway_graphql.policy.gate import Policies
from gateway_graphql.policy.rate_limit import (
    FieldLimit,
    Limit,
    MemoryStore,
    Rate,
    RateLimits,
)
from gateway_graphql.transport import MockTransport

LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.11",
  import: ["@key", "@authenticated"])"""
PRODUCTS = """
  type Query { products: [Product] secret: String @authenticated }
  type Product @key(fields: "id") { id: ID! name: String }"""
REVIEWS = """
  type Product @key(fields: "id") { id: ID! rating: Int }"""

NAMES_AND_RATINGS = (
    "query($with: Boolean = true) { products { name rating @include(if: $with) } }"
)
THREE_OF_TWO = {
    "data": {
        "products": [
            {"__typename": "Product", "id": id_, "name": f"P{id_}"} for id_ in "121"
        ]
    }
}
RATINGS = {"data": {"_entities": [{"rating": 4}, {"rating": 5}]}}


def gateway(products=THREE_OF_TWO, reviews=RATINGS, **options):
    return Gateway.compose(
        Subgraph("products", sdl=LINK + PRODUCTS),
        Subgraph("reviews", sdl=LINK + REVIEWS),
        transports={
            name: MockTransport(
                reply if callable(reply) else lambda _, given=reply: given
            )
            for name, reply in (("products", products), ("reviews", reviews))
        },
        **{"traces": True, **options},
    )


async def ask(it, query=NAMES_AND_RATINGS, variables=None, *, trace="1"):
    headers = {} if trace is None else {"x-gateway-trace": trace}
    async with it:
        response = await it.handle(
            GraphQLRequest(query, variables=variables or {}), RequestContext(headers)
        )
    return msgspec.json.decode(response.body)


async def report(it, query=NAMES_AND_RATINGS, variables=None):
    return (await ask(it, query, variables))["extensions"]["gateway"]


def untimed(trace):
    """The fetches without their times, which differ from run to run."""
    return [
        {
            **fetch,
            "requests": [
                {k: v for k, v in one.items() if k not in ("startMs", "durationMs")}
                for one in fetch["requests"]
            ],
        }
        for fetch in trace["fetches"]
    ]


@pytest.mark.parametrize(
    ("traces", "header"), [(False, "1"), (True, None), (True, "0"), (True, "false")]
)
async def test_nothing_is_told_unless_operator_and_client_want_it(traces, header):
    answer = await ask(gateway(traces=traces), trace=header)

    assert {"data"} == answer.keys()


async def test_the_answer_is_the_same_with_and_without_the_report():
    plain, told = await ask(gateway(), trace=None), await ask(gateway())

    assert plain == {"data": told["data"]}
    assert {"gateway"} == told["extensions"].keys()


async def test_the_plan_says_what_waits_for_what():
    plan = (await report(gateway()))["plan"]

    assert {
        "operation": "query",
        "depth": 2,
        "fetches": [
            {
                "id": 0,
                "subgraph": "products",
                "kind": "root",
                "path": "",
                "after": [],
                "operation": plan["fetches"][0]["operation"],
                "paths": [""],
                "isMutation": False,
                "variables": ["with"],
                "condition": None,
            },
            {
                "id": 1,
                "subgraph": "reviews",
                "kind": "entity",
                "path": "products.@",
                "after": [0],
                "operation": plan["fetches"][1]["operation"],
                "paths": ["products.@"],
                "isMutation": False,
                "variables": ["with", "representations"],
                "condition": "$with",
            },
        ],
    } == plan
    assert "_entities" in plan["fetches"][1]["operation"]


async def test_the_trace_says_what_came_of_every_fetch():
    trace = (await report(gateway()))["trace"]

    bodies = [msgspec.json.encode(body) for body in (THREE_OF_TWO, RATINGS)]
    products, reviews = untimed(trace)
    assert {
        "id": 0,
        "outcome": "answered",
        "requests": [
            {
                "bytesOut": products["requests"][0]["bytesOut"],
                "bytesIn": len(bodies[0]),
                "status": 200,
                "entities": 0,
                "deduplicated": 0,
                "variables": {"with": True},
            }
        ],
        "errors": [],
    } == products
    assert {
        "id": 1,
        "outcome": "answered",
        "requests": [
            {
                "bytesOut": reviews["requests"][0]["bytesOut"],
                "bytesIn": len(bodies[1]),
                "status": 200,
                "entities": 2,
                "deduplicated": 1,
                "variables": {
                    "with": True,
                    "representations": [
                        {"__typename": "Product", "id": "1"},
                        {"__typename": "Product", "id": "2"},
                    ],
                },
            }
        ],
        "errors": [],
    } == reviews


async def test_a_fetch_starts_after_what_it_waits_for_has_ended():
    async def slow(_request):
        await asyncio.sleep(0.01)
        return THREE_OF_TWO

    trace = (await report(gateway(products=slow)))["trace"]

    first, second = [fetch["requests"][0] for fetch in trace["fetches"]]
    assert trace["beforeFetchesMs"] == first["startMs"]
    assert first["startMs"] + first["durationMs"] <= second["startMs"]
    assert second["startMs"] + second["durationMs"] <= trace["durationMs"]


async def test_a_fetch_that_fails_has_the_errors_that_the_client_sees():
    def late(_request):
        raise SubgraphTimedOut("reviews")

    answer = await ask(gateway(reviews=late))

    fetch = answer["extensions"]["gateway"]["trace"]["fetches"][1]
    assert "failed" == fetch["outcome"]
    assert answer["errors"] == fetch["errors"]
    assert (None, None) == (
        fetch["requests"][0]["bytesIn"],
        fetch["requests"][0]["status"],
    )


@pytest.mark.parametrize(
    ("products", "variables", "outcome"),
    [
        (THREE_OF_TWO, {"with": False}, "unwanted"),
        ({"data": {"products": []}}, {}, "idle"),
    ],
)
async def test_a_fetch_that_was_not_sent_says_why(products, variables, outcome):
    it = gateway(products=products)
    trace = (await report(it, variables=variables))["trace"]

    assert {
        "id": 1,
        "outcome": outcome,
        "requests": [],
        "errors": [],
    } == trace["fetches"][1]


async def test_a_subgraph_over_its_budget_is_refused():
    budgets = {"reviews": SubgraphDemand(max_cost=1)}
    settings = DemandControlSettings(mode="enforce", subgraphs=budgets)
    told = await report(gateway(gate=Policies(demand_control=settings)))

    assert ["answered", "refused"] == [
        fetch["outcome"] for fetch in told["trace"]["fetches"]
    ]


async def test_cost_and_limits_are_told():
    policies = Policies(
        demand_control=DemandControlSettings(),
        rate_limits=RateLimits(client=Limit(Rate.per_window(100, 3_600_000_000))),
    )
    told = await report(gateway(gate=policies))

    assert {"estimated", "actual", "bySubgraph"} == told["cost"].keys()
    assert [
        {
            "name": "client",
            "path": None,
            "charged": 1,
            "isExceeded": False,
            "limit": 100,
            "remaining": 99,
            "retryAfterMs": 0,
            "resetAfterMs": told["limits"][0]["resetAfterMs"],
        }
    ] == told["limits"]


async def test_a_limit_of_a_field_is_told_with_its_place():
    hour = Limit(Rate.per_window(1, 3_600_000_000))
    limits = RateLimits(fields=(FieldLimit("Query.products", hour),))
    policies = Policies(rate_limits=limits, store=MemoryStore())

    told = [(await report(gateway(gate=policies)))["limits"] for _ in range(2)]

    assert [(["products"], 1, False), (["products"], 0, True)] == [
        (one["path"], one["charged"], one["isExceeded"]) for (one,) in told
    ]


async def test_fields_taken_out_are_told():
    answer = await ask(gateway(), "{ products { name } secret }")

    assert answer["errors"] == answer["extensions"]["gateway"]["removed"]
    assert ["secret"] == answer["errors"][0]["path"]


async def test_an_operation_of_which_nothing_is_left_has_an_empty_plan():
    told = await report(gateway(), "{ secret }")

    assert {"operation": "query", "depth": 0, "fetches": []} == told["plan"]
    assert [["secret"]] == [error["path"] for error in told["removed"]]


async def test_of_many_representations_the_first_are_told():
    ids = [str(number) for number in range(30)]
    products = {
        "data": {"products": [{"__typename": "Product", "id": id_} for id_ in ids]}
    }
    reviews = {"data": {"_entities": [{"rating": 1} for _ in ids]}}
    trace = (await report(gateway(products, reviews)))["trace"]

    (request,) = trace["fetches"][1]["requests"]
    assert 30 == request["entities"]
    assert 20 == len(request["variables"]["representations"])


async def test_introspection_comes_with_who_serves_what_and_what_it_takes():
    limit = FieldLimit("Product.name", Limit(Rate.per_window(5, 60_000_000)))
    policies = Policies(rate_limits=RateLimits(fields=(limit,)))
    it = gateway(gate=policies)
    caller = Caller("1")
    async with it:
        response = await it.handle(
            GraphQLRequest("{ __schema { types { name } } }"),
            RequestContext({"x-gateway-trace": "1"}, caller=caller),
        )
    schema = msgspec.json.decode(response.body)["extensions"]["gateway"]["schema"]

    assert {
        "types": {
            "Query": {
                "subgraphs": [
                    {"name": "products", "keys": []},
                    {"name": "reviews", "keys": []},
                ]
            },
            "Product": {
                "subgraphs": [
                    {"name": "products", "keys": ["id"]},
                    {"name": "reviews", "keys": ["id"]},
                ]
            },
        },
        "fields": {
            "Query.products": {"subgraphs": [{"name": "products"}]},
            "Query.secret": {
                "subgraphs": [{"name": "products"}],
                "authenticated": True,
            },
            "Product.id": {"subgraphs": [{"name": "products"}, {"name": "reviews"}]},
            "Product.name": {
                "subgraphs": [{"name": "products"}],
                "rateLimits": ['"Product.name";q=5;w=60'],
            },
            "Product.rating": {"subgraphs": [{"name": "reviews"}]},
        },
    } == schema


async def test_facts_are_told_of_what_the_caller_is_shown():
    told = await report(gateway(), "{ __schema { types { name } } }")

    assert "Query.products" in told["schema"]["fields"]
    assert "Query.secret" not in told["schema"]["fields"]


async def test_no_cache_keeps_what_was_told_to_one():
    async with gateway() as it:
        request = GraphQLRequest(NAMES_AND_RATINGS)
        told = await it.handle(request, RequestContext({"x-gateway-trace": "1"}))
        plain = await it.handle(request, RequestContext())

    assert "no-store" == told.headers["cache-control"]
    assert "cache-control" not in plain.headers


async def test_a_gate_that_says_nothing_is_charged_for_nothing():
    told = await report(gateway(gate=OpenGate))

    assert ([], [], None) == (told["removed"], told["limits"], told["cost"])
    assert "schema" not in told


async def test_times_are_told_in_thousandths():
    trace = (await report(gateway()))["trace"]
    times = [
        trace["durationMs"],
        *(one["durationMs"] for f in trace["fetches"] for one in f["requests"]),
    ]

    assert [round(time, 3) for time in times] == times


COSTS = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.11",
  import: ["@key", "@cost", "@listSize", "@override"])"""


async def test_facts_tell_costs_sizes_and_a_field_on_its_way():
    reviews = f"""{COSTS}
      type Query {{
        stars: Int @override(from: "catalog", label: "percent(20)")
        pages: Int @override(from: "catalog")
      }}"""
    catalog = f"""{COSTS}
      enum Mood @cost(weight: 2) {{ GOOD }}
      input Which {{ mood: Mood }}
      type Query {{
        stars: Int
        pages: Int
        mood: Mood
        moods(which: Which): [Mood] @cost(weight: 7) @listSize(assumedSize: 10)
      }}"""
    it = Gateway.compose(
        Subgraph("catalog", sdl=catalog),
        Subgraph("reviews", sdl=reviews),
        transports={
            name: MockTransport(lambda _: {"data": {}})
            for name in ("catalog", "reviews")
        },
        traces=True,
    )

    fields = (await report(it, "{ __schema { types { name } } }"))["schema"]["fields"]

    catalog = {"name": "catalog"}
    overriding = {"name": "reviews", "override": "catalog"}
    assert {
        "Query.stars": {"subgraphs": [catalog, overriding]},
        "Query.pages": {"subgraphs": [overriding]},
        "Query.mood": {"subgraphs": [catalog], "cost": 2},
        "Query.moods": {
            "subgraphs": [catalog],
            "cost": 7,
            "listSize": {"assumedSize": 10},
        },
    } == fields
