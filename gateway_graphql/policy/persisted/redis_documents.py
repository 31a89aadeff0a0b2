"""Documents by their hash, kept in Redis for all processes of a gateway.

A Redis that fails costs a miss, never a failed request: what this process has seen is
kept here as well, and a Redis that did not answer in time is left alone for a while.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway_graphql.policy.persisted.documents import MemoryDocuments
from gateway_graphql.policy.persisted.ids import document_hash

_logger = logging.getLogger(__name__)

_KEY_PREFIX = "apq:"
_PAUSE_S = 1.0
_MAX_PENDING = 100


class RedisDocuments:
    """Keeps documents in Redis, and those used last in this process as well.

    Args:
        url: Where Redis is.
        memory: What this process keeps.
        ttl_s: How long Redis keeps a document that nobody registers again.
        timeout_s: How long Redis may take.
    """

    def __init__(
        self,
        url: str,
        memory: MemoryDocuments,
        *,
        ttl_s: int = 24 * 3600,
        timeout_s: float = 0.05,
    ) -> None:
        self._redis = Redis.from_url(
            url,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            # Waiting for a second try would be longer than a request can wait.
            retry=Retry(NoBackoff(), 0),
        )
        self._memory = memory
        self._ttl_s = ttl_s
        self._timeout_s = timeout_s
        # Whether Redis answered last, and until when it is not asked. Changed by
        # `_asked` alone.
        self._is_up = True
        self._asleep_until = 0.0
        self._pending: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        return f"<RedisDocuments {'up' if self._is_up else 'down'}, {self._memory!r}>"

    async def get(self, key: str) -> str | None:
        """The document of that hash, `None` if it is not known or Redis is down."""
        text = self._memory.look_up(key)
        if text is not None:
            return text
        found = await self._asked(lambda: self._redis.get(_KEY_PREFIX + key))
        match found:
            case bytes():
                text = found.decode(errors="replace")
            case str():
                text = found
            case _:
                return None
        # Others may write to this Redis: what it says must be what was asked for.
        if document_hash(text) != key:
            return None
        self._memory.put(key, text)
        return text

    def put(self, key: str, text: str) -> None:
        """Keep a document here at once, in Redis soon."""
        self._memory.put(key, text)
        if len(self._pending) >= _MAX_PENDING:
            return
        task = asyncio.get_running_loop().create_task(self._set(key, text))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def aclose(self) -> None:
        """Finish what is being written, and close the connections."""
        await asyncio.gather(*self._pending, return_exceptions=True)
        await self._redis.aclose()

    async def _set(self, key: str, text: str) -> None:
        await self._asked(
            lambda: self._redis.set(_KEY_PREFIX + key, text, ex=self._ttl_s)
        )

    async def _asked(self, command: Callable[[], Awaitable[object]]) -> object:
        """What Redis answers, `None` if it does not."""
        if time.monotonic() < self._asleep_until:
            return None
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await command()
        except (OSError, TimeoutError, RedisError) as error:
            self._asleep_until = time.monotonic() + _PAUSE_S
            if self._is_up:
                self._is_up = False
                _logger.warning(
                    "Persisted queries: Redis does not answer (%s); "
                    "each process keeps its own",
                    type(error).__name__,
                )
            return None
        if not self._is_up:
            self._is_up = True
            _logger.warning("Persisted queries: Redis answers again")
        return answer
