"""Who sees what of the schema."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Protocol
from weakref import WeakKeyDictionary

from graphql import GraphQLSchema

from gateway_graphql.exchange import RequestContext
from gateway_graphql.language.narrowed import NOTHING_HIDDEN, HiddenNames


class Visibility(Protocol):
    """Says what of an API schema each caller sees."""

    @property
    def hides(self) -> bool:
        """Whether documents are held to the schema that their caller may see."""
        ...

    async def visible_schema(self, context: RequestContext) -> GraphQLSchema:
        """The part of the API schema that the caller may use."""
        ...

    async def hidden_names(self, context: RequestContext) -> HiddenNames:
        """What is not to show in what is wrong with a caller's document.

        It is asked where documents are held to the whole schema.
        """
        ...


@dataclass(frozen=True, slots=True)
class AllVisible:
    """Everybody sees all of a schema."""

    api_schema: GraphQLSchema
    hides: ClassVar = False

    async def visible_schema(self, _context: RequestContext) -> GraphQLSchema:
        """All of the schema."""
        return self.api_schema

    async def hidden_names(self, _context: RequestContext) -> HiddenNames:
        """None."""
        return NOTHING_HIDDEN


class HiddenTypes:
    """The types that callers do not know, where that is not to show."""

    def __init__(self, visibility: Visibility, api_schema: GraphQLSchema) -> None:
        self._visibility = visibility
        self._whole = api_schema.type_map
        # By the schema that callers see; filled by `of`.
        self._by_schema: WeakKeyDictionary[GraphQLSchema, frozenset[str]] = (
            WeakKeyDictionary()
        )

    async def of(self, context: RequestContext) -> Collection[str]:
        """The names of those that the caller does not know."""
        if not self._visibility.hides:
            return ()
        visible = await self._visibility.visible_schema(context)
        hidden = self._by_schema.get(visible)
        if hidden is None:
            hidden = frozenset(self._whole.keys() - visible.type_map.keys())
            self._by_schema[visible] = hidden
        return hidden
