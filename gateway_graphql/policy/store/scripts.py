"""Run scripts in Redis: what is asked while Redis is busy with us goes together.

The first call is sent at once. Those that come before its reply wait for it, and then
are sent as one pipeline. So an idle gateway has the shortest way, a busy one spends a
fraction of the work on each call, and one connection is enough.

The time limit is Redis's, not the gateway's: it runs while a batch is at the server, so
a crowd of requests is not taken for an outage. When a batch fails, all that wait for it
fail with it, so nobody waits for a second time limit.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import NoScriptError, ResponseError

from gateway_graphql.policy.store.connection import FAILURES, reason_of
from gateway_graphql.policy.store.outage import StoreDown

_MAX_BATCH: Final = 64


class Script:
    """A script and the name that Redis gives it."""

    def __init__(self, text: str) -> None:
        self.text = text
        # Redis names scripts by SHA-1; nothing is protected by it.
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class _Call(NamedTuple):
    script: Script
    keys: Sequence[str]
    arguments: Sequence[str | int]
    reply: asyncio.Future[list[int]]


class ScriptRunner:
    """Sends the calls of all requests, batch after batch."""

    def __init__(self, redis: Redis | RedisCluster, timeout_s: float) -> None:
        self._redis = redis
        self._timeout_s = timeout_s
        # Calls to send: filled by `run`, emptied by the one task that sends.
        self._waiting: list[_Call] = []
        self._sending: asyncio.Task[None] | None = None

    async def run(
        self, script: Script, keys: Sequence[str], arguments: Sequence[str | int]
    ) -> list[int]:
        """Run a script.

        Raises:
            StoreDown: Redis did not answer, or not in time, or refused.
        """
        loop = asyncio.get_running_loop()
        call = _Call(script, keys, arguments, loop.create_future())
        self._waiting.append(call)
        if self._sending is None or self._sending.done():
            self._sending = loop.create_task(self._send_all())
        return await call.reply

    async def aclose(self) -> None:
        """Stop sending; what waits fails."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)

    async def _send_all(self) -> None:
        while self._waiting:
            batch = self._waiting[:_MAX_BATCH]
            del self._waiting[:_MAX_BATCH]
            try:
                async with asyncio.timeout(self._timeout_s):
                    replies = await self._send(batch)
            except FAILURES as error:
                self._fail_all(batch, error)
            except asyncio.CancelledError as error:
                self._fail_all(batch, error)
                raise
            else:
                for call, reply in zip(batch, replies, strict=True):
                    _settle(call, reply)

    async def _send(self, batch: list[_Call]) -> Sequence[object]:
        replies = await self._evaluate(batch)
        unknown = [
            index
            for index, reply in enumerate(replies)
            if isinstance(reply, NoScriptError)
        ]
        if unknown:  # a restart or a failover forgets scripts
            for script in {batch[index].script for index in unknown}:
                await self._redis.script_load(script.text)
            again = await self._evaluate([batch[index] for index in unknown])
            for index, reply in zip(unknown, again, strict=True):
                replies[index] = reply
        return replies

    async def _evaluate(self, batch: list[_Call]) -> list[object]:
        """One reply per call, an exception for one that failed by itself."""
        if len(batch) == 1 or isinstance(self._redis, RedisCluster):
            # A cluster's pipelines take no scripts.
            return await asyncio.gather(
                *(_evaluate(self._redis, call) for call in batch)
            )
        pipeline = self._redis.pipeline(transaction=False)
        for call in batch:
            pipeline.evalsha(
                call.script.sha, len(call.keys), *call.keys, *call.arguments
            )
        return list(await pipeline.execute(raise_on_error=False))

    def _fail_all(self, batch: list[_Call], error: BaseException) -> None:
        failed = [*batch, *self._waiting]
        self._waiting.clear()
        for call in failed:
            _settle(call, error)


async def _evaluate(redis: Redis | RedisCluster, call: _Call) -> object:
    """The reply, or the error that Redis replied; lost connections are raised."""
    try:
        return await redis.evalsha(
            call.script.sha, len(call.keys), *call.keys, *call.arguments
        )
    except ResponseError as error:
        return error


def _settle(call: _Call, reply: object) -> None:
    if call.reply.done():  # its request was cancelled
        return
    match reply:
        case list():
            call.reply.set_result(reply)
        case BaseException():
            call.reply.set_exception(StoreDown(reason_of(reply)))
        case _:
            refusal = StoreDown(f"it replied {type(reply).__name__}")
            call.reply.set_exception(refusal)
