"""What selections select, as places in the response tree.

A fetch's reply and the client's answer are laid over the same tree. So a field of a
fetch is one that the client asked for when both select it at the same place for some
common type of object, and it is one that another fetch reads when that one looks there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from gateway_graphql.language.operation import Operation
from gateway_graphql.planning.fetched_fields import (
    FetchedField,
    entity_fields,
    root_fields,
)
from gateway_graphql.planning.plan import (
    EACH,
    FetchNode,
    OnTypes,
    Path,
    ResponseKeys,
    keys_of,
)
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.supergraph.typed_operation import TypedField, typed_fields


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
    fields = (
        FetchedField(
            typed, tuple(step for step in typed.place if isinstance(step, str))
        )
        for typed in typed_fields(operation, supergraph)
    )
    return _selected(fields, ())


def selected_by_fetch(
    fetch: FetchNode, supergraph: Supergraph
) -> Iterator[SelectedField]:
    """Every field of a fetch, wherever its reply is merged."""
    if not fetch.entities:
        yield from _selected(root_fields(fetch, supergraph), fetch.at)
    for entity in fetch.entities:
        fields = tuple(entity_fields(fetch, entity, supergraph))
        for path in entity.paths:
            yield from _selected(fields, path, entity.alias)


def _selected(
    fields: Iterable[FetchedField], at: Path, entity: str = ""
) -> Iterator[SelectedField]:
    start = tuple(step for step in at if isinstance(step, str))
    # By identity: all fields of a walk are kept as long as it is.
    below: dict[int, tuple[str, ...]] = {id(None): start}
    for typed, keys in ((one.typed, one.keys) for one in fields):
        steps = (*below[id(typed.above)], keys[-1])
        below[id(typed)] = (*steps, *(EACH,) * typed.lists)
        yield SelectedField(
            (*keys_of(at), *keys),
            ".".join(steps),
            typed.parent,
            typed.field.name,
            _on(typed, at),
            entity,
        )


def _on(typed: TypedField, at: Path) -> frozenset[str]:
    """The object types for which a field is selected, of those that are at a path."""
    last = at[-1] if at else None
    if typed.above is not None or not isinstance(last, OnTypes):
        return frozenset(typed.reach if typed.parent else ())
    return frozenset(last.type_names).intersection(typed.reach)
