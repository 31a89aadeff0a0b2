"""Limits on a whole gateway: ways around them, and two processes with one budget."""

import asyncio
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from gateway_graphql.config.rate_limits import RateLimitsConfig
from gateway_graphql.policy.demand_control import DemandControlSettings
from gateway_graphql.server import graphql_router
from tests import provisions

sys.path.insert(0, str(Path(__file__).parent))
from limited_gateway import make_gateway

LOGIN = 'mutation { login(username: "alice") }'
GREET = '{ greet(name: "alice") }'


@asynccontextmanager
async def asking(**policies):
    """A client of a gateway that lets each address ask ten times an hour."""
    config = RateLimitsConfig.model_validate(
        {"client": {"limit": 10, "window": "1h", "by": ["ip"]}}
    )
    gateway = make_gateway(config, **policies)
    app = FastAPI(lifespan=gateway.lifespan)
    app.include_router(graphql_router(gateway, graphiql=False), prefix="/graphql")
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://gateway") as client,
    ):
        yield client


@pytest.fixture
async def client():
    async with asking() as client:
        yield client


@pytest.fixture
async def costly_client():
    """A client of such a gateway where a mutation costs too much."""
    costs = DemandControlSettings(mode="enforce", max_cost=5)
    async with asking(demand_control=costs) as client:
        yield client


async def post(client, query, **members):
    return await client.post(
        "/graphql",
        json={"query": query, **members},
        headers={"accept": "application/graphql-response+json"},
    )


async def test_an_answer_and_a_refusal_carry_the_headers(client):
    answers = [await post(client, "{ hello }") for _ in range(11)]

    first, last = answers[0], answers[-1]
    assert (200, {"data": {"hello": "world"}}) == (first.status_code, first.json())
    assert '"client";q=10;w=3600' == first.headers["ratelimit-policy"]
    assert first.headers["ratelimit"].startswith('"client";r=9;t=')
    assert 429 == last.status_code
    assert 350 < int(last.headers["retry-after"]) <= 360
    assert last.headers["ratelimit"].startswith('"client";r=0;t=')
    error = last.json()["errors"][0]
    assert "RATE_LIMITED" == error["extensions"]["code"]
    assert {"limit", "remaining", "retryAfterMs", "resetAfterMs"} == set(
        error["extensions"]["rateLimit"]
    )


async def test_a_refusal_of_another_kind_carries_both_kinds_of_headers(client):
    answer = await client.get("/graphql", params={"query": LOGIN})

    assert (405, "POST") == (answer.status_code, answer.headers["allow"])
    assert answer.headers["ratelimit"].startswith('"client";r=9;t=')


async def test_an_operation_refused_for_its_cost_is_charged(costly_client):
    texts = ["{ hello }", LOGIN, "{ hello }"]
    answers = [await post(costly_client, text) for text in texts]

    assert [200, 400, 200] == [answer.status_code for answer in answers]
    assert ["9", "8", "7"] == [
        answer.headers["ratelimit"].split(";")[1].removeprefix("r=")
        for answer in answers
    ]
    assert '"client";q=10;w=3600' == answers[1].headers["ratelimit-policy"]
    assert (
        "COST_ESTIMATED_TOO_EXPENSIVE"
        == (answers[1].json()["errors"][0]["extensions"]["code"])
    )
    assert {"x-cost-estimated", "x-cost-max"} <= set(answers[1].headers)


async def test_a_plain_json_client_is_told_by_the_status_too(client):
    for _ in range(10):
        await post(client, "{ hello }")
    answer = await client.post("/graphql", json={"query": "{ hello }"})

    assert 429 == answer.status_code


async def test_the_sixth_login_is_null_and_the_seventh_name_is_not(client):
    for _ in range(5):
        answer = (await post(client, LOGIN)).json()
        assert {"data": {"login": "token of alice"}} == answer

    sixth = await post(
        client, 'mutation { login(username: "ALICE") b: login(username: "bob") }'
    )

    assert 200 == sixth.status_code
    assert {"login": None, "b": "token of bob"} == sixth.json()["data"]
    assert [["login"]] == [error["path"] for error in sixth.json()["errors"]]


async def test_aliases_fragments_and_variables_are_no_way_around(client):
    text = """
      query($n: String!) {
        a: greet(name: "alice")
        ...F
        ... on Query { c: greet(name: $n) }
        d: greet(name: "Alice ")
        e: greet(name: $n)
      }
      fragment F on Query { b: greet(name: "alice") }
    """
    answer = (await post(client, text, variables={"n": "alice"})).json()

    assert {
        "a": "hello alice",
        "b": "hello alice",
        "c": "hello alice",
        "d": None,
        "e": None,
    } == answer["data"]


async def test_getting_and_posting_count_together(client):
    await post(client, GREET)
    answers = [
        (await client.get("/graphql", params={"query": query})).json()
        for query in (GREET, GREET, '{ x: greet(name: "alice") }', GREET)
    ]

    assert [None, None, "RATE_LIMITED", "RATE_LIMITED"] == [
        a["errors"][0]["extensions"]["code"] if "errors" in a else None for a in answers
    ]


async def test_a_document_that_is_known_is_counted_as_one_that_is_new(client):
    answers = [(await post(client, GREET)).json() for _ in range(5)]

    # Where nothing is left of an operation, there is no data.
    assert [{"greet": "hello alice"}] * 3 + [None] * 2 == [a["data"] for a in answers]


@pytest.fixture
def ports(start, free_ports):
    """Ports of a Redis, which runs, and for two gateways."""
    provisions.program("redis-server")
    redis, *gateways = free_ports(3)
    start("redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", "")
    return redis, gateways


async def test_fifty_clients_of_two_processes_share_one_budget(start, ports):
    redis, gateways = ports
    script = str(Path(__file__).with_name("limited_gateway.py"))
    for port in gateways:
        process = start("python", script, str(port), f"redis://127.0.0.1:{redis}/0")
        url = f"http://127.0.0.1:{port}/openapi.json"
        await asyncio.to_thread(process.wait_for, url)

    async def ask_four_times(http, number):
        url = f"http://127.0.0.1:{gateways[number % 2]}/graphql"
        return [
            (await http.post(url, json={"query": GREET}, headers={"x-client": "one"}))
            for _ in range(4)
        ]

    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        answers = await asyncio.gather(*(ask_four_times(http, n) for n in range(50)))

    flat = [answer for several in answers for answer in several]
    assert 200 == len(flat)
    assert {200: 100, 429: 100} == {
        status: sum(answer.status_code == status for answer in flat)
        for status in {answer.status_code for answer in flat}
    }
    assert 3 == sum("hello alice" in answer.text for answer in flat)
