"""A request that asks why is told, and nothing is fetched or counted for it."""

import hashlib
import json
import sys
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from gateway_graphql.cli import _cli, main
from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.config import load_config, make_gateway
from gateway_graphql.exchange import GraphQLRequest, RequestContext
from gateway_graphql.gateway import Gateway
from gateway_graphql.policy.authorization import AuthorizationSettings, Policy
from gateway_graphql.policy.demand_control import (
    DemandControlSettings,
    SubgraphDemand,
)
from gateway_graphql.policy.gate import Policies
from gateway_graphql.policy.rate_limit import (
    FieldLimit,
    Limit,
    Rate,
    RateLimits,
    parse_identifier,
)
from gateway_graphql.transport.mock import MockTransport

ROOT = Path(__file__).parents[4]
SHOP = ROOT / "tests" / "data" / "shop.graphql"
SDL = SHOP.read_text()
MINUTE_US = 60_000_000
ASKING = {"x-gateway-explain": "1"}
ORDERS = """
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
    import: ["@key", "@policy"])
  type Query { orders: [Order] }
  type Order @key(fields: "id") {
    id: ID!
    note: String @policy(policies: [["owner"]])
  }
"""


def limit(amount):
    return Limit(Rate.per_window(amount, MINUTE_US), (parse_identifier("ip"),))


class Shop:
    def __init__(self, *, explains=True, **policies):
        self.asked = []
        self.gateway = Gateway.from_supergraph(
            SDL,
            transports={"books": MockTransport(self._answer)},
            explains=explains,
            **({"gate": Policies(**policies)} if policies else {}),
        )

    def _answer(self, request):
        self.asked.append(request.query)
        return {"data": {"books": []}}

    async def ask(self, query="{ books { id } }", headers=ASKING):
        context = RequestContext(headers, address="203.0.113.9")
        response = await self.gateway.handle(GraphQLRequest(query), context)
        return json.loads(response.body)

    async def explain(self, *args):
        return (await self.ask(*args))["extensions"]["explain"]


async def test_the_plan_is_told_and_nothing_is_fetched():
    shop = Shop()
    answer = await shop.ask()
    plan = answer["extensions"]["explain"]["plan"]

    assert (None, []) == (answer["data"], shop.asked)
    assert ["books"] == [fetch["subgraph"] for fetch in plan["fetches"]]
    assert "books" in plan["text"]


@pytest.mark.parametrize("value", ["false", "0", ""])
async def test_a_header_that_says_no_asks_for_the_answer(value):
    shop = Shop()

    assert {"data": {"books": []}} == await shop.ask(
        headers={"x-gateway-explain": value}
    )


async def test_nobody_is_told_unless_the_operator_allows_it():
    shop = Shop(explains=False)

    assert {"data": {"books": []}} == await shop.ask()


async def test_limits_are_told_and_not_charged():
    shop = Shop(
        rate_limits=RateLimits(
            client=limit(2), fields=(FieldLimit("Query.books", limit(1)),)
        )
    )
    for _ in range(5):
        before = await shop.explain()
    await shop.ask(headers={})
    after = await shop.explain()

    assert [(False, None), (False, ["books"])] == [
        (one["exceeded"], one["path"]) for one in before["limits"]
    ]
    assert [1, 1] == [one["charge"] for one in before["limits"]]
    assert {
        "name": "client",
        "path": None,
        "charge": 1,
        "exceeded": False,
        "limit": 2,
        "remaining": 1,
        "retryAfterMs": 0,
        "resetAfterMs": 30_000,
    } == before["limits"][0]
    assert ([], []) == (before["nulled"], before["refused"])
    assert [False, True] == [one["exceeded"] for one in after["limits"]]
    assert [(["books"], "RATE_LIMITED")] == [
        (one["path"], one["code"]) for one in after["nulled"]
    ]
    assert [] == after["plan"]["fetches"]
    assert 1 == len(shop.asked)


async def test_a_limit_that_would_refuse_is_told():
    shop = Shop(rate_limits=RateLimits(client=limit(1)))
    await shop.ask(headers={})
    told = await shop.explain()

    assert ["RATE_LIMITED"] == [one["code"] for one in told["refused"]]


async def test_the_cost_is_told_with_its_formula_even_when_it_is_too_high():
    shop = Shop(demand_control=DemandControlSettings(mode="enforce", max_cost=1))
    told = await shop.explain()

    assert (10, {"books": 10}) == (
        told["cost"]["estimated"],
        told["cost"]["bySubgraph"],
    )
    assert ["books: 10"] == told["cost"]["formula"]
    assert ["COST_ESTIMATED_TOO_EXPENSIVE"] == [one["code"] for one in told["refused"]]


@pytest.mark.parametrize(
    ("budget", "skipped"),
    [
        (
            9,
            {
                "books": "was not asked: the estimated cost of 10 is over its budget of 9."
            },
        ),
        (10, None),
    ],
)
async def test_a_subgraph_over_its_budget_is_told(budget, skipped):
    budgets = {"books": SubgraphDemand(max_cost=budget)}
    settings = DemandControlSettings(mode="enforce", subgraphs=budgets)
    told = (await Shop(demand_control=settings).explain())["cost"]

    reasons = {"books": f"Subgraph 'books' {skipped['books']}"} if skipped else None
    assert reasons == told.get("skippedSubgraphs")
    assert (skipped is not None) == ("skippedSubgraphs" in told)


@pytest.mark.parametrize(("keys", "is_told"), [(("id",), True), ((), False)])
async def test_what_objects_decide_is_not_known_without_them(keys, is_told):
    async def nobody(_context, questions):
        return [True for _ in questions]

    policies = {"owner": Policy(nobody, keys)}
    composed = compose([Subgraph("orders", sdl=ORDERS)])
    gateway = Gateway.from_supergraph(
        composed.supergraph_sdl,
        transports={"orders": MockTransport(lambda _request: {"data": {}})},
        explains=True,
        gate=Policies(authorization=AuthorizationSettings(policies=policies)),
    )
    response = await gateway.handle(
        GraphQLRequest("{ orders { note } }"), RequestContext(ASKING)
    )

    told = json.loads(response.body)["extensions"]["explain"]
    assert is_told == told.get("decidedByObjects", False)


async def test_what_the_caller_may_not_have_is_told_with_the_reason():
    config = load_config(ROOT / "schema" / "gateway.yaml")
    server = config.server.model_copy(update={"explain": True})
    gateway = make_gateway(
        config.model_copy(update={"server": server}),
        ROOT / "schema" / "supergraph.graphql",
    )
    async with gateway:
        response = await gateway.handle(
            GraphQLRequest("{ me { id } products(first: 1) { nodes { id } } }"),
            RequestContext(ASKING, address="203.0.113.9"),
        )
    told = json.loads(response.body)["extensions"]["explain"]

    assert [(["me"], "UNAUTHORIZED_FIELD_OR_TYPE")] == [
        (one["path"], one["code"]) for one in told["nulled"]
    ]
    assert ["products"] == [fetch["subgraph"] for fetch in told["plan"]["fetches"]]


@pytest.fixture
def explain(tmp_path, capsys):
    """Runs the command for settings that are given as sections."""

    def run(*arguments, **sections):
        settings = tmp_path / "gateway.yaml"
        settings.write_text(json.dumps({"supergraph": str(SHOP), **sections}))
        _cli(
            ["explain", "--config", str(settings), *map(str, arguments)],
            standalone_mode=False,
        )
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def books(tmp_path):
    path = tmp_path / "books.graphql"
    path.write_text("query Books { books { id } }")
    return path


@pytest.fixture
def published(tmp_path):
    """A published document: the settings for it alone, and its id."""
    text = "query Published { books { id title } }"
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "one.graphql").write_text(text)
    operations = {"files": ["published"], "level": "safelist"}
    return {"operations": operations}, hashlib.sha256(text.encode()).hexdigest()


def refusal(code, message):
    refused = [{"message": message, "code": code}]
    return {"plan": None, "nulled": [], "refused": refused}


def test_an_expired_token_is_explained(explain, books, tmp_path):
    key = Ed25519PrivateKey.generate()
    public = json.loads(OKPAlgorithm.to_jwk(key.public_key()))
    keys = {"keys": [{**public, "kid": "1", "alg": "EdDSA"}]}
    (tmp_path / "keys.json").write_text(json.dumps(keys))
    issuer = {
        "issuers": ["users"],
        "audiences": ["shop"],
        "algorithms": ["EdDSA"],
        "jwks_file": "keys.json",
    }
    claims = {"iss": "users", "aud": "shop", "sub": "alice", "exp": 1}
    token = jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": "1"})

    assert refusal("UNAUTHENTICATED", "The token has expired.") == explain(
        *("--operation", books, "--header", f"Authorization: Bearer {token}"),
        authentication={"jwt": {"issuers": [issuer]}},
    )


def test_an_operation_that_is_not_in_the_safelist_is_explained(
    explain, books, published
):
    persisted, _ = published

    assert refusal(
        "QUERY_NOT_IN_SAFELIST", "The operation is not in the safelist."
    ) == explain("--operation", books, persisted=persisted)


def test_a_published_document_is_explained_by_its_id(explain, published):
    persisted, key = published

    told = explain("--id", key, persisted=persisted)

    assert ["books"] == [fetch["subgraph"] for fetch in told["plan"]["fetches"]]
    assert "{ books { id title } }" == told["plan"]["fetches"][0]["operation"]


def test_an_unknown_id_is_explained(explain, published):
    persisted, _ = published

    assert refusal(
        "PERSISTED_QUERY_NOT_IN_LIST", "There is no persisted operation of that id."
    ) == explain("--id", "f" * 64, persisted=persisted)


def test_a_cost_that_is_too_high_is_explained(explain, books):
    told = explain(
        "--operation", books, demand_control={"mode": "enforce", "max_cost": 1}
    )

    assert ["COST_ESTIMATED_TOO_EXPENSIVE"] == [one["code"] for one in told["refused"]]
    assert 10 == told["cost"]["estimated"]


def test_a_limit_that_an_operation_never_fits_is_explained(explain, books):
    told = explain(
        "--operation", books, rate_limits={"budget": {"points": 5, "window": "1h"}}
    )

    assert ["RATE_LIMITED"] == [one["code"] for one in told["refused"]]
    assert [True] == [one["exceeded"] for one in told["limits"]]


def test_a_document_that_is_wrong_is_explained_with_its_places(explain, books):
    books.write_text("{ books { id }\n  nonsense }")

    told = explain("--operation", books)

    assert [("GRAPHQL_VALIDATION_FAILED", [{"line": 2, "column": 3}])] == [
        (one["code"], one["locations"]) for one in told["refused"]
    ]


def test_a_document_must_be_given(tmp_path, capfd, monkeypatch):
    settings = tmp_path / "gateway.yaml"
    settings.write_text(json.dumps({"supergraph": str(SHOP)}))
    monkeypatch.setattr(
        sys, "argv", ["gateway-graphql", "explain", "--config", str(settings)]
    )
    with pytest.raises(SystemExit) as ended:
        main()

    assert 2 == ended.value.code
    assert "--operation FILE or --id ID" in capfd.readouterr().err


def test_the_command_explains_from_the_settings(tmp_path, capsys):
    operation = tmp_path / "me.graphql"
    operation.write_text("query Me($n: Int) { products(first: $n) { nodes { id } } }")
    _cli(
        [
            *("explain", "--config", str(ROOT / "schema" / "gateway.yaml")),
            *("--operation", str(operation), "--variables", '{"n": 2}'),
            *("--header", "X-A: 1"),
        ],
        standalone_mode=False,
    )
    told = json.loads(capsys.readouterr().out)

    assert ["products"] == [fetch["subgraph"] for fetch in told["plan"]["fetches"]]
