"""Work that several wait for, done once while it is under way.

A flight begins when the first one asks for it; who asks for the same before it has ended
joins it. Each may leave, and the others still get what they wait for; when the last one
has left, it is called off. What came of a flight is kept by nobody: whoever asks after
its end has it done again. So this is no cache, and nothing in it can be stale.

Everything hangs on the key: it must hold all that could make two results differ.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from hashlib import blake2b
from typing import Any, Generic, TypeVar

import msgspec

_Result = TypeVar("_Result")

# Not JSON, in which NaN is null, and the keys 1 and "1" are one.
_encoder = msgspec.msgpack.Encoder()


def digest(*facts: object) -> bytes | None:
    """A short key that facts have in common only if they are the same.

    Args:
        facts: Plain data: what JSON has, and lists or sets of it.

    Returns:
        32 bytes. `None` where a fact is not plain data, and so can be compared by nobody.
    """
    try:
        encoded = _encoder.encode(facts)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None
    return blake2b(encoded, digest_size=32).digest()


class Flights(Generic[_Result]):
    """Those under way, by key.

    Args:
        is_for_all: Whether a result may be had by others than who asked first. Where it
            may not, each of them has the work done for itself.
    """

    def __init__(self, is_for_all: Callable[[_Result], bool]) -> None:
        self._is_for_all = is_for_all
        # Those that can be joined: as many as are under way, at most. An event loop
        # shares nothing with another one.
        self._open: dict[
            tuple[asyncio.AbstractEventLoop, Hashable], _Flight[_Result]
        ] = {}

    def __repr__(self) -> str:
        return f"<Flights {len(self._open)} open>"

    async def join(
        self, key: Hashable, work: Callable[[], Coroutine[Any, Any, _Result]]
    ) -> _Result:
        """Have work done, or wait for the same that is being done.

        Args:
            key: All that the result follows from.
            work: Does it; is cancelled when nobody waits any more.
        """
        place = (asyncio.get_running_loop(), key)
        flight = self._open.get(place)
        if flight is not None and flight.is_open:
            result = await flight.landed()
            return result if self._is_for_all(result) else await work()
        flight = self._open[place] = _Flight(work())

        def forget(_task: object) -> None:
            if self._open.get(place) is flight:
                del self._open[place]

        flight.task.add_done_callback(forget)
        return await flight.landed()

    def close(self) -> None:
        """Let nobody join those under way; who waits for them still gets them."""
        self._open.clear()


class _Flight(Generic[_Result]):
    """One piece of work, and who waits for it."""

    def __init__(self, work: Coroutine[Any, Any, _Result]) -> None:
        # One for each who waits; changed where they come and leave.
        self._waiting: set[asyncio.Future[None]] = set()
        self.task = asyncio.ensure_future(work)
        self.task.add_done_callback(self._land)

    @property
    def is_open(self) -> bool:
        """Whether there is something to wait for: not ended, and not called off."""
        return not (self.task.done() or self.task.cancelling())

    async def landed(self) -> _Result:
        """Wait for the result; what the work has raised is raised to everybody."""
        waiter = self.task.get_loop().create_future()
        self._waiting.add(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            self._waiting.discard(waiter)
            if not (self._waiting or self.task.done()):
                await self._call_off()
            raise
        return self.task.result()

    def _land(self, _task: object) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def _call_off(self) -> None:
        """End the work, and see it end: what it uses may be closed after that."""
        self.task.cancel()
        await asyncio.wait({self.task})
        if not self.task.cancelled():
            self.task.exception()  # nobody is left to be told
