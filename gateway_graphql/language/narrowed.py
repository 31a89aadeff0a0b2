"""A schema without some of its names, to tell what is wrong with a document by it.

Building a schema takes a second and more where it is large, and what is said of one
document touches a few of its types. So types here are made as they are asked for, from
those of the whole, and answer as those of a schema that was built without the names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    is_introspection_type,
)
from graphql.type.schema import InterfaceImplementations


@dataclass(frozen=True, slots=True, eq=False)
class HiddenNames:
    """What of a schema somebody is not to hear of.

    Arguments, input fields, enum values and members go with what they belong to.

    Attributes:
        types: Whole types.
        fields: Fields of the types that are left.
    """

    types: frozenset[str] = frozenset()
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.types or self.fields)


NOTHING_HIDDEN: Final = HiddenNames()


class NarrowedSchema(GraphQLSchema):
    """A schema as if some names were not in it; for one document, then it is thrown away.

    The query type stays, and may have no field left.
    """

    def __init__(self, whole: GraphQLSchema, hidden: HiddenNames) -> None:
        # Whoever makes a schema from its parts makes all of its types.
        self.__dict__.update(whole.__dict__)
        self._whole = whole
        self._hidden = hidden
        self._made: dict[str, Any] = {}
        self._sub_type_map = {}
        self.type_map = _Types(self, whole.type_map, hidden.types)
        self.query_type = self._root(whole.query_type)
        self.mutation_type = self._root(whole.mutation_type)
        self.subscription_type = self._root(whole.subscription_type)

    def get_implementations(
        self, interface_type: GraphQLInterfaceType
    ) -> InterfaceImplementations:
        """What is left of an interface's implementations."""
        known = self._whole.get_implementations(interface_type)
        return InterfaceImplementations(
            objects=list(self._left(known.objects)),
            interfaces=list(self._left(known.interfaces)),
        )

    def narrowed(self, whole: Any) -> Any:
        """A type of the whole, as it is here."""
        match whole:
            case GraphQLNonNull(of_type=inner):
                return GraphQLNonNull(self.narrowed(inner))
            case GraphQLList(of_type=inner):
                return GraphQLList(self.narrowed(inner))
            case GraphQLObjectType() | GraphQLInterfaceType() | GraphQLUnionType() if (
                not is_introspection_type(whole)
            ):
                if whole.name not in self._made:
                    self._made[whole.name] = self._make(whole)
                return self._made[whole.name]
            case _:
                return whole

    def _root(self, whole: GraphQLObjectType | None) -> Any:
        return self.narrowed(whole) if whole and whole.name in self.type_map else None

    def _make(
        self, whole: GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
    ) -> GraphQLNamedType:
        if isinstance(whole, GraphQLUnionType):
            return GraphQLUnionType(whole.name, lambda: tuple(self._left(whole.types)))
        return type(whole)(
            whole.name,
            partial(self._fields, whole),
            lambda: tuple(self._left(whole.interfaces)),
        )

    def _fields(
        self, whole: GraphQLObjectType | GraphQLInterfaceType
    ) -> dict[str, GraphQLField]:
        hidden = self._hidden.fields.get(whole.name, ())
        return {
            name: self._field(one)
            for name, one in whole.fields.items()
            if name not in hidden
        }

    def _field(self, whole: GraphQLField) -> GraphQLField:
        parts = whole.to_kwargs()
        parts["type_"] = self.narrowed(whole.type)
        return GraphQLField(**parts)

    def _left(self, types: Any) -> Iterator[Any]:
        return (self.narrowed(one) for one in types if one.name in self.type_map)


class _Types(dict[str, GraphQLNamedType]):
    """The types that are left by name, each narrowed when it is looked at."""

    def __init__(
        self,
        schema: NarrowedSchema,
        whole: Mapping[str, GraphQLNamedType],
        hidden: frozenset[str],
    ) -> None:
        super().__init__(
            (name, one) for name, one in whole.items() if name not in hidden
        )
        self._narrowed = schema.narrowed

    def __getitem__(self, name: str) -> GraphQLNamedType:
        found: GraphQLNamedType = self._narrowed(super().__getitem__(name))
        return found

    def get(self, name: str, default: Any = None) -> Any:
        found = super().get(name, default)
        return self._narrowed(found)

    def values(self) -> Any:
        return [self[name] for name in self]

    def items(self) -> Any:
        return [(name, self[name]) for name in self]
