"""Public keys that verify access tokens, from the users service over HTTP.

A key set is cached. It is fetched again when it is old, and when a token names a
key it does not hold, at most once in `REFRESH_INTERVAL_S`; requests that need it
at the same moment share one fetch. While the users service is down the keys at
hand stay in use, so a service starts and works without it.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import httpx
import jwt

from subgraphs.shop.errors import ServiceUnavailable

logger = logging.getLogger(__name__)

MAX_AGE_S = 300.0
REFRESH_INTERVAL_S = 30.0
TIMEOUT_S = 5.0
SIGNATURE_ALGORITHM = "EdDSA"


class KeySource(Protocol):
    """Finds the key that a token says it was signed with."""

    async def key(self, kid: str) -> jwt.PyJWK | None:
        """Return the key of that id, or None if there is none.

        Raises:
            ServiceUnavailable: The keys cannot be had, so nobody knows.
        """


class RemoteKeys:
    """The key set at a URL."""

    def __init__(
        self,
        url: str,
        client: httpx.AsyncClient,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._client = client
        self._clock = clock
        # Replaced as a whole by every successful fetch.
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._fetching = asyncio.Lock()

    def __repr__(self) -> str:
        """Tell which keys are at hand."""
        return f"<RemoteKeys {self._url} {sorted(self._keys)}>"

    async def key(self, kid: str) -> jwt.PyJWK | None:
        """Return the key of that id, refreshing the set when that may help."""
        if self._should_fetch(kid):
            async with self._fetching:
                if self._should_fetch(kid):
                    await self._fetch()
        if self._fetched_at is None:
            raise ServiceUnavailable("users")
        return self._keys.get(kid)

    def _should_fetch(self, kid: str) -> bool:
        if self._fetched_at is None:
            # Nothing at hand: every request may try, one at a time.
            return True
        now = self._clock()
        if self._tried_at is not None and now - self._tried_at < REFRESH_INTERVAL_S:
            return False
        return kid not in self._keys or now - self._fetched_at > MAX_AGE_S

    async def _fetch(self) -> None:
        self._tried_at = self._clock()
        try:
            response = await self._client.get(self._url, timeout=TIMEOUT_S)
            response.raise_for_status()
            keys = _parse(response.json())
        except (httpx.HTTPError, ValueError, jwt.PyJWTError) as error:
            logger.warning("Cannot read keys from %s: %r", self._url, error)
            return
        self._keys = keys
        self._fetched_at = self._clock()


class LocalKey:
    """The one key of the service that issues the tokens."""

    def __init__(self, public_jwk: Mapping[str, Any]) -> None:
        self._keys = _parse({"keys": [public_jwk]})

    async def key(self, kid: str) -> jwt.PyJWK | None:
        """Return the key if that is its id."""
        return self._keys.get(kid)


def _parse(document: Any) -> Mapping[str, jwt.PyJWK]:
    """Read a key set, leaving out keys that do not sign as we demand."""
    if not isinstance(document, dict):
        raise ValueError("a key set is a JSON object")
    keys = jwt.PyJWKSet.from_dict(document).keys
    return {
        key.key_id: key
        for key in keys
        if key.key_id and key.algorithm_name == SIGNATURE_ALGORITHM
    }
