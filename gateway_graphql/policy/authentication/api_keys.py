"""API keys -> callers. Keys are known by their hash, so the settings hold no secret.

A key's SHA-256 is looked up by its first bytes; the comparison of the whole, which decides,
takes the same time wherever two hashes differ. A fast hash is right for keys that are made at random and long; it would be wrong
for passwords.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final

from gateway_graphql.errors import ConfigInvalid, InvalidToken
from gateway_graphql.exchange import Caller
from gateway_graphql.policy.authentication.settings import APIKey

MAX_KEY_BYTES: Final = 512
_BUCKET_BYTES: Final = 4


class APIKeyVerifier:
    """Turns API keys into callers.

    Args:
        keys: Those that are accepted.
        clock: The time of day, in Unix seconds.

    Raises:
        ConfigInvalid: Two keys are the same.
    """

    def __init__(
        self, keys: Sequence[APIKey], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._clock = clock
        # Hash by the first bytes of itself: a bucket is found, then compared with.
        self._keys: dict[bytes, list[tuple[bytes, Caller]]] = {}
        for digest, caller in _callers(keys).items():
            bucket = self._keys.setdefault(digest[:_BUCKET_BYTES], [])
            bucket.append((digest, caller))

    def __repr__(self) -> str:
        return f"<APIKeyVerifier {sum(map(len, self._keys.values()))} keys>"

    def caller(self, key: str) -> Caller:
        """Whom a key speaks for.

        Raises:
            InvalidToken: Nobody, or it has expired.
        """
        if len(key) > MAX_KEY_BYTES:
            raise InvalidToken("The API key is not valid.")
        digest = hashlib.sha256(key.encode(errors="surrogatepass")).digest()
        for known, caller in self._keys.get(digest[:_BUCKET_BYTES], ()):
            if hmac.compare_digest(known, digest):
                if caller.expires_at is not None and caller.expires_at <= self._clock():
                    raise InvalidToken("The API key has expired.")
                return caller
        raise InvalidToken("The API key is not valid.")


def _callers(keys: Sequence[APIKey]) -> dict[bytes, Caller]:
    """Digest -> whom the key speaks for."""
    callers = {bytes.fromhex(key.sha256): _caller(key) for key in keys}
    if len(callers) != len(keys):
        raise ConfigInvalid("Two API keys have the same hash.")
    return callers


def _caller(key: APIKey) -> Caller:
    subject = {} if key.subject is None else {"sub": key.subject}
    claims = {
        **key.claims,
        **subject,
        "client": key.client,
        "scope": " ".join(key.scopes),
    }
    return Caller(
        subject=key.subject,
        scopes=frozenset(key.scopes),
        claims=MappingProxyType(claims),
        expires_at=key.expires_at,
        credential="api_key",
    )
