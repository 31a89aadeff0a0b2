"""QueryPlan -> FastPlan: what the fast path does at each fetch, worked out beforehand.

A fast plan is for one assignment of the plan's conditions. There is none where the plan
is not simple enough (`NotFast`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, TypeAlias

import msgspec

from gateway_graphql.exchange import JSON
from gateway_graphql.execution.compiled.decoders import (
    Record,
    RecordClasses,
    attribute,
    entities_class,
    reply_decoder,
)
from gateway_graphql.execution.compiled.layout import Layout, NotFast, Place, Source
from gateway_graphql.execution.compiled.shape import (
    EnumShape,
    LeafKind,
    LeafShape,
    ObjectShape,
    Shapes,
    TypenameShape,
)
from gateway_graphql.language.conditions import any_holds, condition_variables
from gateway_graphql.language.operation import TYPENAME
from gateway_graphql.planning.plan import (
    EACH,
    EntityInput,
    FetchNode,
    OnTypes,
    Path,
    QueryPlan,
    RepresentationField,
)
from gateway_graphql.remembered import Remembered
from gateway_graphql.supergraph.model import Supergraph

Values: TypeAlias = Any
"""What a representation has beside its type name: a value, or a tuple of several."""

_KEPT_ASSIGNMENTS: Final = 16
_PLAIN: Final = frozenset(
    {LeafKind.ID, LeafKind.STRING, LeafKind.INT, LeafKind.BOOLEAN}
)


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Objects at one path: those of the level above, one step further.

    Attributes:
        above: `None` for the root.
        attribute: Leads to the objects; `None` for the items of lists.
    """

    above: Level | None = None
    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class EntityTarget:
    """The objects at one path that an entity input is for.

    Attributes:
        level: Where they are.
        values_of: An object -> the values of its representation.
        copies: For each value of an addition, the attribute that it goes to.
        is_shared: Whether objects with the same values are the same, and may be one.
    """

    level: Level
    values_of: Callable[[Record], Values]
    copies: tuple[tuple[str, str], ...]
    is_shared: bool


@dataclass(frozen=True, slots=True)
class FastInput:
    """One `_entities` field.

    Attributes:
        attribute: Its answer in the record of the fetch's data.
        variable: Takes the representations.
        typename: Of all representations.
        names: Of the representation's values.
        targets: The objects that it is for.
        never_null: Which values must not be null; whether they may lack is for the exact
            path to say.
        is_plain: Whether values that are equal are the same in JSON, and hashable.
    """

    attribute: str
    variable: str
    typename: str
    names: tuple[str, ...]
    targets: tuple[EntityTarget, ...]
    never_null: tuple[int, ...]
    is_plain: bool

    def keys(self, values: list[Values]) -> list[Hashable]:
        """By what values are told apart: they are one if they are the same in JSON."""
        return values if self.is_plain else list(map(msgspec.json.encode, values))

    def representation(self, values: Values) -> JSON:
        """What objects with these values are asked for with."""
        if len(self.names) == 1:
            return {TYPENAME: self.typename, self.names[0]: values}
        return {TYPENAME: self.typename, **dict(zip(self.names, values, strict=True))}

    def has_null(self, values: Values) -> bool:
        """Whether there is null where there must be none."""
        every = (values,) if len(self.names) == 1 else values
        return any(every[position] is None for position in self.never_null)


@dataclass(frozen=True, slots=True)
class FastFetch:
    """One fetch.

    Attributes:
        decode: Bytes of a reply -> a record with `data`.
        inputs: Of an entity fetch.
        copies: For a root fetch, the attributes of its data that go to the root; none
            where its data is the root.
    """

    decode: Callable[[bytes], Any]
    inputs: tuple[FastInput, ...] = ()
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FastPlan:
    """What the fast path needs to know of a plan.

    Attributes:
        make_root: Makes an empty answer, where several fetches give its fields.
        root: The level of the answer itself.
        fetches: By id; those whose conditions do not hold are not there.
        machinery: Attributes that are no part of the answer, with where they are.
    """

    make_root: Callable[[], Record] | None
    root: Level
    fetches: Mapping[int, FastFetch]
    machinery: tuple[tuple[Level, tuple[str, ...]], ...]


class FastPlans:
    """The fast plans of one plan, by assignment of its conditions.

    They are made when the plan is used again: what is asked once is not worth it.
    """

    def __init__(self, plan: QueryPlan, shapes: Shapes, supergraph: Supergraph) -> None:
        self._plan = plan
        self._shapes = shapes
        self._supergraph = supergraph
        self._is_used = False
        # Filled by executions; one without a plan is for the exact path.
        self._by_assignment: Remembered[tuple[bool, ...], tuple[FastPlan | None]] = (
            Remembered(_KEPT_ASSIGNMENTS)
        )

    def plan(self, variables: Mapping[str, JSON]) -> FastPlan | None:
        """The fast plan for these (coerced) variables; `None` where there is none."""
        if not self._is_used:
            self._is_used = True
            return None
        assignment = self._shapes.assignment(variables)
        made = self._by_assignment.get(assignment)
        if made is None:
            made = (self._make(variables),)
            self._by_assignment.put(assignment, made)
        return made[0]

    def _make(self, variables: Mapping[str, JSON]) -> FastPlan | None:
        values = self._shapes.values(self._shapes.assignment(variables))
        if not condition_variables(self._plan.operation.selections) <= values.keys():
            return None
        try:
            shape = self._shapes.shape(variables)
            layout = Layout(self._plan, shape, self._supergraph, values)
            return _Compiling(layout, values).plan(self._plan)
        except NotFast:
            return None


class _Compiling:
    """Compiles the fetches of one layout."""

    def __init__(self, layout: Layout, values: Mapping[str, bool]) -> None:
        self._layout = layout
        self._values = values
        self._classes = RecordClasses()
        self._levels: dict[tuple[str, ...], Level] = {}
        self._shared: set[Level] = set()

    def plan(self, plan: QueryPlan) -> FastPlan:
        """Compile a plan."""
        root = self._layout.root
        fetches = {
            fetch.id: self._fetch(fetch)
            for fetch in plan.fetches
            if any_holds(fetch.when, self._values)
        }
        return FastPlan(
            None if root.owner else self._classes.of(root),
            self._level(()),
            fetches,
            tuple(self._machinery(root, ())),
        )

    def _fetch(self, fetch: FetchNode) -> FastFetch:
        root = self._layout.root
        source = Source(fetch.id)
        if not fetch.entities:
            if root.owner == source:
                return FastFetch(reply_decoder(self._classes.of(root)).decode)
            data = self._classes.addition(root, source)
            copies = tuple(name for name, _ in self._copies(root, root, source))
            return FastFetch(reply_decoder(data).decode, copies=copies)
        nodes = [n for n in fetch.entities if any_holds(n.when, self._values)]
        additions = {
            node.alias: self._classes.addition(
                self._layout.at(node.paths[0]), Source(fetch.id, node.alias)
            )
            for node in nodes
        }
        inputs = tuple(
            self._input(fetch, node, f"e{index}") for index, node in enumerate(nodes)
        )
        return FastFetch(reply_decoder(entities_class(additions)).decode, inputs)

    def _input(self, fetch: FetchNode, node: EntityInput, name: str) -> FastInput:
        source = Source(fetch.id, node.alias)
        first = self._layout.at(node.paths[0])
        requires = _required_of(first, node)
        if node.typename is None and TYPENAME not in first.sources:
            raise NotFast
        return FastInput(
            attribute=name,
            variable=node.variable,
            typename=node.typename or first.type_name,
            names=tuple(wanted.name for wanted in requires),
            targets=tuple(
                self._target(path, node, first, source) for path in node.paths
            ),
            never_null=tuple(
                index
                for index, wanted in enumerate(requires)
                if wanted.is_key or wanted.never_null
            ),
            is_plain=all(_is_plain(first, wanted) for wanted in requires),
        )

    def _target(
        self, path: Path, node: EntityInput, first: Place, source: Source
    ) -> EntityTarget:
        place, level = self._layout.at(path), self._level(path)
        if place.type_name != first.type_name:
            raise NotFast
        requires = _required_of(place, node)
        is_shared = level not in self._shared and _is_identified(place, requires)
        self._shared.add(level)
        return EntityTarget(
            level,
            _reader(place, requires),
            tuple(self._copies(place, first, source)),
            is_shared and level.above is not None,
        )

    def _copies(
        self, place: Place, first: Place, source: Source
    ) -> list[tuple[str, str]]:
        return [
            (attribute(first, key), attribute(place, key))
            for key in first.given_by(source)
            if not isinstance(first.values[key], TypenameShape)
        ]

    def _level(self, path: Path) -> Level:
        """The level at a path, the same for each part that paths have in common."""
        steps = tuple(step for step in path if not isinstance(step, OnTypes))
        if steps not in self._levels:
            if not steps:
                self._levels[steps] = Level()
            elif steps[-1] == EACH:
                self._levels[steps] = Level(self._level(steps[:-1]))
            else:
                place = self._layout.at(steps[:-1])
                name = attribute(place, steps[-1])
                self._levels[steps] = Level(self._level(steps[:-1]), name)
        return self._levels[steps]

    def _machinery(
        self, place: Place, path: tuple[str, ...]
    ) -> list[tuple[Level, tuple[str, ...]]]:
        """What is to be unset before a place and all below it are encoded."""
        found = []
        names = tuple(
            attribute(place, key)
            for key in place.machinery
            if not isinstance(place.values[key], TypenameShape)
        )
        if names:
            found.append((self._level(path), names))
        for key, below in place.below.items():
            if key in place.asked:
                lists = _lists_around(place, key)
                found += self._machinery(below, (*path, key, *[EACH] * lists))
        return found


def _required_of(place: Place, node: EntityInput) -> tuple[RepresentationField, ...]:
    """The fields of a representation that objects of a place have."""
    return tuple(
        wanted
        for wanted in node.requires
        if wanted.name != TYPENAME
        and (wanted.on_types is None or place.type_name in wanted.on_types)
    )


def _reader(
    place: Place, requires: tuple[RepresentationField, ...]
) -> Callable[[Record], Values]:
    """Reads the values of a representation from an object."""
    if any(wanted.fields or wanted.key not in place.sources for wanted in requires):
        raise NotFast
    names = [attribute(place, wanted.key) for wanted in requires]
    if not names:
        raise NotFast
    return attrgetter(*names)


def _is_plain(place: Place, wanted: RepresentationField) -> bool:
    value = place.values[wanted.key]
    return isinstance(value, EnumShape) or (
        isinstance(value, LeafShape) and value.kind in _PLAIN
    )


def _is_identified(place: Place, requires: tuple[RepresentationField, ...]) -> bool:
    """Whether all that is known of an object, when it is made, is what it is asked by."""
    known = {key for key, source in place.sources.items() if source == place.owner}
    return known <= {TYPENAME, *(wanted.key for wanted in requires)}


def _lists_around(place: Place, key: str) -> int:
    count, value = 0, place.values[key]
    while not isinstance(value, ObjectShape):
        count += 1
        value = value.item  # type: ignore[union-attr] # only lists are around objects
    return count
