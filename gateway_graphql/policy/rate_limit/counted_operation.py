"""What of one operation is counted, found out once per document.

A field counts each time it is called: under every alias, in every fragment. Under a
list it is one call however long the list is, since the gateway asks for it in one batch
and the length is known only when it is too late to refuse. The same response key under
the same type is one call, as it is in execution.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway_graphql.language.conditions import can_hold
from gateway_graphql.language.operation import (
    ALWAYS,
    Condition,
    Field,
    Fragment,
    Operation,
    Selection,
)
from gateway_graphql.language.pruning import Place
from gateway_graphql.policy.rate_limit.arguments import ReadArgument, compile_argument
from gateway_graphql.policy.rate_limit.counter import Counter
from gateway_graphql.policy.rate_limit.requirement import Requirement
from gateway_graphql.policy.rate_limit.schedule import Schedule
from gateway_graphql.supergraph.input_literals import InputLiterals
from gateway_graphql.supergraph.typed_operation import (
    FieldOnType,
    TypedField,
    typed_fields,
)


@dataclass(frozen=True, slots=True)
class FieldCounter:
    """A limit on a field of an operation.

    Attributes:
        counter: The limit.
        arguments: Read the values that it counts by.
        conditions: What it limits is asked for if any of them holds; none means always.
    """

    counter: Counter
    arguments: tuple[ReadArgument, ...]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class CountedField:
    """A field of an operation that has limits.

    Attributes:
        place: Where it is.
        lineage: The places of the fields around it, and its own.
        path: Where its error is: response keys, as far as no list is entered.
        counters: Its limits; all of those that are asked for have to hold.
        within: The nearest counted field around it, by its index in the study.
    """

    place: Place
    lineage: frozenset[Place]
    path: tuple[str, ...]
    counters: tuple[FieldCounter, ...]
    within: int | None


@dataclass(frozen=True, slots=True)
class CountedOperation:
    """What of an operation is counted.

    Attributes:
        requirements: What it needs in order to run at all, by tier.
        fields: The fields with limits, parents first.
    """

    requirements: tuple[Requirement, ...]
    fields: tuple[CountedField, ...]


def counted_operation(schedule: Schedule, operation: Operation) -> CountedOperation:
    """Find what is counted in an operation."""
    counting = _Counting(schedule)
    if schedule.has_fields:
        for typed in typed_fields(
            operation, schedule.supergraph, wanted=counting.is_counted
        ):
            counting.add(typed)
    return CountedOperation(
        schedule.requirements(operation.kind, operation.name),
        tuple(found.counted() for found in counting.found.values()),
    )


@dataclass(slots=True)
class _Limited:
    """A limit of a counted field; more of its conditions may be met later."""

    arguments: tuple[ReadArgument, ...]
    conditions: list[Condition] = field(default_factory=list)


@dataclass(slots=True)
class _Found:
    """A counted field.

    The same key may be asked for under several conditions, of other types each time, so
    every limit has conditions of its own.
    """

    index: int
    typed: TypedField
    within: int | None
    limits: dict[Counter, _Limited] = field(default_factory=dict)

    def counted(self) -> CountedField:
        return CountedField(
            self.typed.place,
            frozenset(around.place for around in self.typed.lineage),
            self.typed.path,
            tuple(_counter(*limited) for limited in self.limits.items()),
            self.within,
        )


def _counter(counter: Counter, limited: _Limited) -> FieldCounter:
    conditions = limited.conditions
    always = ALWAYS in conditions
    return FieldCounter(counter, limited.arguments, () if always else tuple(conditions))


class _Counting:
    """Collects the counted fields of one operation.

    Attributes:
        found: By place, parents first.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._possible = schedule.supergraph.possible_types
        self._literals = InputLiterals(schedule.supergraph)
        # By type and the selections' identity, since equal ones are one object.
        self._reaches: dict[tuple[str, int], Mapping[str, None]] = {}
        self.found: dict[Place, _Found] = {}

    def is_counted(self, selected: FieldOnType) -> bool:
        """Whether a field has limits."""
        return bool(self._limits(selected))

    def add(self, typed: TypedField) -> None:
        """Count a field, unless it is never asked for."""
        if not can_hold(typed.condition):
            return
        found = self.found.get(typed.place)
        if found is None:
            found = _Found(len(self.found), typed, self._within(typed))
            self.found[typed.place] = found
        for counter in self._limits(typed):
            limited = found.limits.get(counter)
            if limited is None:
                limited = _Limited(self._readers(typed.field, counter))
                found.limits[counter] = limited
            limited.conditions.append(typed.condition)

    def _within(self, typed: TypedField) -> int | None:
        """The nearest counted field around a field."""
        for around in reversed(typed.lineage[:-1]):
            if around.place in self.found:
                return self.found[around.place].index
        return None

    def _limits(self, selected: FieldOnType) -> Mapping[Counter, None]:
        schedule = self._schedule
        if selected.definition is None:
            return {}
        returned = self._reached(selected.type_name, selected.field.selections)
        return dict.fromkeys(
            (
                *schedule.of_field(selected.parent, selected.definition),
                *schedule.of_types(returned),
            )
        )

    def _reached(
        self, name: str, selections: tuple[Selection, ...]
    ) -> Mapping[str, None]:
        """The object types that a field can return and something is asked of."""
        key = (name, id(selections))
        if (known := self._reaches.get(key)) is None:
            known = self._reaches[key] = self._find_reached(name, selections)
        return known

    def _find_reached(
        self, name: str, selections: tuple[Selection, ...]
    ) -> Mapping[str, None]:
        possible = self._possible.get(name, ())
        if any(isinstance(selection, Field) for selection in selections):
            return dict.fromkeys(possible)
        reached: dict[str, None] = {}
        for selection in selections:
            if isinstance(selection, Fragment):
                within = self._reached(selection.type_condition, selection.selections)
                reached.update(dict.fromkeys(t for t in possible if t in within))
        return reached

    def _readers(self, selection: Field, counter: Counter) -> tuple[ReadArgument, ...]:
        owner = counter.owner
        if owner is None:  # only a field's limit is by an argument
            return ()
        definitions = {argument.name: argument for argument in owner.arguments}
        return tuple(
            compile_argument(by, selection, definitions[by.path[0]], self._literals)
            for by in counter.arguments
        )
