"""The way to a Redis: to one server or a cluster, and without a second try."""

import asyncio

import pytest

from gateway_graphql.policy.store.buckets.redis_store import RedisStore
from gateway_graphql.policy.store.connection import answered, connect
from gateway_graphql.policy.store.outage import StoreDown


@pytest.mark.parametrize(
    ("is_cluster", "client"), [(False, "Redis"), (True, "RedisCluster")]
)
async def test_a_cluster_has_a_client_of_its_own(is_cluster, client):
    store = RedisStore("redis://127.0.0.1:1/0", is_cluster=is_cluster)

    assert f"<RedisStore {client}>" == repr(store)
    await store.aclose()


@pytest.mark.parametrize("is_cluster", [False, True])
async def test_a_server_that_hangs_up_is_not_asked_again(is_cluster):
    calls = 0

    async def hang_up(_reader, writer):
        nonlocal calls
        calls += 1
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"redis://127.0.0.1:{port}/0"
        redis = connect(url, timeout_s=30, is_cluster=is_cluster)
        with pytest.raises(StoreDown) as failure:
            await answered(redis.ping, 30)
        await redis.aclose()

    assert 1 == calls
    assert "Connection closed by server" in failure.value.reason


async def test_a_failure_that_says_nothing_is_told_by_its_name():
    async def command():
        raise TimeoutError

    with pytest.raises(StoreDown, match=r"^TimeoutError$"):
        await answered(command, 30)
