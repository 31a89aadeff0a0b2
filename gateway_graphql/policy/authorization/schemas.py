"""What callers are shown who may not have all of the schema.

To build a schema takes a quarter of a second of a large supergraph, and there are as many
as there are sets of rules that callers fail. So each is built in a thread, once however
many wait for it, and they are kept within a number of bytes. The names that are hidden
cost a hundredth of it; they are enough where nothing is shown but what is wrong with a
document.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Generic, TypeVar

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
)

from gateway_graphql.language.narrowed import HiddenNames
from gateway_graphql.pipeline.preparing.background import Background
from gateway_graphql.policy.authorization.rules import RuleSet
from gateway_graphql.remembered import Remembered

_Shown = TypeVar("_Shown")

MAX_BYTES: Final = 16 * 1024 * 1024
MAX_NAME_BYTES: Final = 8 * 1024 * 1024
_BYTES_PER_SCHEMA: Final = 4 * 1024
_BYTES_PER_ELEMENT: Final = 430
"""What a type, field, argument or value takes of memory in a schema of graphql-core,
beside the model that it is made of: by tracemalloc 0.37, 1.98 and 9.50 MB of schemas of
862, 5 267 and 22 022 such elements."""
_BYTES_PER_SET: Final = 600
_BYTES_PER_NAME: Final = 40
"""What a set of names takes, and each name in it, which is the supergraph's own text."""


class _ByRules(Generic[_Shown]):
    """Remembers what is built for each set of rules that do not hold."""

    def __init__(
        self,
        build: Callable[[RuleSet], _Shown],
        bytes_of: Callable[[_Shown], int],
        max_bytes: int,
        *,
        thread: str,
    ) -> None:
        self._build = build
        self._bytes_of = bytes_of
        self._max_bytes = max_bytes
        self._background = Background(thread)
        # Changed by `get` alone.
        self._built: Remembered[RuleSet, _Shown] = Remembered(
            max_bytes=max_bytes, size=self._size
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._built!r}>"

    async def get(self, failing: RuleSet) -> _Shown:
        """What is for whoever fails these rules."""
        known = self._built.get(failing)
        if known is not None:
            return known
        return await self._background.run(
            failing, partial(self._build, failing), partial(self._built.put, failing)
        )

    def close(self) -> None:
        """Let the thread go; nothing is built in it any more."""
        self._background.close()

    def _size(self, _failing: RuleSet, built: _Shown) -> int:
        # One that is larger than all may be is kept alone: it is built for each request
        # otherwise.
        return min(self._bytes_of(built), self._max_bytes)


class VisibleSchemas(_ByRules[GraphQLSchema]):
    """The schemas that callers are shown."""

    def __init__(
        self, build: Callable[[RuleSet], GraphQLSchema], max_bytes: int = MAX_BYTES
    ) -> None:
        super().__init__(build, estimated_bytes, max_bytes, thread="schemas")


class NamesHidden(_ByRules[HiddenNames]):
    """The names that callers are not to hear of."""

    def __init__(
        self, build: Callable[[RuleSet], HiddenNames], max_bytes: int = MAX_NAME_BYTES
    ) -> None:
        super().__init__(build, bytes_of_names, max_bytes, thread="names")


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


def bytes_of_names(hidden: HiddenNames) -> int:
    """How much memory hidden names take, about."""
    names = len(hidden.types) + sum(map(len, hidden.fields.values()))
    return (2 + len(hidden.fields)) * _BYTES_PER_SET + names * _BYTES_PER_NAME
