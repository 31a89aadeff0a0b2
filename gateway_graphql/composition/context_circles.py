"""Contexts are read to an end: no argument's value depends on itself.

An object's argument may be filled with a field that has such an argument, too: each child
reads its parent's, up to the root. But a parent's `child { name }`, read for that child's
own `name`, has no end. Readings are followed here as the planner would: from each type
that sets a context down along the selection and what it requires, and up again to the
nearest object that sets the next context.

(Federation specification, `@context` and `@fromContext`; an end of readings is what
makes the operation answerable.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from gateway_graphql.composition.problems import CompositionError
from gateway_graphql.language.operation import Fragment, Selection
from gateway_graphql.language.type_reference import named_type
from gateway_graphql.query_graph.circles import Reading, goes_round
from gateway_graphql.query_graph.graph import QueryGraph
from gateway_graphql.supergraph.model import (
    ContextArgument,
    FieldDefinition,
    FieldJoin,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
)

_Line: TypeAlias = tuple[str, ...]
"""The types of objects, each in a field of the one before."""
_Readings: TypeAlias = tuple[Reading, ...]


class _Use(NamedTuple):
    """An argument that is filled from a context."""

    type_name: str
    field: str
    subgraph: str
    argument: ContextArgument

    @property
    def coordinate(self) -> str:
        return f"{self.type_name}.{self.field}({self.argument.name}:)"


def check_context_circles(supergraph: Supergraph) -> tuple[CompositionError, ...]:
    """Find arguments whose value from a context depends on itself."""
    circles = _Circles(supergraph)
    return tuple(
        _error(use, setter)
        for use in _uses(supergraph)
        if (setter := circles.setter_in_circle(use.argument)) is not None
    )


def _uses(supergraph: Supergraph) -> Iterator[_Use]:
    for definition in supergraph.types.values():
        if isinstance(definition, ObjectDefinition | InterfaceDefinition):
            for field in definition.fields.values():
                for join in field.joins:
                    for one in join.context_arguments:
                        yield _Use(definition.name, field.name, join.subgraph, one)


def _error(use: _Use, setter: str) -> CompositionError:
    context = use.argument.context.partition("__")[2]
    selection = " ".join(use.argument.selection.text.split())
    return CompositionError(
        "SATISFIABILITY_ERROR",
        f'What "{use.coordinate}" reads from context "{context}" on "{setter}",'
        f" `{selection}`, needs itself and can never be read.",
        use.coordinate,
        (use.subgraph,),
    )


class _Circles:
    """Follows readings."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._contexts = QueryGraph(supergraph, frozenset()).contexts
        # Readings that come to an end, with the objects that they are made among.
        self._ended: set[tuple[ContextArgument, _Line]] = set()

    def setter_in_circle(self, argument: ContextArgument) -> str | None:
        """A type on which reading for an argument has no end; `None` without one."""
        for name in sorted(self._contexts.setters(argument.context)):
            is_object = isinstance(self._supergraph.types[name], ObjectDefinition)
            if is_object and self._read_forever(argument, (name,), ()):
                return name
        return None

    def _read_forever(
        self, argument: ContextArgument, line: _Line, around: _Readings
    ) -> bool:
        """Whether reading from the last object of a line has no end."""
        if (argument, line) in self._ended:
            return False
        reading = Reading((argument, line[-1]), len(line))
        if goes_round(reading, around):
            return True
        selections = argument.selection.selections
        if self._needs_forever(selections, line, (*around, reading)):
            return True
        self._ended.add((argument, line))
        return False

    def _needs_forever(
        self, selections: tuple[Selection, ...], line: _Line, around: _Readings
    ) -> bool:
        return any(self._one_forever(one, line, around) for one in selections)

    def _one_forever(
        self, selection: Selection, line: _Line, around: _Readings
    ) -> bool:
        if isinstance(selection, Fragment):
            possible = self._supergraph.possible_types[selection.type_condition]
            return line[-1] in possible and self._needs_forever(
                selection.selections, line, around
            )
        field = self._fields(line[-1]).get(selection.name)
        if field is None:
            return False
        possible = self._supergraph.possible_types.get(named_type(field.type), ())
        return self._field_forever(field, line, around) or any(
            self._needs_forever(selection.selections, (*line, name), around)
            for name in possible
        )

    def _field_forever(
        self, field: FieldDefinition, line: _Line, around: _Readings
    ) -> bool:
        """Whether every subgraph that resolves a field of the last object is stuck."""
        joins = [join for join in self._joins(field, line[-1]) if not join.is_external]
        return bool(joins) and all(
            self._join_forever(join, line, around) for join in joins
        )

    def _fields(self, type_name: str) -> Mapping[str, FieldDefinition]:
        definition = self._supergraph.types[type_name]
        if isinstance(definition, ObjectDefinition | InterfaceDefinition):
            return definition.fields
        return {}

    def _joins(self, field: FieldDefinition, type_name: str) -> Iterator[FieldJoin]:
        """Who resolves a field: on the type, or for an interface that is an object."""
        yield from field.joins
        definition = self._supergraph.types[type_name]
        if not field.joins and isinstance(definition, ObjectDefinition):
            for interface in definition.interfaces:
                if field.name in (others := self._fields(interface)):
                    yield from others[field.name].joins

    def _join_forever(self, join: FieldJoin, line: _Line, around: _Readings) -> bool:
        """Whether what a subgraph needs for a field of the last object has no end."""
        return any(
            self._read_forever(argument, line[:end], around)
            for argument in join.context_arguments
            if (end := self._holder(argument, line))
        ) or self._required_forever(join, line, around)

    def _holder(self, argument: ContextArgument, line: _Line) -> int:
        """Where the nearest object that sets a context ends a line; 0 if further up."""
        setters = self._contexts.setters(argument.context)
        return next(
            (n for n in range(len(line) - 1, 0, -1) if line[n - 1] in setters), 0
        )

    def _required_forever(
        self, join: FieldJoin, line: _Line, around: _Readings
    ) -> bool:
        reading = Reading((join, line[-1]), len(line))
        # Requirements that need each other are found where ways are looked for.
        if not join.requires or goes_round(reading, around):
            return False
        required = join.requires.selections
        return self._needs_forever(required, line, (*around, reading))
