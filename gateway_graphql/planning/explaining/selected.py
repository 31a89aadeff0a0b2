"""What selections select, as places in the response tree.

A fetch's reply and the client's answer are laid over the same tree. So a field of a
fetch is one that the client asked for when both select it at the same place for some
common type of object, and it is one that another fetch reads when that one looks there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec.structs import replace

from gateway_graphql.language.operation import (
    Field,
    Fragment,
    Operation,
    Selection,
)
from gateway_graphql.language.type_reference import list_depth
from gateway_graphql.planning.plan import (
    EACH,
    FetchNode,
    OnTypes,
    Path,
    ResponseKeys,
    keys_of,
)
from gateway_graphql.supergraph.model import (
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
)


class SelectedField(msgspec.Struct, frozen=True):
    """A field, and where it is selected.

    Attributes:
        keys: Its place.
        path: The same as people read it, list items as `@`.
        type_name: The type that it is selected on.
        name: The field's name.
        on: The object types for which it is selected.
        entity: For a field of an `_entities` field, that field's alias.
    """

    keys: ResponseKeys
    path: str
    type_name: str
    name: str
    on: frozenset[str]
    entity: str = ""

    @property
    def coordinate(self) -> str:
        """`Type.field`."""
        return f"{self.type_name}.{self.name}"


def selected_by_client(
    operation: Operation, supergraph: Supergraph
) -> Iterator[SelectedField]:
    """Every field of an operation, as often as it is selected."""
    root = supergraph.roots[operation.kind]
    walk = _Walk(supergraph, {})
    return walk.selections(operation.selections, _Position(root, frozenset({root})))


def selected_by_fetch(
    fetch: FetchNode, supergraph: Supergraph
) -> Iterator[SelectedField]:
    """Every field of a fetch, wherever its reply is merged."""
    renames = {(keys_of(r.path), r.alias): r.key for r in fetch.renames}
    walk = _Walk(supergraph, renames)
    if not fetch.entities:
        root = supergraph.roots[fetch.operation.kind]
        at = _Position(root, frozenset({root}), keys_of(fetch.at), _steps(fetch.at))
        yield from walk.selections(fetch.operation.selections, at)
        return
    for entity in fetch.entities:
        below = fetch.operation.below(entity.alias)
        for path in entity.paths:
            last = path[-1] if path else None
            on = frozenset(last.type_names) if isinstance(last, OnTypes) else None
            at = _Position(
                "", on, keys_of(path), _steps(path), (entity.alias,), entity.alias
            )
            yield from walk.selections(below, at)


def _steps(path: Path) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str))


class _Position(msgspec.Struct, frozen=True):
    """Where selections stand: their type, and the place in tree and reply."""

    type_name: str
    on: frozenset[str] | None
    keys: ResponseKeys = ()
    steps: tuple[str, ...] = ()
    reply: ResponseKeys = ()
    entity: str = ""


class _Walk:
    def __init__(
        self, supergraph: Supergraph, renames: Mapping[tuple[ResponseKeys, str], str]
    ) -> None:
        self._supergraph = supergraph
        self._renames = renames

    def selections(
        self, selections: tuple[Selection, ...], at: _Position
    ) -> Iterator[SelectedField]:
        for selection in selections:
            if isinstance(selection, Fragment):
                yield from self.selections(
                    selection.selections, self._on(selection, at)
                )
            else:
                yield from self._field(selection, at)

    def _on(self, fragment: Fragment, at: _Position) -> _Position:
        name = fragment.type_condition
        possible = frozenset(self._supergraph.possible_types[name])
        on = possible if at.on is None else possible & at.on
        return replace(at, type_name=name, on=on)

    def _field(self, field: Field, at: _Position) -> Iterator[SelectedField]:
        key = self._renames.get((at.reply, field.response_key), field.response_key)
        keys, steps = (*at.keys, key), (*at.steps, key)
        on = at.on or frozenset()
        yield SelectedField(
            keys, ".".join(steps), at.type_name, field.name, on, at.entity
        )
        if field.selections and not field.name.startswith("__"):
            yield from self.selections(
                field.selections, self._below(field, at, keys, steps)
            )

    def _below(
        self, field: Field, at: _Position, keys: ResponseKeys, steps: tuple[str, ...]
    ) -> _Position:
        definition = self._supergraph.types.get(at.type_name)
        if not isinstance(definition, ObjectDefinition | InterfaceDefinition):
            raise AssertionError(f"`{at.type_name}` has no field `{field.name}`")
        lists = list_depth(definition.fields[field.name].type)
        type_name = self._supergraph.field_types[at.type_name][field.name]
        return _Position(
            type_name,
            frozenset(self._supergraph.possible_types[type_name]),
            keys,
            (*steps, *(EACH,) * lists),
            (*at.reply, keys[-1]),
            at.entity,
        )
