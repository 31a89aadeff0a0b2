"""The connections to one subgraph: which one is next, who waits for one, how many.

A *slot* is the right to have a connection. There are as many as there may be connections;
a slot is taken before one dials, and given back when the connection is lost. Who asks for
a connection has one of these cases:

    1. One is idle: the one used last, since it is the least likely to be closed, and the
       others may then expire.
    2. None is idle, and a slot is free: a new one is made.
    3. No slot is free: one waits, first come first served, for a connection that is freed
       or a slot that is given back.
    4. Too many wait already: refused at once.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict, deque
from typing import Final, TypeAlias

from gateway_graphql.errors import FailureCause, FailureKind
from gateway_graphql.transport.causes import cause_of_system
from gateway_graphql.transport.http1.address import Address
from gateway_graphql.transport.http1.connection import Connection
from gateway_graphql.transport.http1.dialing import dial
from gateway_graphql.transport.http1.failures import ExchangeFailed
from gateway_graphql.transport.options import HTTPOptions

_Waiter: TypeAlias = "asyncio.Future[Connection | None]"
"""Gets a connection, or `None` for a slot in which to make one."""

_NO_CONNECTION: Final = FailureCause(FailureKind.NO_CONNECTION)
_TOO_MANY_WAIT: Final = FailureCause(FailureKind.TOO_MANY_WAIT)


class Pool:
    """The connections to one subgraph, on one event loop.

    Args:
        address: Where it answers.
        tls: Who is believed; `None` for a subgraph that is not asked over TLS.
        options: How many connections there may be, and how many wait for one.

    Attributes:
        loop: The event loop.
    """

    def __init__(
        self, address: Address, tls: ssl.SSLContext | None, options: HTTPOptions
    ) -> None:
        self._address = address
        self._tls = tls
        self._options = options
        self.loop = asyncio.get_running_loop()
        self._free_slots = options.max_connections
        self._open: set[Connection] = set()
        # The one used last is at the right end.
        self._idle: deque[Connection] = deque()
        self._waiting: OrderedDict[_Waiter, None] = OrderedDict()
        self._sweep: asyncio.TimerHandle | None = None
        self._is_closed = False

    def __repr__(self) -> str:
        return (
            f"<Pool {self._address.authority}: {len(self._open)} open, "
            f"{len(self._idle)} idle, {len(self._waiting)} waiting>"
        )

    def idle(self, *, is_sure: bool = False) -> Connection | None:
        """Case 1: the idle connection that was used last, if there is one.

        Args:
            is_sure: Look whether the other side has closed it, as far as one can see.
        """
        while self._idle:
            connection = self._idle.pop()
            is_old = connection.expires_at <= self.loop.time()
            if not is_old and (not is_sure or connection.is_quiet()):
                return connection
            connection.close()
        return None

    async def acquire(self, *, is_sure: bool = False) -> Connection:
        """A connection that nobody else has, by whichever case.

        Raises:
            ExchangeFailed: There is none to be had.
        """
        while True:
            if (idle := self.idle(is_sure=is_sure)) is not None:
                return idle
            connection = await self._freed_or_slot()
            if connection is None:
                return await self._make()
            # The other side may have closed it in the meantime.
            if not connection.is_closed:
                return connection

    async def fresh(self) -> Connection:
        """A connection made now: idle ones may be as stale as the one that broke.

        Raises:
            ExchangeFailed: There is none to be had.
        """
        while True:
            if not self._free_slots and self._idle:
                self._idle.popleft().close()
            connection = await self._freed_or_slot()
            if connection is None:
                return await self._make()
            connection.close()

    async def aclose(self) -> None:
        """Close all connections, and keep none any more."""
        self._is_closed = True
        closing = list(self._open)
        for connection in closing:
            connection.abort()
        for connection in closing:
            await connection.wait_lost()

    # What connections tell.

    def freed(self, connection: Connection) -> None:
        """Hand a connection to who waits longest, or keep it."""
        if self._waiting and self._hand_over(connection):
            return
        if self._is_closed or len(self._idle) >= self._options.max_idle_connections:
            connection.close()
            return
        self._idle.append(connection)
        if self._sweep is None:
            self._sweep = self.loop.call_at(connection.expires_at, self._close_expired)

    def lost(self, connection: Connection) -> None:
        """Take back the slot of a connection."""
        if connection in self._open:
            self._open.remove(connection)
            if connection in self._idle:
                self._idle.remove(connection)
            self._give_back()

    async def _make(self) -> Connection:
        """Make a connection in a slot that is taken already."""
        try:
            made = await dial(
                self._address,
                self._tls,
                lambda: Connection(self, self._options.max_reply_bytes),
            )
        except (OSError, ValueError) as error:
            self._give_back()
            raise ExchangeFailed(cause_of_system(error) or _NO_CONNECTION) from error
        except BaseException:
            self._give_back()
            raise
        self._open.add(made)
        if made.is_closed:
            self.lost(made)
            raise ExchangeFailed(_NO_CONNECTION)
        return made

    async def _freed_or_slot(self) -> Connection | None:
        """Case 2, a slot (`None`), or else case 3, whatever is given first."""
        if self._free_slots:
            self._free_slots -= 1
            return None
        return await self._wait()

    async def _wait(self) -> Connection | None:
        if len(self._waiting) >= self._options.max_waiting:
            raise ExchangeFailed(_TOO_MANY_WAIT, was_sent=False)
        waiter: _Waiter = self.loop.create_future()
        self._waiting[waiter] = None
        try:
            return await waiter
        except asyncio.CancelledError:
            self._waiting.pop(waiter, None)
            # It may have been given something in the very moment.
            if not waiter.cancelled():
                self._pass_on(waiter.result())
            raise

    def _pass_on(self, given: Connection | None) -> None:
        """Give away what a waiter was given and cannot use any more."""
        if given is None:
            self._give_back()
        elif not given.is_closed:
            self.freed(given)

    def _give_back(self) -> None:
        if not self._hand_over(None):
            self._free_slots += 1

    def _hand_over(self, given: Connection | None) -> bool:
        """Whether somebody waits, who then has a connection or a slot."""
        while self._waiting:
            waiter, _ = self._waiting.popitem(last=False)
            if not waiter.done():
                waiter.set_result(given)
                return True
        return False

    def _close_expired(self) -> None:
        now = self.loop.time()
        for connection in list(self._idle):
            if connection.expires_at <= now:
                connection.close()
        self._sweep = None
        if self._idle:
            self._sweep = self.loop.call_at(
                min(connection.expires_at for connection in self._idle),
                self._close_expired,
            )
