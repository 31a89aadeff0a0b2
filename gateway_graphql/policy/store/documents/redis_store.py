"""Documents by their hash, kept in Redis for all processes of a gateway.

A Redis that fails costs a miss, never a failed request: what this process has seen is
kept here as well, and nobody waits for a Redis that is down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from gateway_graphql.policy.store import keys
from gateway_graphql.policy.store.connection import (
    DEFAULT_TIMEOUT_S,
    answered,
    connect,
)
from gateway_graphql.policy.store.documents.document import document_hash
from gateway_graphql.policy.store.documents.memory import MemoryDocuments
from gateway_graphql.policy.store.outage import Outage, StoreDown

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
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> None:
        self._redis = connect(url, timeout_s=timeout_s)
        self._memory = memory
        self._ttl_s = ttl_s
        self._timeout_s = timeout_s
        self._outage = Outage(
            "Persisted queries", "each process keeps its own", self._read_something
        )
        # Writes under way; kept so that they are not collected.
        self._pending: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        return f"<RedisDocuments {self._outage}, {self._memory!r}>"

    async def get(self, key: str) -> str | None:
        """The document of that hash, `None` if it is not known or Redis is down."""
        text = self._memory.look_up(key)
        if text is not None:
            return text
        found = await self._asked(lambda: self._redis.get(keys.DOCUMENTS + key))
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
        await self._outage.aclose()
        await self._redis.aclose()

    async def _set(self, key: str, text: str) -> None:
        await self._asked(
            lambda: self._redis.set(keys.DOCUMENTS + key, text, ex=self._ttl_s)
        )

    async def _asked(self, command: Callable[[], Awaitable[object]]) -> object:
        """What Redis answers, `None` if it does not."""
        try:
            return await self._outage.ask(lambda: answered(command, self._timeout_s))
        except StoreDown:
            return None

    async def _read_something(self) -> None:
        """A server that cannot be written still has what was."""
        await answered(lambda: self._redis.get(keys.DOCUMENTS), self._timeout_s)
