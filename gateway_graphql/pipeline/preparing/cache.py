"""What is remembered between requests, within a number of entries and of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from gateway_graphql.pipeline.preparing.prepared import PreparedDocument

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """How much is remembered.

    Attributes:
        max_entries: How many documents.
        max_text_bytes: How many bytes they may have together.
        max_plans_per_document: How many plans of each: one for all who may have all of
            it, and one for every set of places that somebody may not have.
        max_introspection_bytes: How many bytes the answers about the schema may have
            together, whatever operations and callers they were made for.
    """

    max_entries: int = 1024
    max_text_bytes: int = 16 * 1024 * 1024
    max_plans_per_document: int = 32
    max_introspection_bytes: int = 32 * 1024 * 1024


class SizedCache(Generic[_Key, _Value]):
    """Least recently used goes first, by bytes and, where there is one, by number."""

    def __init__(self, max_bytes: int, max_entries: int | None = None) -> None:
        self._max_bytes = max_bytes
        self._max_entries = max_entries
        # Oldest first, each with its size; `_bytes` is the sum over them.
        self._entries: OrderedDict[_Key, tuple[_Value, int]] = OrderedDict()
        self._bytes = 0

    def __repr__(self) -> str:
        return f"<SizedCache {len(self)} entries, {self._bytes} bytes>"

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bytes(self) -> int:
        """How many there are together."""
        return self._bytes

    def get(self, key: _Key) -> _Value | None:
        """What is remembered under a key."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: _Key, value: _Value, size: int) -> None:
        """Remember something, and forget others for it; unless it is too large."""
        if size > self._max_bytes:
            return
        self._forget(key)
        self._entries[key] = (value, size)
        self._bytes += size
        while self._bytes > self._max_bytes or self._has_too_many():
            self._forget(next(iter(self._entries)))

    def _has_too_many(self) -> bool:
        return self._max_entries is not None and len(self) > self._max_entries

    def _forget(self, key: _Key) -> None:
        if key in self._entries:
            _, freed = self._entries.pop(key)
            self._bytes -= freed


_Document: TypeAlias = tuple[str, str | None]


class DocumentCache:
    """The documents that a preparer remembers, by text and operation name."""

    def __init__(self, limits: CacheLimits) -> None:
        # Changed by `put` alone.
        self._documents: SizedCache[_Document, PreparedDocument] = SizedCache(
            limits.max_text_bytes, limits.max_entries
        )

    def __repr__(self) -> str:
        documents = self._documents
        return f"{len(documents)} operations, {documents.bytes} bytes of text"

    def get(self, key: _Document) -> PreparedDocument | None:
        """A document that is remembered, by its text and operation name."""
        return self._documents.get(key)

    def put(self, key: _Document, prepared: PreparedDocument) -> None:
        """Remember a document, and forget others for it."""
        size = len(key[0].encode(errors="surrogatepass"))
        self._documents.put(key, prepared, size)
