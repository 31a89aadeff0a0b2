"""What was found out about a credential, for as long as it holds, in bounded memory.

Credentials are known by a digest, so that the cache holds no secret.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from typing import Final, Generic, TypeVar

_DIGEST_BYTES: Final = 32

_Value = TypeVar("_Value")


def digest_of(credential: str) -> bytes:
    """The name of a credential in caches.

    BLAKE2b, as setting up OpenSSL's SHA-256 for one short text takes 3 us more on the
    way of every request.
    """
    text = credential.encode(errors="surrogatepass")
    return blake2b(text, digest_size=_DIGEST_BYTES).digest()


class ExpiringCache(Generic[_Value]):
    """Remembers values until they expire; the least recently used goes first.

    Args:
        max_entries: How many values are remembered.
    """

    def __init__(self, max_entries: int) -> None:
        self._max_entries = max_entries
        # Oldest first; changed by the methods alone.
        self._entries: OrderedDict[bytes, tuple[_Value, float]] = OrderedDict()

    def __repr__(self) -> str:
        return f"<ExpiringCache {len(self._entries)} of {self._max_entries}>"

    def get(self, digest: bytes, now: float) -> _Value | None:
        """The value, unless it has expired."""
        entry = self._entries.get(digest)
        if entry is None:
            return None
        if entry[1] <= now:
            del self._entries[digest]
            return None
        self._entries.move_to_end(digest)
        return entry[0]

    def put(self, digest: bytes, value: _Value, expires_at: float) -> None:
        """Remember a value."""
        self._entries[digest] = (value, expires_at)
        self._entries.move_to_end(digest)
        if len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)

    def drop(self, digest: bytes) -> None:
        """Forget a value."""
        self._entries.pop(digest, None)
