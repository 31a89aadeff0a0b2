"""A refused request is charged to its client's limit, whichever way it came in."""

import hashlib
import json

import httpx
import pytest

from gateway_graphql import Gateway, Subgraph
from gateway_graphql.policy.gate import Policies
from gateway_graphql.policy.persisted import (
    AutomaticPersistedQueries,
    MemoryDocuments,
    PersistedOperations,
    SafelistLevel,
)
from gateway_graphql.policy.rate_limit import (
    Limit,
    Rate,
    RateLimits,
    parse_identifier,
)
from gateway_graphql.rest import RestSettings
from gateway_graphql.server import create_app
from gateway_graphql.transport.mock import MockTransport

WRONG = "{ nonsense }"
HASH = hashlib.sha256(WRONG.encode()).hexdigest()
HASHED = {"persistedQuery": {"version": 1, "sha256Hash": HASH}}
ENDPOINTS = """
query A($n: Int) @rest(path: "/a") { a(n: $n) }
mutation Put($n: Int! @body) @rest(method: PUT, path: "/b") { put(n: $n) }
"""


@pytest.fixture
def client(tmp_path):
    """A client that may ask for two things an hour."""

    def make(middleware):
        (tmp_path / "endpoints.graphql").write_text(ENDPOINTS)
        hour = Rate.per_window(2, 3_600_000_000)
        client_limit = Limit(hour, (parse_identifier("header:x-client"),))
        gateway = Gateway.compose(
            Subgraph(
                "a",
                sdl="type Query { a(n: Int): Int } type Mutation { put(n: Int!): Int }",
                url="http://a",
            ),
            transports={"a": MockTransport(lambda _: {"data": {"a": 1}})},
            gate=Policies(rate_limits=RateLimits(client=client_limit)),
            middleware=[middleware],
        )
        app = create_app(gateway, rest=RestSettings((tmp_path,)))
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://gateway",
            headers={
                "accept": "application/graphql-response+json, application/json;q=0.5",
                "x-client": "one",
            },
        )

    return make


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("POST", "/graphql", {"json": {"query": WRONG}}),
        ("GET", "/graphql", {"params": {"query": WRONG}}),
        ("POST", "/graphql", {"json": {"query": WRONG, "extensions": HASHED}}),
        ("POST", "/graphql", {"json": {"extensions": HASHED}}),
        ("GET", "/graphql", {"params": {"extensions": json.dumps(HASHED)}}),
        ("GET", "/graphql", {"params": {"documentId": HASH}}),
        ("GET", "/a", {"params": {"n": "one"}}),
        ("GET", "/a", {"params": {"nonsense": "1"}}),
        ("PUT", "/b", {"json": {"n": "one"}}),
        ("PUT", "/b", {"json": {"nonsense": 1}}),
    ],
)
async def test_every_way_in_is_charged(client, method, path, sent):
    documents = MemoryDocuments()
    documents.put(HASH, WRONG)
    it = client(AutomaticPersistedQueries(documents))

    answers = [await it.request(method, path, **sent) for _ in range(3)]

    assert [429] == [answer.status_code for answer in answers][2:]
    assert all(answer.status_code in (400, 422) for answer in answers[:2])
    assert ["r=1", "r=0", "r=0"] == [
        answer.headers["ratelimit"].split(";")[1] for answer in answers
    ]


@pytest.mark.parametrize(
    ("level", "status"), [(SafelistLevel.SAFELIST, 403), (SafelistLevel.IDS_ONLY, 400)]
)
async def test_what_is_not_published_is_charged(client, tmp_path, level, status):
    published = tmp_path / "published.json"
    published.write_text('{"known": "{ a }"}')
    it = client(PersistedOperations([published], level=level))

    answers = [
        (await it.post("/graphql", json={"query": "{ a a }"})).status_code
        for _ in range(3)
    ]

    assert [status, status, 429] == answers
