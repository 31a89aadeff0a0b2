"""Give response keys that a subgraph would refuse an internal alias.

Two fields may share a response key on different object types only when their types
have the same shape (specification, section 5.3.2). In the supergraph they do; in one
subgraph one of them may be non-null and the other not. Such a field is asked under an
internal alias, and a `Rename` puts it back in the reply before anything reads it. So is
a field that the client calls `__typename`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import count
from typing import TypeAlias, TypeGuard

from msgspec.structs import replace

from gateway_graphql.language.operation import (
    CLIENT_TYPENAME,
    TYPENAME,
    Field,
    Fragment,
    Selection,
    key_in_answer,
)
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
    aliaser = _Aliaser(subgraph, supergraph, selections)
    found = aliaser.selections(selections, type_name, _Spot(), is_repeated=False)
    if not aliaser.renames:
        return found, ()
    # Those around a place apply before those in it.
    return found, tuple(sorted(aliaser.renames, key=lambda rename: len(rename.path)))


def _keys_in(selections: tuple[Selection, ...]) -> Iterator[str]:
    for selection in selections:
        if isinstance(selection, Field):
            yield selection.response_key
        yield from _keys_in(selection.selections)


class _Spot:
    """A place in the reply, where all selections share their response keys.

    A field may be selected several times, under conditions or on types of their own: what
    is below is then one selection set to the subgraph, so its aliases must agree.

    Attributes:
        path: Where it is once the aliases around it have their real keys.
        shapes: By response key what is selected here so far.
        below: The places below, by response key.
    """

    def __init__(self, path: Path = ()) -> None:
        self.path = path
        self.shapes: dict[str, _Shape] = {}
        self._below: dict[str, _Spot] = {}

    def below(self, alias: str, steps: Path) -> _Spot:
        """The place under a response key."""
        known = self._below.get(alias)
        if known is None:
            known = self._below[alias] = _Spot((*self.path, *steps))
        return known


class _Aliaser:
    def __init__(
        self,
        subgraph: str,
        supergraph: Supergraph,
        asked: tuple[Selection, ...],
    ) -> None:
        self._subgraph = subgraph
        self._types = supergraph.types
        self._asked = asked
        self._shapes: dict[tuple[Field, str], _Shape] = {}
        self.renames: dict[Rename, None] = {}

    @cached_property
    def _taken(self) -> frozenset[str]:
        """The response keys that somebody has chosen; asked for only in a conflict."""
        return frozenset(_keys_in(self._asked))

    def selections(
        self,
        selections: tuple[Selection, ...],
        type_name: str,
        spot: _Spot,
        *,
        is_repeated: bool,
    ) -> tuple[Selection, ...]:
        """Alias what conflicts within the selections of an object."""
        if not is_repeated and _are_unlike_fields(selections):
            return tuple(
                self._field(selection, type_name, spot, is_repeated=False)
                if selection.selections or selection.response_key == CLIENT_TYPENAME
                else selection
                for selection in selections
            )
        return tuple(
            self._fragment(selection, spot)
            if isinstance(selection, Fragment)
            else self._field(selection, type_name, spot, is_repeated=True)
            for selection in selections
        )

    def _fragment(self, fragment: Fragment, spot: _Spot) -> Fragment:
        inner = self.selections(
            fragment.selections, fragment.type_condition, spot, is_repeated=True
        )
        return Fragment(fragment.type_condition, inner)

    def _field(
        self, selection: Field, type_name: str, spot: _Spot, *, is_repeated: bool
    ) -> Field:
        if selection.name == TYPENAME:
            return selection
        key = alias = selection.response_key
        if is_repeated or key == CLIENT_TYPENAME:
            alias = self._alias(key, self._shape(selection, type_name), spot)
        if alias != key:
            self.renames[Rename(spot.path, alias, key)] = None
            selection = replace(selection, response_key=alias)
        if not selection.selections:
            return selection
        reference = self._type_of(type_name, selection.name)
        below = spot.below(alias, (key, *(EACH,) * list_depth(reference)))
        inner = self.selections(
            selection.selections, named_type(reference), below, is_repeated=is_repeated
        )
        return selection.selecting(inner)

    def _alias(self, key: str, shape: _Shape, spot: _Spot) -> str:
        """The first key under which the subgraph can answer this beside the rest."""
        for alias in self._candidates(key):
            known = spot.shapes.setdefault(alias, shape)
            if _merge(known, shape):
                spot.shapes[alias] = _union(known, shape)
                return alias
        raise AssertionError("there are always more names")

    def _candidates(self, key: str) -> Iterator[str]:
        """A response key, and internal aliases for it that nobody has chosen."""
        if key != CLIENT_TYPENAME:
            yield key
        aliases = (f"_{number}_{key_in_answer(key)}" for number in count())
        yield from (alias for alias in aliases if alias not in self._taken)

    def _type_of(self, type_name: str, field_name: str) -> TypeReference:
        definition = self._types[type_name]
        if not isinstance(definition, ObjectDefinition | InterfaceDefinition):
            raise AssertionError(f"`{type_name}` has no fields")
        return definition.fields[field_name].type_in(self._subgraph)

    def _shape(self, selection: Field, type_name: str) -> _Shape:
        known = self._shapes.get((selection, type_name))
        if known is None:
            reference = self._type_of(type_name, selection.name)
            below: dict[str, _Shape] = {}
            self._collect(selection.selections, named_type(reference), below)
            known = self._shapes[selection, type_name] = (
                self._skeleton(reference),
                below,
            )
        return known

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
                key, shape = selection.response_key, self._shape(selection, type_name)
                into[key] = _union(into.get(key, shape), shape)

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


def _union(one: _Shape, other: _Shape) -> _Shape:
    """The shape of what is selected by either; what conflicts is the other's."""
    below = dict(one[1])
    for key, shape in other[1].items():
        below[key] = _union(below.get(key, shape), shape)
    return other[0], below


def _are_unlike_fields(
    selections: tuple[Selection, ...],
) -> TypeGuard[tuple[Field, ...]]:
    """Whether there are fields alone, each with a response key of its own."""
    keys = {s.response_key for s in selections if isinstance(s, Field)}
    return len(selections) == len(keys)
