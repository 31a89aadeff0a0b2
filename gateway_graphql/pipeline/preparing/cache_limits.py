"""How much of what was prepared is remembered."""

from __future__ import annotations

from dataclasses import dataclass

from gateway_graphql.spelling import tells_options


@tells_options
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
