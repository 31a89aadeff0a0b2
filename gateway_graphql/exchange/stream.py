"""What comes in parts: a stream of items, with an end.

Its reader pulls, so nothing runs ahead of who reads. Whoever stops reading closes it, and
that ends all that is behind it, down to the subgraph that gives the items.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Final, Generic, Protocol, Self, TypeVar, runtime_checkable

_logger = logging.getLogger(__name__)

_Item = TypeVar("_Item")
_Other = TypeVar("_Other")

_at_work: Final[set[asyncio.Task[None]]] = set()
"""Those that close a stream, because the event loop alone would not keep a task alive."""


@runtime_checkable
class _Closable(Protocol):
    async def aclose(self) -> object: ...


class Stream(Generic[_Item]):
    """Items that come one after the other until it ends.

    It ends by itself, because what gives the items fails (which is raised), because its
    reader is cancelled, or because anybody closes it; a reader that waits at that moment
    learns that there is nothing more. However it ends, what is behind it is closed once,
    and to the end, whoever is cancelled meanwhile.

    Args:
        items: What gives them; closed with the stream if it can be.
        close: Ends what is behind them; called after `items` are closed.
    """

    def __init__(
        self,
        items: AsyncIterator[_Item],
        close: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._items = items
        self._close = close
        # All of this changes in one event loop, between awaits: the task that closes what
        # is behind, once there is one, and what is given in place of further items.
        self._closing: asyncio.Task[None] | None = None
        self._last: list[_Item] = []
        # The task that waits for an item, and whether it is told not to any more.
        self._reader: asyncio.Task[object] | None = None
        self._is_interrupted = False
        self._is_left = asyncio.Event()

    def __repr__(self) -> str:
        return f"<Stream {'ended' if self.has_ended else 'open'}>"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes of what is behind."""
        return self._closing is not None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> _Item:
        """Wait for the next item.

        A reader that is cancelled while it waits leaves: the stream is closed.

        Raises:
            StopAsyncIteration: There is none any more.
            RuntimeError: Somebody else waits for it.
        """
        if self._reader is not None:
            raise RuntimeError("a stream has one reader at a time")
        if not self.has_ended:
            self._reader = asyncio.current_task()
            try:
                return await self._pulled()
            except StopAsyncIteration:
                pass
            finally:
                self._reader = None
                self._is_left.set()
        if self._last:
            return self._last.pop(0)
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Read no further, and end what is behind; returns when that is done."""
        await self.end_with()

    async def end_with(self, *last: _Item) -> None:
        """Close it, and give its reader these in place of what would have come."""
        if not (self.has_ended or self._is_interrupted):
            self._last.extend(last)
            if self._reader is not None:
                self._is_interrupted = True
                self._is_left.clear()
                self._reader.cancel()
        if self._is_interrupted:
            await self._is_left.wait()
        await self._end()

    def mapped(self, change: Callable[[_Item], Awaitable[_Other]]) -> Stream[_Other]:
        """A stream of what each item is changed to; closing it closes this one."""

        async def changed() -> AsyncGenerator[_Other, None]:
            async for item in self:
                yield await change(item)

        return Stream(changed(), self.aclose)

    async def _pulled(self) -> _Item:
        """The next item of what gives them.

        Raises:
            StopAsyncIteration: There is none, or the stream was closed meanwhile.
        """
        cancelled = 0 if self._reader is None else self._reader.cancelling()
        try:
            item = await anext(self._items)
            if not self._interrupted(cancelled):
                return item
        except StopAsyncIteration:
            self._interrupted(cancelled)
        except asyncio.CancelledError:
            if not self._interrupted(cancelled):
                await self._end()
                raise
        except BaseException:
            await self._end()
            raise
        await self._end()
        raise StopAsyncIteration

    def _interrupted(self, cancelled: int) -> bool:
        """Whether it was `end_with`, and nobody else, that cancelled the reader.

        Args:
            cancelled: How often the reader had been cancelled before.
        """
        if not self._is_interrupted or self._reader is None:
            return False
        return self._reader.uncancel() <= cancelled

    async def _end(self) -> None:
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close_behind())
            _at_work.add(self._closing)
            self._closing.add_done_callback(_at_work.discard)
        # Waiting so does not cancel it.
        await asyncio.wait({self._closing})

    async def _close_behind(self) -> None:
        try:
            await close_source(self._items)
        except Exception:  # the border to what anyone may write
            _logger.exception("What gives a stream its items failed in its end")
        finally:
            if self._close is not None:
                await self._close()


async def close_source(items: AsyncIterator[object]) -> None:
    """Close what gives items, if it can be: a generator, a stream, or whatever it is."""
    if isinstance(items, _Closable):
        await items.aclose()
