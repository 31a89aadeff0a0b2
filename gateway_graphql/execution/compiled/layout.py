"""The objects of an answer, each at its place, with who gives which of its fields.

A layout is drawn once per plan and assignment of its conditions. A place has objects of
one type; where an abstract type stands there is a place for each type that an object may
be of. Every field is given by one fetch alone. A plan that is not like that (a field given
by two fetches, the query root again) raises `NotFast`, and takes the exact path, always.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Final, TypeAlias

from gateway_graphql.execution.compiled.shape import (
    ListShape,
    ObjectShape,
    ReadyShape,
    Shaper,
    TypenameShape,
    ValueShape,
    WithheldShape,
    are_alike,
)
from gateway_graphql.language.conditions import any_holds
from gateway_graphql.language.operation import TYPENAME, Field, Selection
from gateway_graphql.planning.plan import (
    EACH,
    EntityInput,
    FetchNode,
    OnTypes,
    Path,
    QueryPlan,
    ResponseKeys,
    keys_of,
)
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.supergraph.typed_operation import field_definition

MAX_FIELDS: Final = 500
"""Fields of all places together: fragments within fragments may be any number of them."""


class NotFast(Exception):
    """The fast path is not for this operation."""


@dataclass(frozen=True, slots=True)
class FieldGiver:
    """Who gives a field: an input of a fetch, or a root fetch itself."""

    fetch: int
    alias: str | None = None


@dataclass(slots=True, eq=False)
class RecordPlace:
    """The objects of one type at one place of the answer; drawn, then not changed.

    Attributes:
        type_name: Their type.
        is_one_of_many: Whether objects of other types may be there, too.
        asked: Keys of the client's fields, in the order of the answer; none for objects
            that only keys need.
        values: What a field's value must look like, machinery included.
        owner: Who makes the objects; `None` for a root that several fetches give.
        sources: Who gives which field; the client's `__typename` needs nobody.
        below: The places of the fields that have objects, one for each of their types.
    """

    type_name: str
    is_one_of_many: bool
    asked: tuple[str, ...]
    values: dict[str, ValueShape]
    owner: FieldGiver | None
    sources: dict[str, FieldGiver] = field(default_factory=dict)
    below: dict[str, RecordPlaces] = field(default_factory=dict)

    @property
    def machinery(self) -> tuple[str, ...]:
        """Keys of what is fetched and no part of the answer."""
        return tuple(key for key in self.sources if key not in self.asked)

    def given_by(self, source: FieldGiver) -> tuple[str, ...]:
        """The fields that somebody gives, in the order in which they are asked for."""
        every = (*self.asked, *self.machinery)
        return tuple(key for key in every if self.sources.get(key) == source)


RecordPlaces: TypeAlias = tuple[RecordPlace, ...]
"""The places of objects that differ in type alone."""


class Layout:
    """The places of one answer.

    Args:
        plan: How to answer.
        shape: What the answer looks like.
        supergraph: What the plan was made for.
        values: The assignment of the plan's conditions.

    Raises:
        NotFast: As above.
    """

    def __init__(
        self,
        plan: QueryPlan,
        shape: ObjectShape,
        supergraph: Supergraph,
        values: Mapping[str, bool],
    ) -> None:
        self._supergraph = supergraph
        self._values = values
        self._shaper = Shaper(supergraph, values)
        self._fields = 0
        # The paths and types of the objects that an input is for.
        self._reach: dict[FieldGiver, set[tuple[ResponseKeys, str]]] = {}
        roots = [
            FieldGiver(fetch.id)
            for fetch in plan.fetches
            if not fetch.entities and any_holds(fetch.when, values)
        ]
        owner = roots[0] if len(roots) == 1 else None
        (self.root,) = self._places(shape, owner)
        for fetch in plan.fetches:
            if fetch.context or fetch.renames or fetch.at:
                raise NotFast
            if any_holds(fetch.when, values):
                self._add(fetch)
        if not self._is_complete(self.root, ()):
            raise NotFast

    def _add(self, fetch: FetchNode) -> None:
        if not fetch.entities:
            self._give(self.root, fetch.operation.selections, FieldGiver(fetch.id))
        for node in fetch.entities:
            if any_holds(node.when, self._values):
                source = FieldGiver(fetch.id, node.alias)
                self._add_input(node, fetch.operation.below(node.alias), source)

    def _add_input(
        self, node: EntityInput, selections: tuple[Selection, ...], source: FieldGiver
    ) -> None:
        """Note what entities are given; those of one type are given the same."""
        first_by_type: dict[str, RecordPlace] = {}
        reach = self._reach.setdefault(source, set())
        for path, place in ((p, at) for p in node.paths for at in self.at(p)):
            reach.add((keys_of(path), place.type_name))
            first = first_by_type.setdefault(place.type_name, place)
            if first is not place:
                self._give_alike(place, first, source)
            else:
                self._give(place, selections, source)

    def at(self, path: Path) -> RecordPlaces:
        """The places that a path leads to."""
        places: RecordPlaces = (self.root,)
        for step in path:
            if isinstance(step, OnTypes):
                places = tuple(p for p in places if p.type_name in step.type_names)
            elif step != EACH:
                below = [place.below.get(step, ()) for place in places]
                places = tuple(dict.fromkeys(chain.from_iterable(below)))
        return places

    def _places(self, shape: ObjectShape, owner: FieldGiver | None) -> RecordPlaces:
        if not shape.is_abstract:
            return (self._place(shape, shape.type_name, owner),)
        possible = self._supergraph.possible_types.get(shape.type_name, ())
        return tuple(
            self._place(shape, name, owner)
            for name in possible
            if shape.fields(name) is not None
        )

    def _place(
        self, shape: ObjectShape, type_name: str, owner: FieldGiver | None
    ) -> RecordPlace:
        fields = shape.fields(type_name) or ()
        self._count(1 + len(fields))
        if any(one.answer_key != one.key for one in fields):
            raise NotFast
        values = {one.key: one.value for one in fields}
        if any(isinstance(v, ReadyShape | WithheldShape) for v in values.values()):
            raise NotFast
        return RecordPlace(type_name, shape.is_abstract, tuple(values), values, owner)

    def _count(self, fields: int) -> None:
        self._fields += fields
        if self._fields > MAX_FIELDS:
            raise NotFast

    def _give(
        self, place: RecordPlace, selections: Iterable[Selection], source: FieldGiver
    ) -> None:
        """Note that the objects of a place are given what is selected."""
        by_key: dict[str, list[Field]] = {}
        for one, _ in self._shaper.fields_on(place.type_name, selections):
            by_key.setdefault(one.response_key, []).append(one)
        self._count(len(by_key))
        for key, fields in by_key.items():
            self._note(place, key, source)
            value = self._value(place, fields[0])
            if (shape := object_shape(value)) is not None:
                place.below[key] = self._places(shape, source)
                selected = [child for one in fields for child in one.selections]
                for below in place.below[key]:
                    self._give(below, selected, source)

    def _note(self, place: RecordPlace, key: str, source: FieldGiver) -> None:
        if key in place.sources and key != TYPENAME:
            raise NotFast
        place.sources.setdefault(key, source)

    def _value(self, place: RecordPlace, selected: Field) -> ValueShape:
        """What a selected field must look like, whether or not a client asked for it."""
        known = place.values.get(selected.response_key)
        if known is None:
            known = self._value_of_machinery(place.type_name, selected)
            place.values[selected.response_key] = known
        if isinstance(known, TypenameShape) != (selected.name == TYPENAME):
            raise NotFast
        return known

    def _value_of_machinery(self, type_name: str, selected: Field) -> ValueShape:
        if selected.name == TYPENAME:
            return TypenameShape()
        definition = field_definition(self._supergraph, type_name, selected.name)
        if definition is None:
            raise NotFast
        return self._shaper.value(definition.type, ())

    def _give_alike(
        self, place: RecordPlace, first: RecordPlace, source: FieldGiver
    ) -> None:
        """Note that a place is given what another one is; they share what is below."""
        for key in first.given_by(source):
            self._note(place, key, source)
            value = first.values[key]
            if not are_alike(place.values.setdefault(key, value), value):
                raise NotFast
            if (key in place.asked) != (key in first.asked):
                raise NotFast
            if key in first.below:
                place.below[key] = first.below[key]

    def _is_complete(self, place: RecordPlace, path: ResponseKeys) -> bool:
        """Whether somebody gives whatever is asked of the objects at a path.

        If not, no such object can be there, as far as is known here; one that comes all
        the same is nothing for the fast path. So places of its type are left out.
        """
        self._count(1)
        for key, below in place.below.items():
            inside = partial(self._is_complete, path=(*path, key))
            place.below[key] = tuple(filter(inside, below))
            if not place.below[key]:
                return False
        return all(
            self._is_given(place, key, path) for key in (*place.asked, *place.sources)
        )

    def _is_given(self, place: RecordPlace, key: str, path: ResponseKeys) -> bool:
        source = place.sources.get(key)
        if source is None or source.alias is None:
            return source is not None or isinstance(place.values[key], TypenameShape)
        return source == place.owner or (path, place.type_name) in self._reach[source]


def object_shape(value: ValueShape) -> ObjectShape | None:
    """The shape of the objects in a field, through any lists."""
    while isinstance(value, ListShape):
        value = value.item
    return value if isinstance(value, ObjectShape) else None
