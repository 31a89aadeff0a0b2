"""Documents by their hash in a real Redis: shared, kept, and through outages."""

import asyncio
import hashlib
import logging
import signal

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway_graphql.policy.persisted import MemoryDocuments
from gateway_graphql.policy.store.documents.redis_store import RedisDocuments
from tests import provisions

TEXT = "{ me { id } }"
HASH = hashlib.sha256(TEXT.encode()).hexdigest()
PATIENT_S = 5.0


@pytest.fixture
def server(start, free_ports):
    provisions.program("redis-server")
    (port,) = free_ports(1)
    running = start(
        *("redis-server", "--port", str(port), "--bind", "127.0.0.1"),
        *("--save", "", "--appendonly", "no", "--dir", "/tmp"),
        name="redis",
    )
    running.url = f"redis://127.0.0.1:{port}/0"
    return running


@pytest.fixture
async def make(server):
    made = []

    async def make(timeout_s=PATIENT_S):
        redis = Redis.from_url(server.url)
        for _ in range(100):
            try:
                await redis.ping()
                break
            except RedisError:
                await asyncio.sleep(0.05)
        await redis.aclose()
        made.append(RedisDocuments(server.url, MemoryDocuments(), timeout_s=timeout_s))
        return made[-1]

    yield make
    for documents in made:
        await documents.aclose()


async def eventually(documents, key):
    for _ in range(100):
        if (text := await documents.get(key)) is not None:
            return text
        await asyncio.sleep(0.05)
    return None


async def test_what_one_process_registers_another_knows(make):
    one, other = await make(), await make()
    one.put(HASH, TEXT)

    assert TEXT == await eventually(other, HASH)


async def test_what_is_being_written_is_written_before_the_store_closes(make):
    one, other = await make(), await make()
    one.put(HASH, TEXT)
    await one.aclose()

    assert TEXT == await other.get(HASH)


async def test_another_document_under_a_hash_is_not_believed(make, server):
    documents = await make()
    redis = Redis.from_url(server.url)
    await redis.set(f"apq:{HASH}", "{ secrets }")
    await redis.aclose()

    assert await documents.get(HASH) is None


async def test_documents_do_not_stay_for_ever(make, server):
    documents = await make()
    documents.put(HASH, TEXT)
    await eventually(await make(), HASH)
    redis = Redis.from_url(server.url)
    seconds = await redis.ttl(f"apq:{HASH}")
    await redis.aclose()

    assert 0 < seconds <= 24 * 3600


async def test_a_redis_that_hangs_costs_one_timeout_and_never_a_request(
    make, server, caplog
):
    documents = await make(timeout_s=0.05)
    server.process.send_signal(signal.SIGSTOP)

    with caplog.at_level(logging.WARNING):
        missed = [await documents.get(f"{index:064}") for index in range(200)]
        documents.put(HASH, TEXT)
        known = await documents.get(HASH)
    server.process.send_signal(signal.SIGCONT)

    assert ([None] * 200, TEXT) == (missed, known)
    assert [
        (
            "Persisted queries: Redis does not answer (TimeoutError); "
            "each process keeps its own"
        )
    ] == caplog.messages


async def test_a_redis_that_is_gone_and_comes_back_is_asked_again(make, server, caplog):
    documents = await make(timeout_s=0.5)
    server.process.send_signal(signal.SIGSTOP)
    assert await documents.get(HASH) is None
    server.process.send_signal(signal.SIGCONT)
    other = await make()
    other.put(HASH, TEXT)

    with caplog.at_level(logging.WARNING):
        assert TEXT == await eventually(documents, HASH)
    assert "Persisted queries: Redis answers again" == caplog.messages[-1]
