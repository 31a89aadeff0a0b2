"""One way to a Redis: within a time, without a second try, and one kind of failure."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException, RedisError

from gateway_graphql.policy.store.outage import StoreDown

FAILURES: Final = (
    RedisError,
    RedisClusterException,
    OSError,
    asyncio.IncompleteReadError,
)
"""What a Redis that does not answer, or not in time, raises.

That a cluster has no node to ask is no `RedisError`.
"""

DEFAULT_TIMEOUT_S: Final = 0.05


def connect(
    url: str, *, timeout_s: float, is_cluster: bool = False
) -> Redis | RedisCluster:
    """A client of Redis or Redis Cluster; it connects when it is asked."""
    # Waiting for a second try would be longer than a request can wait.
    retry = Retry(NoBackoff(), 0)
    kind = RedisCluster if is_cluster else Redis
    redis: Redis | RedisCluster = kind.from_url(
        url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=retry
    )
    return redis


async def answered(
    command: Callable[[], Awaitable[object]], timeout_s: float
) -> object:
    """What Redis answers to a command.

    Raises:
        StoreDown: It does not, or not in time.
    """
    try:
        async with asyncio.timeout(timeout_s):
            return await command()
    except FAILURES as error:
        raise StoreDown(reason_of(error)) from error


def reason_of(error: BaseException) -> str:
    """Why Redis did not answer, for operators."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
