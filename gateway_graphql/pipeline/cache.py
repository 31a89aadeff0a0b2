"""The documents that a preparer remembers."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeAlias

from gateway_graphql.pipeline.prepared import PreparedDocument


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """How much the preparer remembers.

    Attributes:
        max_entries: How many documents.
        max_text_bytes: How many bytes they may have together.
        max_plans_per_document: How many plans of each: one for all who may have all of
            it, and one for every set of places that somebody may not have.
    """

    max_entries: int = 1024
    max_text_bytes: int = 16 * 1024 * 1024
    max_plans_per_document: int = 32


_Key: TypeAlias = tuple[str, str | None]


class DocumentCache:
    """Least recently used goes first, by number and by bytes of text."""

    def __init__(self, limits: CacheLimits) -> None:
        self._limits = limits
        # Oldest first; `_text_bytes` is the sum over the entries.
        self._entries: OrderedDict[_Key, tuple[PreparedDocument, int]] = OrderedDict()
        self._text_bytes = 0

    def __repr__(self) -> str:
        return f"{len(self._entries)} operations, {self._text_bytes} bytes of text"

    def get(self, key: _Key) -> PreparedDocument | None:
        """A document that is remembered, by its text and operation name."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: _Key, prepared: PreparedDocument) -> None:
        """Remember a document, and forget others for it."""
        size = len(key[0].encode(errors="surrogatepass"))
        if size > self._limits.max_text_bytes:
            return
        self._entries[key] = (prepared, size)
        self._text_bytes += size
        while (
            len(self._entries) > self._limits.max_entries
            or self._text_bytes > self._limits.max_text_bytes
        ):
            _, (_, freed) = self._entries.popitem(last=False)
            self._text_bytes -= freed
