"""What it costs to be told of the schema.

Introspection is answered by the gateway itself, from memory, so an object of it weighs a
thousandth of one that a subgraph must fetch. Its lists are as long as those of the schema
are on the average, which makes the sum right for tools that ask for everything, and large
for `fields { type { fields { ...`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from gateway_graphql.execution.compiled.shape import INTROSPECTION_FIELDS
from gateway_graphql.language.operation import Field, Operation, Selection
from gateway_graphql.policy.demand_control.formula import (
    ONE,
    ZERO,
    Constant,
    Term,
    times,
    total,
    when,
)
from gateway_graphql.supergraph.model import (
    EnumDefinition,
    FieldDefinition,
    InputObjectDefinition,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
    TypeDefinition,
    UnionDefinition,
)

OBJECT_COST: Final = 0.001


class IntrospectionCosts:
    """What operations cost that ask of one schema."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph

    @cached_property
    def _lengths(self) -> Mapping[str, Term]:
        """How long the lists of introspection are, by the fields that give them."""
        return _mean_lengths(self._supergraph)

    def of(self, operation: Operation) -> Term:
        """What all that an operation asks of the schema costs, at the root or below."""
        fields = tuple(_introspection_fields(operation.selections))
        if not fields:
            return ZERO
        return times(Constant(OBJECT_COST), total(map(self._objects, fields)))

    def _objects(self, selection: Selection) -> Term:
        """How many objects a selection gives."""
        below = map(self._objects, selection.selections)
        if not isinstance(selection, Field):
            return total(below)
        if not selection.selections:
            return ZERO
        length = self._lengths.get(selection.name, ONE)
        conditions = (selection.condition,) if selection.condition else ()
        return when(conditions, times(length, total((ONE, *below))))


def _introspection_fields(selections: Iterable[Selection]) -> Iterator[Field]:
    for selection in selections:
        if isinstance(selection, Field) and selection.name in INTROSPECTION_FIELDS:
            yield selection
        else:
            yield from _introspection_fields(selection.selections)


def _mean_lengths(supergraph: Supergraph) -> Mapping[str, Term]:
    sizes = [
        _Size.of(definition, supergraph)
        for definition in supergraph.types.values()
        if not definition.is_inaccessible
    ]
    types = len(sizes)
    fields = sum(size.fields for size in sizes)
    return {
        "types": Constant(types),
        "directives": Constant(_SPECIFIED_DIRECTIVES + len(supergraph.directives)),
        "fields": _mean(fields, types),
        "args": _mean(sum(size.arguments for size in sizes), fields),
        "interfaces": _mean(sum(size.interfaces for size in sizes), types),
        "possibleTypes": _mean(sum(size.possible for size in sizes), types),
        "inputFields": _mean(sum(size.input_fields for size in sizes), types),
        "enumValues": _mean(sum(size.enum_values for size in sizes), types),
    }


_SPECIFIED_DIRECTIVES: Final = 5


def _mean(count: int, among: int) -> Term:
    return Constant(count / max(among, 1))


@dataclass(frozen=True, slots=True)
class _Size:
    """How much there is to tell of one type."""

    fields: int = 0
    arguments: int = 0
    interfaces: int = 0
    possible: int = 0
    input_fields: int = 0
    enum_values: int = 0

    @classmethod
    def of(cls, definition: TypeDefinition, supergraph: Supergraph) -> _Size:
        match definition:
            case ObjectDefinition(fields=fields, interfaces=interfaces):
                return cls(len(fields), _arguments(fields), len(interfaces))
            case InterfaceDefinition(fields=fields, interfaces=interfaces):
                possible = len(supergraph.possible_types[definition.name])
                return cls(len(fields), _arguments(fields), len(interfaces), possible)
            case UnionDefinition(members=members):
                return cls(possible=len(members))
            case InputObjectDefinition(fields=fields):
                return cls(input_fields=len(fields))
            case EnumDefinition(values=values):
                return cls(enum_values=len(values))
            case _:
                return cls()


def _arguments(fields: Mapping[str, FieldDefinition]) -> int:
    return sum(len(field.arguments) for field in fields.values())
