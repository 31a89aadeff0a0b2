"""Fetches under construction: what grows while a way is laid out.

Keys and required fields are selected beside what the client asked. Their response keys
come from `TakenKeys`, which knows every response key of the client there, so that a
client's alias is never overwritten: a name that is taken gives way to an internal one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import TypeAlias

from msgspec.structs import replace

from gateway_graphql.language.operation import (
    ALWAYS,
    TYPENAME,
    Argument,
    Condition,
    Directive,
    Field,
    Fragment,
    Selection,
)
from gateway_graphql.planning.plan import ContextValue, Path, RepresentationField
from gateway_graphql.supergraph.model import ContextArgument


class TakenKeys:
    """A place in the response tree, and which response keys are taken there.

    Attributes:
        conditions: When an object here is selected, for one reason or another.
    """

    def __init__(self) -> None:
        self.conditions: set[Condition] = set()
        # Response key -> the field it stands for; None where it stands for several.
        self._taken: dict[str, tuple[str, tuple[Argument, ...]] | None] = {}
        self._below: dict[str, TakenKeys] = {}

    def below(self, key: str) -> TakenKeys:
        """The location under a response key."""
        found = self._below.get(key)
        if found is None:
            found = self._below[key] = TakenKeys()
        return found

    def take(self, selections: tuple[Selection, ...]) -> None:
        """Take the response keys of a client's selections, here and below."""
        for selection in selections:
            if isinstance(selection, Fragment):
                self.take(selection.selections)
                continue
            what = (selection.name, selection.arguments)
            key = selection.response_key
            if self._taken.setdefault(key, what) != what:
                self._taken[key] = None
            if selection.selections:
                self.below(key).take(selection.selections)

    def key_for(self, selection: Field) -> str:
        """The response key for a field that the gateway itself needs."""
        what = (selection.name, selection.arguments)
        key, number = selection.name, 0
        while self._taken.setdefault(key, what) != what:
            key = f"_{number}_{selection.name}"
            number += 1
        return key


_TYPENAME = Field(TYPENAME, TYPENAME)
_Slot: TypeAlias = tuple[str, Condition, tuple[Directive, ...]]
"""What selections of a field that are one have in common."""


class SelectionBuilder:
    """Selections on one type, growing.

    Attributes:
        needs_typename: Whether the object's own type is needed, too.
        is_of_object: Whether there must be selections, even if none is needed.
        around: The conditions under which there are objects to select on; what all of
            them share need not be said again.
    """

    def __init__(self) -> None:
        self.around: set[Condition] = set()
        self._fields: dict[_Slot, Field] = {}
        self._below: dict[_Slot, SelectionBuilder] = {}
        self._fragments: dict[str, SelectionBuilder] = {}
        self._typename_conditions: set[Condition] = set()
        self.needs_typename = False
        self.is_of_object = False

    def add(self, selection: Field) -> SelectionBuilder:
        """Select a field, once; its sub-selections are added to what is returned."""
        slot = (selection.response_key, selection.condition, selection.directives)
        if slot not in self._fields:
            self._fields[slot] = selection.selecting(())
            self._below[slot] = SelectionBuilder()
        return self._below[slot]

    def add_typename(self, condition: Condition, *, is_known: bool) -> None:
        """Select the object's own type for its own sake.

        Where it is known it is not asked, but whether there is an object of it is: an
        interface object turns out to be one only here.
        """
        self.needs_typename |= not is_known
        self._typename_conditions.add(condition)

    def on(self, type_name: str) -> SelectionBuilder:
        """The selections on a narrower type."""
        found = self._fragments.get(type_name)
        if found is None:
            found = self._fragments[type_name] = SelectionBuilder()
        return found

    def finish(self) -> tuple[Selection, ...]:
        """What was selected, `__typename` where there would be nothing."""
        return self._selected(frozenset(), self._implied) or (_TYPENAME,)

    @property
    def _implied(self) -> Condition:
        """What holds wherever there is an object."""
        return frozenset.intersection(*self.around) if self.around else ALWAYS

    def _selected(
        self, around: frozenset[Field], implied: Condition
    ) -> tuple[Selection, ...]:
        """What was selected, but for the leaves that are selected around it."""
        fields = [f for f in self._finished_fields(implied) if f not in around]
        around |= {field for field in fields if not field.selections}
        fragments = (
            Fragment(type_name, selections)
            for type_name, below in self._fragments.items()
            if (selections := below._selected(around, implied))  # noqa: SLF001 - its own kind
        )
        return (*fields, *fragments)

    def _finished_fields(self, implied: Condition) -> Iterator[Field]:
        if self.needs_typename:
            yield _TYPENAME
        for slot, selected in self._fields.items():
            below, (key, condition, directives) = self._below[slot], slot
            if condition & implied:
                selected = replace(selected, condition=condition - implied)  # noqa: PLW2901
            if below.is_of_object or not below.is_empty:
                yield selected.selecting(below.finish())
            elif (
                condition <= implied
                or (key, condition & implied, directives) not in self._fields
            ):
                yield selected

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for."""
        return not (
            self._fields
            or self.needs_typename
            or any(not below.is_empty for below in self._fragments.values())
        )

    def conditions(self) -> set[Condition]:
        """The conditions under which something here is asked for."""
        return {condition - self._implied for condition in self._conditions()}

    def _conditions(self) -> Iterator[Condition]:
        yield from (condition for _, condition, _ in self._fields)
        yield from self._typename_conditions
        for below in self._fragments.values():
            yield from below._conditions()  # noqa: SLF001 - its own kind


class EntityBuilder:
    """One `_entities` field, growing.

    Attributes:
        condition: When it is wanted first; others join it under conditions of theirs.
        requires: The representation's fields, with the conditions under which each is
            sure to be in the response tree.
    """

    def __init__(
        self,
        path: Path,
        type_name: str,
        typename: str | None,
        condition: Condition = ALWAYS,
    ) -> None:
        self.path = path
        self.type_name = type_name
        self.typename = typename
        self.condition = condition
        self.requires: dict[RepresentationField, set[Condition]] = {}
        self.selections = SelectionBuilder()
        self._conditions = {condition}

    def require(self, needed: Iterable[RepresentationField]) -> None:
        """Put fields into the representation."""
        for one in needed:
            self.requires.setdefault(one, set()).add(self.condition)

    def may_join(self, other: EntityBuilder) -> bool:
        """Whether one representation does for both, whichever of them is wanted.

        A field that only one of them requires must be there whenever the other is
        wanted: what is absent because of `@skip` cannot be sent.
        """
        return (
            not _conflict(self.requires, other.requires)
            and all(
                one in other.requires or any(c <= other.condition for c in conditions)
                for one, conditions in self.requires.items()
            )
            and all(
                one in self.requires
                or all(other.condition <= c for c in self._conditions)
                for one in other.requires
            )
        )

    def join(self, other: EntityBuilder) -> None:
        """Ask for both with one representation."""
        self._conditions.add(other.condition)
        for one, conditions in other.requires.items():
            self.requires.setdefault(one, set()).update(conditions)


class FetchBuilder:
    """One request, growing."""

    def __init__(self, subgraph: str, depth: int, at: Path = ()) -> None:
        self.subgraph = subgraph
        self.depth = depth
        self.at = at
        self.after: set[FetchBuilder] = set()
        self.selections = SelectionBuilder()
        self._entities: dict[tuple[Path, str, str | None], list[EntityBuilder]] = {}
        self._absorbed: list[EntityBuilder] = []
        self.context: dict[ContextArgument, ContextValue] = {}

    def __repr__(self) -> str:
        return f"<FetchBuilder {self.subgraph} at depth {self.depth}>"

    def entity(self, wanted: EntityBuilder) -> EntityBuilder:
        """The `_entities` field for what is wanted: one that is there, or a new one."""
        slot = (wanted.path, wanted.type_name, wanted.typename)
        for known in self._entities.setdefault(slot, []):
            if known.may_join(wanted):
                known.join(wanted)
                return known
        self._entities[slot].append(wanted)
        return wanted

    @property
    def entities(self) -> tuple[EntityBuilder, ...]:
        """Its `_entities` fields, none for a root fetch."""
        own = (entity for same in self._entities.values() for entity in same)
        return (*own, *self._absorbed)

    def absorb(self, other: FetchBuilder) -> None:
        """Take over another entity fetch to the same subgraph.

        Its `_entities` fields stay apart: should what one of them requires be missing,
        the others are asked all the same.
        """
        self._absorbed += other.entities
        self.after |= other.after


def _conflict(
    some: Iterable[RepresentationField], others: Iterable[RepresentationField]
) -> bool:
    """Whether one representation has no room for both, as with unlike arguments."""
    return any(
        one.name == other.name
        and _overlap(one.on_types, other.on_types)
        and (one.key != other.key or _conflict(one.fields, other.fields))
        for one, other in product(some, others)
    )


def _overlap(some: tuple[str, ...] | None, others: tuple[str, ...] | None) -> bool:
    return some is None or others is None or not set(some).isdisjoint(others)
