"""Documents that a client asks for by id in place of their text.

Two ways, of which a gateway has one. *Automatic persisted queries*: any client registers
any document under its SHA-256 and sends the hash from then on; saves bytes, protects
nothing. *Persisted operations*: the operator publishes the documents in advance, and may
refuse all others.
"""

from gateway_graphql.policy.persisted.automatic import AutomaticPersistedQueries
from gateway_graphql.policy.persisted.manifest import (
    Manifest,
    ManifestInvalid,
    read_manifest,
)
from gateway_graphql.policy.persisted.operations import (
    PersistedOperations,
    SafelistLevel,
    refuse_ids,
)
from gateway_graphql.policy.store.documents.document import DocumentStore
from gateway_graphql.policy.store.documents.memory import MemoryDocuments

__all__ = [
    "AutomaticPersistedQueries",
    "DocumentStore",
    "Manifest",
    "ManifestInvalid",
    "MemoryDocuments",
    "PersistedOperations",
    "SafelistLevel",
    "read_manifest",
    "refuse_ids",
]
