"""What of one operation is counted, found out once per document.

A field counts each time it is called: under every alias, in every fragment. Under a
list it is one call however long the list is, since the gateway asks for it in one batch
and the length is known only when it is too late to refuse. The same response key under
the same type is one call, as it is in execution.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway_graphql.language.operation import (
    ALWAYS,
    Condition,
    Field,
    Fragment,
    Operation,
    Selection,
    key_in_answer,
)
from gateway_graphql.language.pruning import OnType, Place
from gateway_graphql.language.reading import conjunction
from gateway_graphql.language.type_reference import list_depth, named_type
from gateway_graphql.policy.rate_limit.arguments import ReadArgument, compile_argument
from gateway_graphql.policy.rate_limit.counter import Counter
from gateway_graphql.policy.rate_limit.identity import ArgumentAt
from gateway_graphql.policy.rate_limit.requirement import Requirement
from gateway_graphql.policy.rate_limit.schedule import Schedule
from gateway_graphql.supergraph.input_literals import InputLiterals
from gateway_graphql.supergraph.model import (
    FieldDefinition,
    InterfaceDefinition,
    ObjectDefinition,
)


@dataclass(frozen=True, slots=True)
class FieldCounter:
    """A limit on a field of an operation.

    Attributes:
        counter: The limit.
        arguments: Read the values that it counts by.
    """

    counter: Counter
    arguments: tuple[ReadArgument, ...]


@dataclass(frozen=True, slots=True)
class CountedField:
    """A field of an operation that has limits.

    Attributes:
        place: Where it is.
        lineage: The places of the fields around it, and its own.
        path: Where its error is: response keys, as far as no list is entered.
        conditions: It is asked for if any of them holds; none means always.
        counters: Its limits; all have to hold.
        within: The nearest counted field around it, by its index in the study.
    """

    place: Place
    lineage: frozenset[Place]
    path: tuple[str, ...]
    conditions: tuple[Condition, ...]
    counters: tuple[FieldCounter, ...]
    within: int | None


@dataclass(frozen=True, slots=True)
class Study:
    """What of an operation is counted.

    Attributes:
        requirements: What it needs in order to run at all, by tier.
        fields: The fields with limits, parents first.
    """

    requirements: tuple[Requirement, ...]
    fields: tuple[CountedField, ...]


def study_operation(schedule: Schedule, operation: Operation) -> Study:
    """Find what is counted in an operation."""
    walk = _Walk(schedule)
    if schedule.has_fields:
        root = schedule.supergraph.roots[operation.kind]
        walk.selections(operation.selections, _Position(root))
    return Study(
        schedule.requirements(operation.kind, operation.name),
        tuple(found.counted() for found in walk.found.values()),
    )


@dataclass(frozen=True, slots=True)
class _Position:
    """Where the walk is: a selection set."""

    parent: str
    place: Place = ()
    lineage: frozenset[Place] = frozenset()
    path: tuple[str, ...] = ()
    is_in_list: bool = False
    condition: Condition = ALWAYS
    within: int | None = None


@dataclass(slots=True)
class _Found:
    """A counted field; more of its conditions may be met later."""

    index: int
    place: Place
    position: _Position
    path: tuple[str, ...]
    counters: tuple[FieldCounter, ...]
    conditions: list[Condition] = field(default_factory=list)

    def counted(self) -> CountedField:
        always = ALWAYS in self.conditions
        return CountedField(
            self.place,
            self.position.lineage | {self.place},
            self.path,
            () if always else tuple(self.conditions),
            self.counters,
            self.position.within,
        )


class _Walk:
    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._types = schedule.supergraph.types
        self._possible = schedule.supergraph.possible_types
        self._literals = InputLiterals(schedule.supergraph)
        self.found: dict[Place, _Found] = {}

    def selections(
        self, selections: tuple[Selection, ...], position: _Position
    ) -> None:
        for selection in selections:
            if isinstance(selection, Fragment):
                step = OnType(selection.type_condition)
                self.selections(
                    selection.selections,
                    _Position(
                        selection.type_condition,
                        (*position.place, step),
                        position.lineage,
                        position.path,
                        position.is_in_list,
                        position.condition,
                        position.within,
                    ),
                )
            elif not selection.name.startswith("__"):
                self._field(selection, position)

    def _field(self, selection: Field, position: _Position) -> None:
        definition = self._definition(position.parent, selection.name)
        condition = conjunction(position.condition, selection.condition)
        if definition is None or condition is None:
            return
        place = (*position.place, selection.response_key)
        path = position.path
        if not position.is_in_list:
            path = (*path, key_in_answer(selection.response_key))
        within = position.within
        counters = tuple(self._counters(selection, definition, position.parent))
        if counters:
            found = self.found.get(place)
            if found is None:
                index = len(self.found)
                found = _Found(index, place, position, path, counters)
                self.found[place] = found
            found.conditions.append(condition)
            within = found.index
        if selection.selections:
            inner = _Position(
                named_type(definition.type),
                place,
                position.lineage | {place},
                path,
                position.is_in_list or list_depth(definition.type) > 0,
                condition,
                within,
            )
            self.selections(selection.selections, inner)

    def _definition(self, parent: str, name: str) -> FieldDefinition | None:
        definition = self._types.get(parent)
        if isinstance(definition, ObjectDefinition | InterfaceDefinition):
            return definition.fields.get(name)
        return None

    def _counters(
        self, selection: Field, definition: FieldDefinition, parent: str
    ) -> Iterator[FieldCounter]:
        schedule = self._schedule
        returned = self._reached(named_type(definition.type), selection.selections)
        counters = dict.fromkeys(
            (
                *schedule.of_field(parent, definition),
                *schedule.of_types(returned),
            )
        )
        for counter in counters:
            yield FieldCounter(
                counter,
                tuple(self._read(a, selection, counter) for a in counter.arguments),
            )

    def _reached(self, name: str, selections: tuple[Selection, ...]) -> dict[str, None]:
        """The object types that a field can return and something is asked of."""
        possible = self._possible.get(name, ())
        if any(isinstance(selection, Field) for selection in selections):
            return dict.fromkeys(possible)
        reached: dict[str, None] = {}
        for selection in selections:
            if isinstance(selection, Fragment):
                within = self._reached(selection.type_condition, selection.selections)
                reached.update(dict.fromkeys(t for t in possible if t in within))
        return reached

    def _read(
        self, argument: ArgumentAt, selection: Field, counter: Counter
    ) -> ReadArgument:
        if counter.owner is None:
            raise AssertionError("only a field's limit is by an argument")
        definition = next(
            a for a in counter.owner.arguments if a.name == argument.path[0]
        )
        return compile_argument(argument, selection, definition, self._literals)
