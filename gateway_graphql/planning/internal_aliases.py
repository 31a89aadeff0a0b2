"""Give response keys that a subgraph would refuse an internal alias.

Two fields may share a response key on different object types only when their types
have the same shape (specification, section 5.3.2). In the supergraph they do; in one
subgraph one of them may be non-null and the other not. Such a field is asked under an
internal alias, and a `Rename` puts it back in the reply before anything reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from msgspec.structs import replace

from gateway_graphql.language.operation import TYPENAME, Field, Fragment, Selection
from gateway_graphql.language.type_reference import (
    ListType,
    NamedType,
    NonNullType,
    TypeReference,
    list_depth,
    named_type,
)
from gateway_graphql.planning.plan import EACH, Path, Rename
from gateway_graphql.supergraph.model import (
    EnumDefinition,
    InterfaceDefinition,
    ObjectDefinition,
    ScalarDefinition,
    Supergraph,
)

_Shape: TypeAlias = "tuple[str, Mapping[str, _Shape]]"
"""What merging compares of a field: its type, and the same for what is below it."""


def alias_conflicts(
    selections: tuple[Selection, ...],
    type_name: str,
    subgraph: str,
    supergraph: Supergraph,
) -> tuple[tuple[Selection, ...], tuple[Rename, ...]]:
    """Alias what conflicts in selections on a type; paths start at its object."""
    aliaser = _Aliaser(subgraph, supergraph)
    found = aliaser.selections(selections, type_name, ())
    return found, tuple(aliaser.renames)


class _Aliaser:
    def __init__(self, subgraph: str, supergraph: Supergraph) -> None:
        self._subgraph = subgraph
        self._types = supergraph.types
        self.renames: list[Rename] = []

    def selections(
        self, selections: tuple[Selection, ...], type_name: str, path: Path
    ) -> tuple[Selection, ...]:
        """Alias what conflicts within the selections of an object."""
        if any(isinstance(selection, Fragment) for selection in selections):
            return self._scan(selections, type_name, path, {})
        # Fields of one type do not conflict: they are of the same type each.
        return tuple(
            selection.selecting(self._below(selection, type_name, path))
            if isinstance(selection, Field) and selection.selections
            else selection
            for selection in selections
        )

    def _below(
        self, selection: Field, type_name: str, path: Path
    ) -> tuple[Selection, ...]:
        reference = self._type_of(type_name, selection.name)
        inner = (*path, selection.response_key, *(EACH,) * list_depth(reference))
        return self.selections(selection.selections, named_type(reference), inner)

    def _fragment(
        self, fragment: Fragment, path: Path, seen: dict[str, _Shape]
    ) -> Fragment:
        inner = self._scan(fragment.selections, fragment.type_condition, path, seen)
        return Fragment(fragment.type_condition, inner)

    def _scan(
        self,
        selections: tuple[Selection, ...],
        type_name: str,
        path: Path,
        seen: dict[str, _Shape],
    ) -> tuple[Selection, ...]:
        return tuple(
            self._fragment(selection, path, seen)
            if isinstance(selection, Fragment)
            else self._field(selection, type_name, path, seen)
            for selection in selections
        )

    def _field(
        self, selection: Field, type_name: str, path: Path, seen: dict[str, _Shape]
    ) -> Field:
        if selection.name == TYPENAME:
            return selection
        reference = self._type_of(type_name, selection.name)
        key, shape = selection.response_key, self._shape(selection, reference)
        alias, number = key, 0
        while alias in seen and not _merge(seen[alias], shape):
            alias, number = f"_{number}_{key}", number + 1
        known = seen.get(alias)
        seen[alias] = shape if known is None else (shape[0], {**known[1], **shape[1]})
        if alias != key:
            self.renames.append(Rename(path, alias, key))
        if not selection.selections:
            return replace(selection, response_key=alias) if alias != key else selection
        inner = self._below(selection, type_name, path)
        return replace(selection, response_key=alias, selections=inner)

    def _type_of(self, type_name: str, field_name: str) -> TypeReference:
        definition = self._types[type_name]
        if not isinstance(definition, ObjectDefinition | InterfaceDefinition):
            raise AssertionError(f"`{type_name}` has no fields")
        field = definition.fields[field_name]
        own = (join.type for join in field.joins if join.subgraph == self._subgraph)
        return next(own, None) or field.type

    def _shape(self, selection: Field, reference: TypeReference) -> _Shape:
        below: dict[str, _Shape] = {}
        self._collect(selection.selections, named_type(reference), below)
        return self._skeleton(reference), below

    def _collect(
        self,
        selections: tuple[Selection, ...],
        type_name: str,
        into: dict[str, _Shape],
    ) -> None:
        for selection in selections:
            if isinstance(selection, Fragment):
                self._collect(selection.selections, selection.type_condition, into)
            elif selection.name != TYPENAME:
                reference = self._type_of(type_name, selection.name)
                into[selection.response_key] = self._shape(selection, reference)

    def _skeleton(self, reference: TypeReference) -> str:
        """The type with the names of composite types left out: only leaves count."""
        match reference:
            case NonNullType(item):
                return f"{self._skeleton(item)}!"
            case ListType(item):
                return f"[{self._skeleton(item)}]"
            case NamedType(name):
                definition = self._types.get(name)
                is_leaf = definition is None or isinstance(
                    definition, ScalarDefinition | EnumDefinition
                )
                return name if is_leaf else "{}"


def _merge(one: _Shape, other: _Shape) -> bool:
    """Whether two fields may share a response key."""
    return one[0] == other[0] and all(
        _merge(shape, other[1][key]) for key, shape in one[1].items() if key in other[1]
    )
