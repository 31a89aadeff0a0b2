"""Apollo's protocol, one exchange per test."""

import hashlib

import pytest

from gateway_graphql.errors import (
    ClientError,
    MalformedRequest,
    PersistedQueryHashMismatch,
    PersistedQueryNotFound,
    PersistedQueryNotSupported,
)
from gateway_graphql.exchange import GatewayResponse, GraphQLRequest, RequestContext
from gateway_graphql.policy.persisted import (
    AutomaticPersistedQueries,
    MemoryDocuments,
    refuse_ids,
)

TEXT = "{ me { id } }"
HASH = hashlib.sha256(TEXT.encode()).hexdigest()


async def echo(request, _context):
    return GatewayResponse(request.query.encode(), has_errors=False)


def extension(given=HASH, version=1):
    return {"persistedQuery": {"version": version, "sha256Hash": given}}


def asker(middleware):
    async def ask(query="", extensions=None, document_id=None):
        request = GraphQLRequest(
            query, extensions=extensions or {}, document_id=document_id
        )
        return (await middleware(request, RequestContext(), echo)).body.decode()

    return ask


@pytest.fixture
def ask():
    return asker(AutomaticPersistedQueries(MemoryDocuments()))


async def test_a_hash_is_asked_for_registered_and_then_enough(ask):
    with pytest.raises(PersistedQueryNotFound):
        await ask(extensions=extension())

    assert TEXT == await ask(TEXT, extension())
    assert TEXT == await ask(extensions=extension())
    assert TEXT == await ask(document_id=HASH)
    assert TEXT == await ask(document_id=f"sha256:{HASH}")
    assert TEXT == await ask(extensions=extension(HASH.upper()))


async def test_a_request_without_a_hash_goes_through(ask):
    assert TEXT == await ask(TEXT)
    assert TEXT == await ask(TEXT, {"other": 1})


async def test_a_wrong_hash_registers_nothing(ask):
    other = hashlib.sha256(b"other").hexdigest()

    with pytest.raises(PersistedQueryHashMismatch):
        await ask(TEXT, extension(other))
    with pytest.raises(PersistedQueryNotFound):
        await ask(extensions=extension(other))


@pytest.mark.parametrize(
    "extensions",
    [
        {"persistedQuery": 1},
        {"persistedQuery": {}},
        {"persistedQuery": {"version": 2, "sha256Hash": HASH}},
        {"persistedQuery": {"version": 1, "sha256Hash": None}},
        extension(""),
        extension("x" * 64),
        extension("0" * 100_000),
        extension("../../" + HASH),
    ],
)
async def test_what_is_no_hash_is_refused(ask, extensions):
    with pytest.raises(MalformedRequest):
        await ask(extensions=extensions)


async def test_two_different_ids_are_refused(ask):
    with pytest.raises(MalformedRequest):
        await ask(extensions=extension(), document_id="0" * 64)


async def test_memory_is_bounded_by_number_and_bytes():
    documents = MemoryDocuments(max_entries=2, max_bytes=10)
    for key, text in (("a", "12"), ("b", "12"), ("a", "12"), ("c", "1234567")):
        documents.put(key, text)
        await documents.get("a")
    documents.put("d", "12345678901")

    assert ("12", None, "1234567", None) == tuple(
        [await documents.get(key) for key in "abcd"]
    )
    assert "<MemoryDocuments 2 documents, 9 bytes>" == repr(documents)


async def test_a_gateway_without_documents_says_so():
    ask = asker(refuse_ids)

    assert TEXT == await ask(TEXT)
    with pytest.raises(PersistedQueryNotSupported):
        await ask(extensions=extension())
    with pytest.raises(PersistedQueryNotSupported):
        await ask(TEXT, extension())


@pytest.mark.parametrize(
    ("error", "status", "code", "headers"),
    [
        (
            PersistedQueryNotFound(),
            200,
            "PERSISTED_QUERY_NOT_FOUND",
            {"cache-control": "private, no-cache, must-revalidate"},
        ),
        (PersistedQueryNotSupported(), 200, "PERSISTED_QUERY_NOT_SUPPORTED", {}),
        (PersistedQueryHashMismatch(), 400, "PERSISTED_QUERY_HASH_MISMATCH", {}),
    ],
)
def test_answers_are_the_protocols(error: ClientError, status, code, headers):
    assert (status, code, headers) == (error.status, error.code, error.headers)
