"""The limits hold on every way in, and as often as it is tried."""

import hashlib
from pathlib import Path

import httpx
import pytest

from gateway_graphql.gateway import Gateway
from gateway_graphql.language.limits import OperationLimits
from gateway_graphql.policy.persisted import AutomaticPersistedQueries, MemoryDocuments
from gateway_graphql.server import Border, create_app
from gateway_graphql.transport.mock import MockTransport

SDL = (Path(__file__).parents[2] / "data" / "shop.graphql").read_text()
TOO_MANY = "{ books { " + " ".join(f"a{n}: id" for n in range(31)) + " } }"
HASH = hashlib.sha256(TOO_MANY.encode()).hexdigest()
REFUSAL = {
    "message": "The operation is too large: the limit of aliases is 30, and it has 31.",
    "extensions": {"code": "MAX_ALIASES_LIMIT", "limit": 30, "actual": 31},
}


@pytest.fixture
def client():
    """A client of a gateway that knows `TOO_MANY` by its hash."""
    documents = MemoryDocuments()
    documents.put(HASH, TOO_MANY)

    def make(**options):
        gateway = Gateway.from_supergraph(
            SDL,
            transports={"books": MockTransport(lambda _: {"data": {"books": []}})},
            middleware=[AutomaticPersistedQueries(documents)],
            **options,
        )
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(
                create_app(gateway, border=Border(max_batch=9))
            ),
            base_url="http://gateway",
            headers={"accept": "application/graphql-response+json"},
        )

    return make


async def test_every_way_in_is_refused_every_time(client):
    it = client()
    answers = [
        answer
        for _ in range(2)
        for answer in (
            await it.post("/graphql", json={"query": TOO_MANY}),
            await it.get("/graphql", params={"query": TOO_MANY}),
            await it.get("/graphql", params={"documentId": HASH}),
            await it.post("/graphql", json={"documentId": HASH}),
        )
    ]

    assert [(400, {"errors": [REFUSAL]})] * 8 == [
        (answer.status_code, answer.json()) for answer in answers
    ]


async def test_each_of_several_in_one_body_is_refused(client):
    body = [{"query": TOO_MANY}, {"query": "{ books { id } }"}]

    answer = await client().post("/graphql", json=body)

    assert [{"errors": [REFUSAL]}, {"data": {"books": []}}] == answer.json()


async def test_variables_are_limited_before_the_document_is_looked_at(client):
    variables = {f"v{n}": n for n in range(101)}

    answer = await client().post(
        "/graphql", json={"query": "nonsense", "variables": variables}
    )

    codes = [error["extensions"]["code"] for error in answer.json()["errors"]]
    assert (400, ["MAX_VARIABLES_LIMIT"]) == (answer.status_code, codes)


@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("2000001", 413),
        ("9" * 18, 413),
        ("9" * 5000, 413),
        ("1" + "0" * 100_000, 413),
        # Whatever else is announced, what comes is counted.
        ("0" * 5000 + "5", 200),
        ("-5", 200),
        ("\xb2", 200),
        ("", 200),
    ],
)
async def test_a_length_is_read_however_many_digits_it_has(client, length, status):
    response = await client().post(
        "/graphql",
        content=b'{"query": "{ books { id } }"}',
        headers={
            "content-type": b"application/json",
            "content-length": length.encode("latin-1"),
        },
    )

    assert status == response.status_code


async def test_a_gateway_has_the_limits_that_it_is_given(client):
    it = client(operation_limits=OperationLimits(max_aliases=31))

    answer = await it.post("/graphql", json={"query": TOO_MANY})

    assert {"data": {"books": []}} == answer.json()
