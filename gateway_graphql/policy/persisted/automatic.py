"""Automatic persisted queries: a client registers a document under its SHA-256.

Apollo's protocol. A hash alone: the document is run if it is known; else the answer asks
for it, and the client sends both, which registers the document if the hash is right.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from gateway_graphql.errors import (
    MalformedRequest,
    PersistedQueryHashMismatch,
    PersistedQueryNotFound,
)
from gateway_graphql.exchange import GatewayAnswer, GraphQLRequest, RequestContext
from gateway_graphql.pipeline import Next
from gateway_graphql.policy.persisted.ids import document_id
from gateway_graphql.policy.store.documents.document import DocumentStore, document_hash
from gateway_graphql.spelling import tells_options

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


@tells_options
class AutomaticPersistedQueries:
    """The middleware that fills in documents that clients have registered.

    Args:
        documents: Where they are kept.
    """

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents

    def __repr__(self) -> str:
        return f"<AutomaticPersistedQueries {self._documents!r}>"

    async def __call__(
        self, request: GraphQLRequest, context: RequestContext, proceed: Next
    ) -> GatewayAnswer:
        """Fill in, register or ask for the document."""
        if not request.extensions and request.document_id is None:
            return await proceed(request, context)
        key = document_id(request)
        if key is None:
            return await proceed(request, context)
        key = key.lower()
        if _HASH.fullmatch(key) is None:
            raise MalformedRequest("The document's id must be a SHA-256.")
        if request.query:
            self._register(key, request.query)
            return await proceed(request, context)
        text = await self._documents.get(key)
        if text is None:
            raise PersistedQueryNotFound
        return await proceed(replace(request, query=text), context)

    async def aclose(self) -> None:
        """Close the store."""
        await self._documents.aclose()

    def _register(self, key: str, text: str) -> None:
        if document_hash(text) != key:
            raise PersistedQueryHashMismatch
        self._documents.put(key, text)
