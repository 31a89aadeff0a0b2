"""Documents by their hash, kept in this process.

A hash names its document for ever, so nothing here can be stale; what is kept may be
forgotten at any moment, and then the client sends it again.
"""

from __future__ import annotations

from typing import Protocol

from gateway_graphql.remembered import Remembered
from gateway_graphql.spelling import tells_options


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


@tells_options
class MemoryDocuments:
    """Keeps the documents used last, bounded by number and bytes."""

    def __init__(
        self, max_entries: int = 512, max_bytes: int = 16 * 1024 * 1024
    ) -> None:
        self._texts: Remembered[str, str] = Remembered(
            max_entries,
            max_bytes=max_bytes,
            size=lambda _, text: len(text.encode(errors="surrogatepass")),
        )

    def __repr__(self) -> str:
        texts = self._texts
        return f"<MemoryDocuments {len(texts)} documents, {texts.bytes} bytes>"

    async def get(self, key: str) -> str | None:
        """The document of that hash, `None` if it is not known."""
        return self.look_up(key)

    def look_up(self, key: str) -> str | None:
        """As `get`, without waiting."""
        return self._texts.get(key)

    def put(self, key: str, text: str) -> None:
        """Keep a document."""
        self._texts.put(key, text)

    async def aclose(self) -> None:
        """Do nothing: there is nothing open."""
