"""What a credential is called where something is remembered of it.

Credentials are known by a digest, so that no cache holds a secret.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

_DIGEST_BYTES: Final = 32


def digest_of(credential: str) -> bytes:
    """The name of a credential in caches.

    BLAKE2b, as setting up OpenSSL's SHA-256 for one short text takes 3 us more on the
    way of every request.
    """
    text = credential.encode(errors="surrogatepass")
    return blake2b(text, digest_size=_DIGEST_BYTES).digest()
