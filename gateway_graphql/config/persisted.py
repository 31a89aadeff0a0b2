"""Section `persisted`: documents that a client asks for by id."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from gateway_graphql.config.section import (
    Count,
    ReadablePath,
    Secret,
    Section,
    Window,
)
from gateway_graphql.pipeline import Middleware
from gateway_graphql.policy.persisted import (
    AutomaticPersistedQueries,
    DocumentStore,
    ManifestInvalid,
    MemoryDocuments,
    PersistedOperations,
    SafelistLevel,
    read_manifest,
    refuse_ids,
)


class AutomaticConfig(Section):
    """Automatic persisted queries: clients register documents under their SHA-256.

    Attributes:
        enabled: Whether clients may.
        max_documents: How many documents one process keeps.
        max_bytes: How many bytes these may have together.
        redis: The URL of a Redis that all processes share; each keeps its own without.
        ttl: How long Redis keeps a document that nobody registers again.
        timeout: How long one request may wait for Redis.
    """

    enabled: bool = True
    max_documents: Count = 512
    max_bytes: Count = 16 * 1024 * 1024
    redis: Secret | None = None
    ttl: Annotated[Window, Field(ge=1)] = 24 * 3600
    timeout: Window = 0.05

    def make_store(self) -> DocumentStore:
        """Where documents are kept; close it in the end."""
        memory = MemoryDocuments(self.max_documents, self.max_bytes)
        if self.redis is None:
            return memory
        # Imported here because it needs the extra `redis`.
        from gateway_graphql.policy.store.documents.redis_store import (  # noqa: PLC0415
            RedisDocuments,
        )

        return RedisDocuments(
            self.redis.get_secret_value(),
            memory,
            ttl_s=int(self.ttl),
            timeout_s=self.timeout,
        )


class OperationsConfig(Section):
    """Persisted operations: documents that are published in advance.

    Attributes:
        files: Apollo manifests, Relay maps, and folders of `.graphql` files.
        level: What is done with other documents: `allow_all`, `log_unknown`, `safelist`
            (refused), or `ids_only` (every request must name an id).
        look_every: How often the files are looked at for changes.
    """

    files: Annotated[tuple[ReadablePath, ...], Field(min_length=1)]
    level: SafelistLevel = SafelistLevel.ALLOW_ALL
    look_every: Window = 1.0

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        try:
            read_manifest(self.files)
        except ManifestInvalid as error:
            raise ValueError(str(error)) from None
        return self


class PersistedConfig(Section):
    """Documents that a client asks for by id; one of the two ways at most.

    Attributes:
        automatic: Clients register documents; on unless `operations` are published.
        operations: The operator publishes documents.
    """

    automatic: AutomaticConfig = AutomaticConfig()
    operations: OperationsConfig | None = None

    @model_validator(mode="after")
    def _is_one_way(self) -> Self:
        is_asked_for = "automatic" in self.model_fields_set and self.automatic.enabled
        if self.operations is not None and is_asked_for:
            raise ValueError(
                "automatic and operations exclude each other: a safelist that clients "
                "may add to is none"
            )
        return self

    def make_middleware(self) -> Middleware:
        """What fills in documents."""
        if self.operations is not None:
            return PersistedOperations(
                self.operations.files,
                level=self.operations.level,
                look_every_s=self.operations.look_every,
            )
        if self.automatic.enabled:
            return AutomaticPersistedQueries(self.automatic.make_store())
        return refuse_ids
