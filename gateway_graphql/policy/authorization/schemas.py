"""The schemas that callers are shown who may not have all of it.

To build one takes a second and more of a large supergraph, and there are as many as
there are sets of rules that callers fail. So each is built in a thread, once however
many wait for it, and they are kept within a number of bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
)

from gateway_graphql.pipeline.preparing.background import Background
from gateway_graphql.policy.authorization.rules import RuleSet
from gateway_graphql.remembered import Remembered

MAX_BYTES: Final = 64 * 1024 * 1024
_BYTES_PER_SCHEMA: Final = 300 * 1024
_BYTES_PER_ELEMENT: Final = 1_800
"""What a type, field, argument or value takes of memory in a schema of graphql-core, with
what is kept of its definition: by tracemalloc 1.9, 9.2 and 39.9 MB of schemas of 862,
5 267 and 22 022 such elements."""


class VisibleSchemas:
    """Remembers the schema for each set of rules that do not hold."""

    def __init__(
        self, build: Callable[[RuleSet], GraphQLSchema], max_bytes: int = MAX_BYTES
    ) -> None:
        self._build = build
        self._max_bytes = max_bytes
        self._background = Background("schemas")
        # Changed by `get` alone.
        self._schemas: Remembered[RuleSet, GraphQLSchema] = Remembered(
            max_bytes=max_bytes, size=self._size
        )

    def __repr__(self) -> str:
        return f"<VisibleSchemas {self._schemas!r}>"

    async def get(self, failing: RuleSet) -> GraphQLSchema:
        """The schema for whoever fails these rules."""
        known = self._schemas.get(failing)
        if known is not None:
            return known
        return await self._background.run(
            failing, partial(self._build, failing), partial(self._schemas.put, failing)
        )

    def close(self) -> None:
        """Let the thread go; nothing is built in it any more."""
        self._background.close()

    def _size(self, _failing: RuleSet, schema: GraphQLSchema) -> int:
        # One that is larger than all may be is kept alone: it is built for each request
        # otherwise.
        return min(estimated_bytes(schema), self._max_bytes)


def estimated_bytes(schema: GraphQLSchema) -> int:
    """How much memory a schema takes, by what is in it."""
    elements = 0
    for definition in schema.type_map.values():
        elements += 1
        if isinstance(definition, GraphQLObjectType | GraphQLInterfaceType):
            elements += sum(1 + len(f.args) for f in definition.fields.values())
        elif isinstance(definition, GraphQLInputObjectType):
            elements += len(definition.fields)
        elif isinstance(definition, GraphQLEnumType):
            elements += len(definition.values)
    return _BYTES_PER_SCHEMA + elements * _BYTES_PER_ELEMENT
