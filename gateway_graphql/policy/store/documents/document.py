"""A document's hash, and what keeps documents by it.

A hash names its document for ever, so nothing that is kept can be stale; it may be
forgotten at any moment, and then the client sends it again.
"""

from __future__ import annotations

import hashlib
from typing import Protocol


def document_hash(text: str) -> str:
    """The SHA-256 of a document, as hexadecimal digits."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


class DocumentStore(Protocol):
    """Keeps documents by their hash."""

    async def get(self, key: str) -> str | None:
        """The document of that hash, `None` if it is not known."""
        ...

    def put(self, key: str, text: str) -> None:
        """Keep a document; its hash is right. Nobody waits for it."""
        ...

    async def aclose(self) -> None:
        """Let go of what the store holds."""
        ...
