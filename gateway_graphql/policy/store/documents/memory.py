"""Documents kept in this process: those used last, within bounds."""

from __future__ import annotations

from gateway_graphql.remembered import Remembered
from gateway_graphql.spelling import tells_options


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
