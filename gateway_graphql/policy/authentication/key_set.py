"""The public keys of one issuer, kept fresh and never waited for without need.

Three things start a refresh, and there is never more than one under way:

1. The keys are older than the polling interval. Requests go on with the keys at hand
   meanwhile; only after a pause of two intervals, in which nobody asked, they wait.
2. A token names a `kid` that is not there. Whoever asks waits for it, but the next such
   refresh comes `UNKNOWN_KID_INTERVAL_S` later at the earliest, whatever tokens come.
3. There are no keys yet. Whoever asks waits; after a failure nobody does for
   `RETRY_INTERVAL_S`.

A refresh that fails changes nothing: the keys at hand stay in use. There is no task in
the background of an idle gateway, and so nothing to start and stop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway_graphql.errors import AuthenticationUnavailable
from gateway_graphql.policy.authentication.documents import (
    DocumentUnavailable,
    fetch,
    make_client,
    read_file,
)
from gateway_graphql.policy.authentication.keys import (
    KeysById,
    VerificationKey,
    read_key_set,
)
from gateway_graphql.policy.authentication.settings import Issuer

UNKNOWN_KID_INTERVAL_S: Final = 30.0
RETRY_INTERVAL_S: Final = 5.0

_logger = logging.getLogger(__name__)


class KeySet:
    """The keys of an issuer.

    Args:
        issuer: Where they are and what they may do.
        clock: Seconds that only ever go forward.
    """

    def __init__(
        self, issuer: Issuer, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer = issuer
        self._algorithms = frozenset(issuer.algorithms)
        self._clock = clock
        # Replaced as a whole by a refresh that succeeds.
        self._keys: KeysById = {}
        self._has_keys = False
        # When the last refresh began; the task is there while it is under way.
        self._tried_at: float | None = None
        # When the next is due, if the keys are used then.
        self._due_at = float("inf")
        self._refreshing: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"<KeySet {self._issuer.issuers[0]} {sorted(self._keys)}>"

    def holds(self, key: VerificationKey) -> bool:
        """Whether a key is still in the set; also sees to it that the set is polled."""
        if self._clock() > self._due_at:
            self._refresh()
        return self._keys.get(key.kid) is key

    async def key(self, kid: str) -> VerificationKey | None:
        """The key of that name, `None` if the issuer has none.

        Raises:
            AuthenticationUnavailable: There have never been any keys, so nobody knows.
        """
        if self._clock() > self._due_at:
            was_idle = self._age() > 2 * self._issuer.poll_interval_s
            refresh = self._refresh()
            if was_idle:
                await _done(refresh)
        if kid not in self._keys and (refreshing := self._refresh_for_kid()):
            await _done(refreshing)
        if not self._has_keys:
            raise AuthenticationUnavailable(int(RETRY_INTERVAL_S))
        return self._keys.get(kid)

    def _age(self) -> float:
        """Seconds since the last refresh began."""
        return 0 if self._tried_at is None else self._clock() - self._tried_at

    def _refresh_for_kid(self) -> asyncio.Task[None] | None:
        """A refresh that may bring an unknown key; `None` if it is too early for one."""
        if self._refreshing is not None and not self._refreshing.done():
            return self._refreshing
        pause = UNKNOWN_KID_INTERVAL_S if self._has_keys else RETRY_INTERVAL_S
        if self._tried_at is not None and self._age() < pause:
            return None
        return self._refresh()

    def _refresh(self) -> asyncio.Task[None]:
        """Start a refresh, or join the one under way.

        It is a task of its own, so a client that goes away does not end it for others.
        """
        if self._refreshing is None or self._refreshing.done():
            self._tried_at = self._clock()
            self._due_at = self._tried_at + self._issuer.poll_interval_s
            self._refreshing = asyncio.create_task(self._read())
        return self._refreshing

    async def _read(self) -> None:
        try:
            document = await _read_document(self._issuer.jwks)
            keys = read_key_set(document, self._algorithms, self._keys)
        except DocumentUnavailable as error:
            _logger.warning("The keys of %s: %s", self._issuer.issuers[0], error)
            return
        if not keys:
            _logger.warning("The keys of %s: none can verify", self._issuer.issuers[0])
        self._keys = keys
        self._has_keys = True


async def _read_document(location: str | Path) -> object:
    if isinstance(location, Path):
        return await read_file(location)
    async with make_client() as client:
        return await fetch(client, location)


async def _done(refresh: asyncio.Task[None]) -> None:
    """Wait for a refresh without owning it."""
    await asyncio.wait({refresh})
