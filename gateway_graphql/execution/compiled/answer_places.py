"""What the client asked for with runtime types put aside: where errors can be placed.

A path in an answer is a walk through response keys and list items. Which walks there are
follows from the operation alone: for each key, how many lists are around its value, and
which keys its objects have on any type.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway_graphql.execution.run.coverage import ResponsePath
from gateway_graphql.language.operation import Field, Operation, Selection
from gateway_graphql.language.type_reference import list_depth, named_type
from gateway_graphql.supergraph.model import (
    FieldDefinition,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
)


@dataclass(slots=True)
class Asked:
    """A place that was asked for; not changed any more once it is made.

    Attributes:
        lists: How many lists are around its objects.
        fields: By response key, on any type.
    """

    lists: int = 0
    fields: dict[str, Asked] = field(default_factory=dict)

    def at(self, keys: Iterable[str]) -> Asked:
        """The place at a path of response keys; an empty one where nothing is asked."""
        place = self
        for key in keys:
            place = place.fields.get(key, _NOTHING)
        return place

    def cut(self, path: ResponsePath) -> ResponsePath:
        """The path as far as the client asked for it."""
        place, lists = self, self.lists
        for position, step in enumerate(path):
            if isinstance(step, str):
                following = place.fields.get(step)
                if following is None:
                    return path[:position]
                place, lists = following, following.lists
            elif lists and step >= 0:
                lists -= 1
            else:
                return path[:position]
        return path


_NOTHING = Asked()


def asked_of(operation: Operation, supergraph: Supergraph) -> Asked:
    """What an operation asks for, from its root."""
    root = Asked()
    _ask(root, operation.selections, (supergraph.roots[operation.kind],), supergraph)
    return root


def _ask(
    place: Asked,
    selections: Iterable[Selection],
    types: tuple[str, ...],
    supergraph: Supergraph,
) -> None:
    """Add selections to a place; `types` are the conditions around them, inmost first."""
    for selection in selections:
        if not isinstance(selection, Field):
            inmost = (selection.type_condition, *types)
            _ask(place, selection.selections, inmost, supergraph)
            continue
        below = place.fields.setdefault(selection.response_key, Asked())
        definition = _definition(selection.name, types, supergraph)
        # None for `__typename` and introspection, which no subgraph is asked for.
        if definition is not None:
            below.lists = max(below.lists, list_depth(definition.type))
            inside = (named_type(definition.type),)
            _ask(below, selection.selections, inside, supergraph)


def _definition(
    name: str, types: tuple[str, ...], supergraph: Supergraph
) -> FieldDefinition | None:
    for type_name in types:
        match supergraph.types.get(type_name):
            case ObjectDefinition(fields=fields) | InterfaceDefinition(fields=fields):
                if name in fields:
                    return fields[name]
    return None
