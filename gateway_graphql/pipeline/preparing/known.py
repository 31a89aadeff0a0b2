"""What is found out of a document after it was read."""

from __future__ import annotations

from weakref import WeakSet

from graphql import GraphQLSchema

from gateway_graphql.language.pruning import Place
from gateway_graphql.pipeline.preparing.prepared import (
    PreparedDocument,
    PreparedOperation,
    Variant,
)
from gateway_graphql.remembered import Remembered


class KnownDocument:
    """A prepared document with its plans, which are forgotten with it.

    Args:
        prepared: The document, as it was read.
        max_plans: How many plans are remembered, and how many parts.

    Attributes:
        prepared: The document, as it was read.
        plans: Those of its plans that are remembered.
        parts: The same without some places, like `plans`.
        accepted_by: Schemas of callers, other than the whole, by which it is valid.
    """

    __slots__ = ("accepted_by", "parts", "plans", "prepared")

    def __init__(self, prepared: PreparedDocument, max_plans: int) -> None:
        self.prepared = prepared
        # Changed by the preparer alone, in the thread that asks it.
        self.plans: Remembered[Variant, PreparedOperation] = Remembered(max_plans)
        self.parts: Remembered[frozenset[Place], KnownDocument] = Remembered(max_plans)
        self.accepted_by: WeakSet[GraphQLSchema] = WeakSet()

    def __repr__(self) -> str:
        return f"<KnownDocument {len(self.plans)} plans, {len(self.parts)} parts>"
