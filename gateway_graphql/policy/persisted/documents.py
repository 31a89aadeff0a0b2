"""Documents by their hash, kept in this process.

A hash names its document for ever, so nothing here can be stale; what is kept may be
forgotten at any moment, and then the client sends it again.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol


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


class MemoryDocuments:
    """Keeps the documents used last, bounded by number and bytes."""

    def __init__(
        self, max_entries: int = 512, max_bytes: int = 16 * 1024 * 1024
    ) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        # Oldest first; `_bytes` is the sum of their sizes. Changed by `get` and `put`.
        self._entries: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self._bytes = 0

    def __repr__(self) -> str:
        return f"<MemoryDocuments {len(self._entries)} documents, {self._bytes} bytes>"

    async def get(self, key: str) -> str | None:
        """The document of that hash, `None` if it is not known."""
        return self.look_up(key)

    def look_up(self, key: str) -> str | None:
        """As `get`, without waiting."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: str, text: str) -> None:
        """Keep a document."""
        size = len(text.encode(errors="surrogatepass"))
        if key in self._entries or size > self._max_bytes:
            return
        self._entries[key] = (text, size)
        self._bytes += size
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            _, (_, freed) = self._entries.popitem(last=False)
            self._bytes -= freed

    async def aclose(self) -> None:
        """Do nothing: there is nothing open."""
