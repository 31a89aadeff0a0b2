"""One socket to a subgraph, and one exchange on it at a time.

    IDLE     Nobody waits for an answer. Whatever comes was not asked for: it cannot
             become the answer to the next request, so the connection is closed.
    ASKED    A request is written, and its answer has not come or not wholly.
    CLOSED   By whom and why does not matter any more.

An exchange ends in one of these ways:

    answered            IDLE again if both sides want that, else CLOSED
    cut off, or no HTTP CLOSED
    too late            CLOSED: the answer may still come, and would be taken for that of
                        the next request
    cancelled           CLOSED, for the same reason; it also tells the subgraph that
                        nobody waits
"""

from __future__ import annotations

import asyncio
import select
from typing import Final, Protocol, cast

from gateway_graphql.alarm import Alarm
from gateway_graphql.errors import FailureCause, FailureKind, SubgraphFailed
from gateway_graphql.transport.base import SubgraphReply
from gateway_graphql.transport.causes import cause_of_system
from gateway_graphql.transport.http1.failures import ExchangeFailed, StaleConnection
from gateway_graphql.transport.http1.keep_alive import MAX_IDLE_S, idle_s
from gateway_graphql.transport.http1.reading import ReplyReader

_CUT_OFF: Final = FailureCause(FailureKind.CUT_OFF)


class Owner(Protocol):
    """Is told what becomes of a connection."""

    def freed(self, connection: Connection) -> None:
        """It is IDLE, and may be used again."""
        ...

    def lost(self, connection: Connection) -> None:
        """It is CLOSED; told once."""
        ...


class Connection(asyncio.Protocol):
    """A connection, from the moment that it is there.

    Args:
        owner: Whom to tell what becomes of it.
        max_reply_bytes: The longest answer that is read, decompressed.

    Attributes:
        is_closed: Whether it can carry nothing any more.
        expires_at: When it should not be used any more if it is idle, on the loop's
            clock.
    """

    def __init__(self, owner: Owner, max_reply_bytes: int) -> None:
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._reader = ReplyReader(max_reply_bytes)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[SubgraphReply] | None = None
        self._alarm = Alarm(self._be_late)
        self._exchanges = 0
        self._lost = self._loop.create_future()
        self.is_closed = False
        self.expires_at = 0.0

    def __repr__(self) -> str:
        state = "CLOSED" if self.is_closed else "ASKED" if self._answer else "IDLE"
        return f"<Connection {state}, {self._exchanges} exchanges>"

    async def exchange(
        self, subgraph: str, message: bytes, expires_at: float
    ) -> SubgraphReply:
        """Send a message and read the whole answer.

        Args:
            subgraph: Its name, for failures.
            message: Head and body.
            expires_at: When the answer must be there, on the loop's clock.

        Raises:
            TimeoutError: It is not.
            ExchangeFailed: There will be none.
            SubgraphFailed: It is too large, or its coding is broken.
        """
        if self._transport is None or self._answer is not None or self.is_closed:
            raise AssertionError(f"{self!r} is asked")
        self._exchanges += 1
        answer: asyncio.Future[SubgraphReply] = self._loop.create_future()
        self._answer = answer
        self._alarm.set(expires_at)
        self._reader.begin(subgraph)
        self._transport.write(message)
        try:
            return await answer
        except asyncio.CancelledError:
            if self._answer is answer:
                self._settle()
                self.abort()
            raise

    def is_quiet(self) -> bool:
        """Whether nothing has come while it was idle, not even its end.

        The loop sees that by itself, but only on its next round: this is for requests
        that cannot be sent again.
        """
        if self._transport is None:
            return False
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket"), select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        """Close it when all that was written is sent."""
        self._finish()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close it at once."""
        self._finish()
        if self._transport is not None:
            self._transport.abort()

    async def wait_lost(self) -> None:
        """Wait until the loop has let it go."""
        await self._lost

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport, which is one of a stream."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Read what has come; bytes that nobody waits for end the connection."""
        if self._answer is None:
            self.abort()
            return
        try:
            reply = self._reader.feed(data)
        except (ExchangeFailed, SubgraphFailed) as failure:
            self._fail(failure)
        else:
            if reply is not None:
                self._succeed(reply)

    def eof_received(self) -> None:
        """See that nothing more comes; the loop closes the transport then."""
        self._end(_CUT_OFF)

    def connection_lost(self, error: Exception | None) -> None:
        """See that the transport is closed, by whichever side."""
        self._transport = None
        self._end(cause_of_system(error) or _CUT_OFF)
        if not self._lost.done():
            self._lost.set_result(None)

    # How an exchange ends.

    def _succeed(self, reply: SubgraphReply) -> None:
        answer = self._settle()
        if answer is not None:
            answer.set_result(reply)
        # A subgraph may answer before it has read all: the rest is of no use to it.
        if (
            self._reader.may_go_on
            and not self.is_closed
            and self._transport is not None
            and not self._transport.get_write_buffer_size()
        ):
            keep_alive = reply.headers.get("keep-alive")
            kept_s = MAX_IDLE_S if keep_alive is None else idle_s(keep_alive)
            self.expires_at = self._loop.time() + kept_s
            self._owner.freed(self)
        else:
            self.abort()

    def _fail(self, failure: Exception) -> None:
        answer = self._settle()
        if answer is not None:
            answer.set_exception(failure)
        self.abort()

    def _end(self, cause: FailureCause) -> None:
        if self._answer is None:
            self.abort()
            return
        try:
            reply = self._reader.end()
        except SubgraphFailed as failure:
            self._fail(failure)
            return
        if reply is not None:
            self._succeed(reply)
        elif self._exchanges > 1 and not self._reader.has_begun:
            self._fail(StaleConnection(cause))
        else:
            self._fail(ExchangeFailed(cause))

    def _be_late(self) -> None:
        self._fail(TimeoutError())

    def _settle(self) -> asyncio.Future[SubgraphReply] | None:
        """End the exchange; the one who waits for it, if anybody still does."""
        answer, self._answer = self._answer, None
        self._alarm.unset()
        return None if answer is None or answer.done() else answer

    def _finish(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self._alarm.stop()
            self._owner.lost(self)
