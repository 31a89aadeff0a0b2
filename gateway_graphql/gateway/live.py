"""The streams that are open: each keeps its schema served, until something ends it.

A stream ends with its credential, as no request with it would be answered any more, and
with the schema that it was asked of. Its reader is told why by one last response.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from msgspec.structs import replace

from gateway_graphql.errors import ClientError, ErrorLimits, InvalidToken
from gateway_graphql.exchange import (
    Caller,
    GatewayResponse,
    GatewayStream,
    Stream,
    encode_errors,
)


class LiveStreams:
    """Those of one schema; tasks of one event loop change them.

    Args:
        limits: How much a last response tells.
    """

    def __init__(self, limits: ErrorLimits) -> None:
        self._limits = limits
        self._open: set[Stream[GatewayResponse]] = set()
        # Those that end now, kept so that they are not collected.
        self._ending: set[asyncio.Task[None]] = set()
        # What the last ones were told, once all were ended: whoever comes late is, too.
        self._farewell: tuple[GatewayResponse, ...] | None = None

    def __repr__(self) -> str:
        return f"<LiveStreams {len(self._open)} open>"

    def kept(self, stream: GatewayStream, release: Callable[[], None]) -> GatewayStream:
        """The stream, ended when it must be.

        Args:
            stream: The stream.
            release: Called once, when it has ended and all behind it is closed.
        """

        async def forget() -> None:
            if timer is not None:
                timer.cancel()
            self._open.discard(live)
            release()

        live = Stream(stream.responses, forget)
        timer = self._expiry(live, stream.caller)
        self._open.add(live)
        if self._farewell is not None:
            self._end(live, *self._farewell)
        return replace(stream, responses=live)

    async def end(self, reason: ClientError | None) -> None:
        """End all of them, and tell their readers why, if there is a reason."""
        self._farewell = () if reason is None else (self._refusal(reason),)
        last = self._farewell
        await asyncio.gather(*(one.end_with(*last) for one in tuple(self._open)))

    def _expiry(
        self, live: Stream[GatewayResponse], caller: Caller | None
    ) -> asyncio.TimerHandle | None:
        if caller is None or caller.expires_at is None:
            return None
        last = self._refusal(InvalidToken("The token has expired."))
        left_s = max(0.0, caller.expires_at - time.time())
        return asyncio.get_running_loop().call_later(left_s, self._end, live, last)

    def _end(self, live: Stream[GatewayResponse], *last: GatewayResponse) -> None:
        ending = asyncio.ensure_future(live.end_with(*last))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    def _refusal(self, error: ClientError) -> GatewayResponse:
        body = encode_errors(error.details, self._limits)
        return GatewayResponse(body, has_errors=True, is_fatal=True)
