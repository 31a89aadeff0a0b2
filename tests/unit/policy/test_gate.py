"""All policies together: each looks at what the ones before have left."""

import asyncio
import json
import threading

import pytest

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.errors import (
    ClientError,
    CostTooHigh,
    Forbidden,
    RateLimited,
    SubgraphUnreachable,
)
from gateway_graphql.exchange import Caller, GraphQLRequest, RequestContext
from gateway_graphql.gateway import Gateway
from gateway_graphql.pipeline import Preparer, open_gate
from gateway_graphql.policy.authorization import (
    AuthorizationSettings,
    Enforcement,
    OperationRule,
)
from gateway_graphql.policy.authorization.demands import DemandFinder
from gateway_graphql.policy.demand_control import (
    DemandControl,
    DemandControlSettings,
    SubgraphDemand,
)
from gateway_graphql.policy.gate import Policies
from gateway_graphql.policy.rate_limit import (
    FieldLimit,
    Limit,
    MemoryStore,
    OperationLimit,
    Rate,
    RateLimiter,
    RateLimits,
    Tier,
    parse_identifier,
    parse_window,
)
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.supergraph.reading import read_supergraph
from gateway_graphql.transport.mock import MockTransport

SDL = """
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
    import: ["@authenticated"])
  type Query { me: User @authenticated, news(first: Int! = 1): String, books: [Book!] }
  type User { id: ID }
  type Book { title: String }
"""
DATA = {"me": {"id": "1"}, "news": "n", "books": [{"title": "Dune"}]}
ALICE = RequestContext(caller=Caller("alice"))


def limit(amount, by="user"):
    rate = Rate.per_window(amount, parse_window("1h"))
    return Limit(rate, (parse_identifier(by),))


class Shop:
    def __init__(self, gate=None, guards=(), **policies):
        self.asked = []
        self.books = 1
        composed = compose([Subgraph(name="shop", sdl=SDL)])
        options = {"gate": gate} if gate else {}
        if policies:
            options["gate"] = Policies(**policies)
        self.gateway = Gateway.from_supergraph(
            composed.supergraph_sdl,
            transports={"shop": MockTransport(self._respond)},
            guards=guards,
            **options,
        )

    def _respond(self, request):
        self.asked.append(request.query)
        return {"data": {**DATA, "books": DATA["books"] * self.books}}

    async def ask(self, query, context=ALICE):
        response = await self.gateway.handle(GraphQLRequest(query), context)
        return json.loads(response.body), dict(response.headers)


async def test_the_schemas_rules_hold_without_any_settings():
    answer, _ = await Shop().ask("{ me { id } news }", RequestContext())

    assert {"me": None, "news": "n"} == answer["data"]


async def test_an_open_gate_holds_nobody():
    answer, _ = await Shop(open_gate).ask("{ me { id } }", RequestContext())

    assert {"data": {"me": {"id": "1"}}} == answer


FREE = read_supergraph(
    compose([Subgraph(name="free", sdl="type Query { a: Int }")]).supergraph_sdl
)


@pytest.mark.parametrize(
    ("policies", "is_there"),
    [
        ({}, False),
        ({"rate_limits": RateLimits()}, False),
        ({"rate_limits": RateLimits(client=limit(1))}, True),
        ({"rate_limits": RateLimits(budget=limit(1))}, True),
        ({"rate_limits": RateLimits(tiers=(Tier("p", "x", limit(1)),))}, True),
        ({"rate_limits": RateLimits(tiers=(Tier("p", "x"),))}, False),
        ({"rate_limits": RateLimits(tiers=(Tier("p", "x", None, limit(1)),))}, True),
        ({"rate_limits": RateLimits(operations=(OperationLimit(limit(1)),))}, True),
        ({"demand_control": DemandControlSettings()}, True),
    ],
)
def test_there_is_no_gate_where_there_is_nothing_to_decide(policies, is_there):
    gate = Policies(**policies)(FREE, build_api_schema(FREE))

    assert is_there == (gate is not None)


async def test_a_budget_of_one_tier_alone_counts_points():
    tier = Tier("plan", "free", budget=limit(12))
    shop = Shop(rate_limits=RateLimits(tiers=(tier,)))
    alice = RequestContext(caller=Caller("alice", claims={"plan": "free"}))

    await shop.ask("{ books { title } }", alice)
    with pytest.raises(RateLimited):
        await shop.ask("{ a: books { title } b: books { title } }", alice)


async def test_a_budget_leaves_the_settings_of_costs_as_they_are():
    shop = Shop(
        rate_limits=RateLimits(budget=limit(1000)),
        demand_control=DemandControlSettings(reporting="always", list_size=3),
    )

    answer, _ = await shop.ask("{ books { title } }")

    assert 3 == answer["extensions"]["cost"]["estimated"]


async def test_an_exceeded_field_limit_is_null_and_the_rest_is_answered():
    shop = Shop(rate_limits=RateLimits(fields=(FieldLimit("Query.news", limit(1)),)))

    assert {"data": {"news": "n"}} == (await shop.ask("{ news }"))[0]
    answer, _ = await shop.ask("{ news me { id } }")

    assert {"news": None, "me": {"id": "1"}} == answer["data"]
    assert [(["news"], "RATE_LIMITED")] == [
        (error["path"], error["extensions"]["code"]) for error in answer["errors"]
    ]
    assert "{ me { id } }" == shop.asked[-1]


async def test_what_is_withheld_is_not_counted():
    shop = Shop(
        rate_limits=RateLimits(fields=(FieldLimit("Query.me", limit(1, "ip")),))
    )

    for _ in range(3):
        await shop.ask("{ me { id } news }", RequestContext(address="10.0.0.1"))
    answer, _ = await shop.ask(
        "{ me { id } }", RequestContext(caller=Caller("alice"), address="10.0.0.1")
    )

    assert {"data": {"me": {"id": "1"}}} == answer


async def test_errors_of_several_policies_stand_together():
    shop = Shop(
        rate_limits=RateLimits(fields=(FieldLimit("Query.news", limit(1, "ip")),))
    )
    nobody = RequestContext(address="10.0.0.1")

    await shop.ask("{ news }", nobody)
    answer, _ = await shop.ask("{ me { id } news books { title } }", nobody)

    assert {"me": None, "news": None, "books": [{"title": "Dune"}]} == answer["data"]
    assert ["UNAUTHORIZED_FIELD_OR_TYPE", "RATE_LIMITED"] == [
        error["extensions"]["code"] for error in answer["errors"]
    ]


async def test_a_budget_gets_back_what_was_not_spent():
    policies = Policies(rate_limits=RateLimits(budget=limit(12)))
    shop = Shop(policies)

    # Estimated at ten books of one point each, and one was there: without what is
    # given back, the second request would be refused.
    await shop.ask("{ books { title } }")
    await shop.gateway.runtime.gate.settled()
    await shop.ask("{ books { title } }")
    with pytest.raises(RateLimited):
        await shop.ask("{ a: books { title } b: books { title } }")


class Failing(Shop):
    """A shop whose subgraph breaks off."""

    def _respond(self, request):
        self.asked.append(request.query)
        raise SubgraphUnreachable("shop")


async def test_a_budget_pays_for_what_failed():
    shop = Failing(Policies(rate_limits=RateLimits(budget=limit(12))))

    answer, _ = await shop.ask("{ books { title } }")
    await shop.gateway.runtime.gate.settled()
    with pytest.raises(RateLimited):
        await shop.ask("{ books { title } }")

    assert ["SUBREQUEST_HTTP_ERROR"] == [
        error["extensions"]["code"] for error in answer["errors"]
    ]
    assert 1 == len(shop.asked)


class Closed(Shop):
    """A shop that nothing can be sent to, until it is opened."""

    is_open = False

    def _respond(self, request):
        if not self.is_open:
            raise SubgraphUnreachable("shop", was_sent=False)
        return super()._respond(request)


async def test_a_budget_does_not_pay_for_what_was_never_sent():
    shop = Closed(Policies(rate_limits=RateLimits(budget=limit(12))))

    for _ in range(3):
        answer, _ = await shop.ask("{ books { title } }")
        await shop.gateway.runtime.gate.settled()
        assert ["SUBREQUEST_HTTP_ERROR"] == [
            error["extensions"]["code"] for error in answer["errors"]
        ]
    shop.is_open = True
    await shop.ask("{ books { title } }")

    assert 1 == len(shop.asked)


async def test_a_budget_remembers_what_it_owes():
    shop = Shop(Policies(rate_limits=RateLimits(budget=limit(12))))
    shop.books = 40

    await shop.ask("{ books { title } }")
    await shop.gateway.runtime.gate.settled()
    with pytest.raises(RateLimited) as refusal:
        await shop.ask("{ books { title } }")

    # 40 of 12 are taken, and one comes back in 300 s: 28, and the 10 to be taken.
    assert 3 * 3600 < int(refusal.value.headers["retry-after"]) <= 38 * 300


async def test_a_subgraph_over_its_budget_is_skipped_and_cost_is_told():
    settings = DemandControlSettings(
        mode="enforce",
        subgraphs={"shop": SubgraphDemand(max_cost=5)},
        reporting="always",
    )
    shop = Shop(demand_control=settings)

    answer, headers = await shop.ask("{ books { title } }")

    assert {"books": None} == answer["data"]
    assert ["SUBGRAPH_COST_ESTIMATED_TOO_EXPENSIVE"] == [
        error["extensions"]["code"] for error in answer["errors"]
    ]
    assert 10 == answer["extensions"]["cost"]["estimated"]
    assert "10" == headers["x-cost-estimated"]
    assert [] == shop.asked


async def test_what_is_withheld_costs_nothing():
    shop = Shop(demand_control=DemandControlSettings(reporting="always"))

    answer, _ = await shop.ask("{ me { id } news }", RequestContext())

    assert 0 == answer["extensions"]["cost"]["estimated"]


async def test_a_reload_keeps_what_was_counted():
    shop = Shop(rate_limits=RateLimits(fields=(FieldLimit("Query.news", limit(1)),)))
    composed = compose([Subgraph(name="shop", sdl=SDL)])

    await shop.ask("{ news }")
    await shop.gateway.reload(composed.supergraph_sdl)
    answer, _ = await shop.ask("{ news }")

    assert answer["data"] is None
    assert "RATE_LIMITED" == answer["errors"][0]["extensions"]["code"]


async def test_the_store_is_closed_with_the_gateway():
    class Closing(MemoryStore):
        is_closed = False

        async def aclose(self):
            self.is_closed = True

    store = Closing()
    policies = Policies(store=store)

    async with Gateway(gate=policies, resources=[policies]):
        pass

    assert store.is_closed


async def test_who_has_used_up_their_limit_is_refused_before_anything_is_read():
    shop = Shop(rate_limits=RateLimits(client=limit(2)))
    gate = shop.gateway.runtime.gate

    for _ in range(2):
        await gate.before_reading(ALICE)
        await shop.ask("{ news }")
    with pytest.raises(RateLimited) as refused:
        await gate.before_reading(ALICE)

    assert '"client";r=0' == refused.value.headers["ratelimit"].rpartition(";")[0]
    await gate.before_reading(RequestContext(caller=Caller("bob")))


REFUSED = ["{ nonsense }", "{ news", "query A { news } query B { news }"]


@pytest.mark.parametrize("text", REFUSED)
async def test_a_refused_document_is_charged_to_its_client(text):
    shop = Shop(rate_limits=RateLimits(client=limit(2)))
    request = GraphQLRequest(text)

    for left in (1, 0):
        with pytest.raises(ClientError) as refused:
            await shop.gateway.handle(request, ALICE)
        assert f"r={left}" in refused.value.headers["ratelimit"]

    with pytest.raises(RateLimited):
        await shop.gateway.handle(request, ALICE)


COSTLY = {"demand_control": DemandControlSettings(mode="enforce", max_cost=5)}
REJECTING = {"authorization": AuthorizationSettings(mode=Enforcement.REJECT)}
DENYING = {
    "authorization": AuthorizationSettings(operation_rules=(OperationRule("deny"),))
}
REFUSED_LATER = [
    pytest.param("{ books { title } }", COSTLY, id="for its cost"),
    pytest.param("{ me { id } }", REJECTING, id="for a field of it"),
    pytest.param("{ news }", DENYING, id="by a rule about operations"),
    pytest.param("query ($n: Boolean!) { news @skip(if: $n) }", {}, id="for variables"),
]


@pytest.mark.parametrize(("text", "policies"), REFUSED_LATER)
async def test_an_operation_refused_by_a_policy_is_charged_to_its_client(
    text, policies
):
    shop = Shop(rate_limits=RateLimits(client=limit(2, "ip")), **policies)
    nobody = RequestContext(address="10.0.0.1")

    for left in (1, 0):
        with pytest.raises(ClientError) as refused:
            await shop.ask(text, nobody)
        assert refused.value.code != RateLimited.code
        assert f"r={left}" in refused.value.headers["ratelimit"]
        assert "q=2" in refused.value.headers["ratelimit-policy"]

    with pytest.raises(RateLimited):
        await shop.ask(text, nobody)
    assert [] == shop.asked


async def test_a_plan_that_costs_too_much_after_a_limit_says_how_limits_stand():
    shop = Shop()
    runtime = shop.gateway.runtime
    policies = Policies(
        rate_limits=RateLimits(
            client=limit(9), fields=(FieldLimit("Query.news", limit(1)),)
        ),
        **COSTLY,
    )
    gate = policies(runtime.supergraph, runtime.api_schema)
    preparer = Preparer(runtime.supergraph, runtime.api_schema, studies=gate.studies)
    news = preparer.document("{ news }").prepared

    async def plan_for(removals=frozenset(), *_):
        # Without a field, another plan may be the best, and cost more.
        text = "{ books { title } }" if removals else "{ news }"
        return preparer.prepare(text)

    await gate.admit(news, {}, ALICE, plan_for)
    with pytest.raises(CostTooHigh) as refused:
        await gate.admit(news, {}, ALICE, plan_for)

    assert '"client";r=7' == refused.value.headers["ratelimit"].rpartition(";")[0]
    assert "10" == refused.value.headers["x-cost-estimated"]


async def test_a_guards_refusal_says_how_the_limits_stand():
    def refuse(_prepared, _context):
        raise Forbidden("Not today.")

    shop = Shop(rate_limits=RateLimits(client=limit(2)), guards=[refuse])

    for left in (1, 0):
        with pytest.raises(Forbidden) as refused:
            await shop.ask("{ news }")
        assert f"r={left}" in refused.value.headers["ratelimit"]


async def test_who_waits_for_one_refusal_is_told_of_their_own_limit():
    shop = Shop(rate_limits=RateLimits(client=limit(9)))
    bob = RequestContext(caller=Caller("bob"))
    with pytest.raises(ClientError):
        await shop.ask("{ other }", bob)

    alices, bobs = await asyncio.gather(
        shop.ask("{ nonsense }"), shop.ask("{ nonsense }", bob), return_exceptions=True
    )

    assert '"client";r=8' == alices.headers["ratelimit"].rpartition(";")[0]
    assert '"client";r=7' == bobs.headers["ratelimit"].rpartition(";")[0]


async def test_a_document_that_is_refused_to_nobody_limited_has_no_headers():
    shop = Shop()

    with pytest.raises(ClientError) as refused:
        await shop.gateway.handle(GraphQLRequest("{ nonsense }"), ALICE)

    assert {} == refused.value.headers


@pytest.mark.parametrize("policy", [DemandFinder, RateLimiter, DemandControl])
async def test_no_study_is_made_on_the_event_loop(monkeypatch, policy):
    threads = []
    study = policy.study

    def recorded(self, subject):
        threads.append(threading.current_thread())
        return study(self, subject)

    monkeypatch.setattr(policy, "study", recorded)
    shop = Shop(
        demand_control=DemandControlSettings(max_cost=10),
        rate_limits=RateLimits(fields=(FieldLimit("Query.news", limit(1)),)),
    )

    await shop.ask("{ news me { id } }")
    await shop.ask("{ news me { id } }", RequestContext())
    await shop.gateway.handle(
        GraphQLRequest(
            "query ($n: Int = 1) { news(first: $n) me { id } }", variables={"n": None}
        ),
        ALICE,
    )

    assert threads
    assert threading.main_thread() not in threads
