"""QueryPlan -> FastPlan: what the fast path does at each fetch, worked out beforehand.

A fast plan is for one assignment of the plan's conditions. There is none where the plan
is not simple enough (`NotFast`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import msgspec

from gateway_graphql.exchange import JSON
from gateway_graphql.execution.compiled.decoders import (
    AnswerRecord,
    RecordClasses,
    attribute,
    entities_class,
    reply_decoder,
)
from gateway_graphql.execution.compiled.layout import (
    FieldGiver,
    Layout,
    NotFast,
    RecordPlace,
    RecordPlaces,
)
from gateway_graphql.execution.compiled.members import (
    Members,
    MemberValues,
    lists_around,
    required_of,
)
from gateway_graphql.execution.compiled.shape import (
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

_KEPT_ASSIGNMENTS: Final = 16


@dataclass(frozen=True, slots=True, eq=False)
class RecordLevel:
    """Objects at one path: those of the level above, one step further.

    Attributes:
        above: `None` for the root.
        attribute: Leads to the objects; `None` for the items of lists.
        classes: The classes of those that are meant; `None` for all.
    """

    above: RecordLevel | None = None
    attribute: str | None = None
    classes: frozenset[type[AnswerRecord]] | None = None

    @property
    def put(self) -> Callable[[Any, Any, AnswerRecord], None]:
        """Puts another object into what holds one: a list, or an object above."""
        if self.classes is not None and self.above is not None:
            return self.above.put
        return list.__setitem__ if self.attribute is None else setattr


@dataclass(frozen=True, slots=True, eq=False)
class Representing:
    """How objects of one type are asked for.

    Attributes:
        typename: Of the representation.
        read: A record -> the representation's values.
        key: A record -> by what it is told apart. Records with the same key are one to
            the subgraph; the values themselves, where equal ones are the same in JSON.
        write: MemberValues -> the representation's members.
        has_null: Whether there is a null among values where none may be; whether they
            may lack is for the exact path to say.
        decode: Bytes of an entity -> what is added; where all entities are of this type
            they are decoded at once, and it is not used.
        added: The attributes of an addition.
        absent: What is added where the subgraph has no such entity; `None` where that is
            for the exact path.
    """

    typename: str
    read: Callable[[AnswerRecord], MemberValues]
    key: Callable[[AnswerRecord], Hashable]
    write: Callable[[MemberValues], dict[str, JSON]]
    has_null: Callable[[MemberValues], bool] | None
    decode: Callable[[bytes], AnswerRecord | None]
    added: tuple[str, ...]
    absent: AnswerRecord | None

    def representation(self, record: AnswerRecord) -> JSON:
        """What a record is asked for with."""
        return {TYPENAME: self.typename, **self.write(self.read(record))}

    def has_forbidden_null(self, record: AnswerRecord) -> bool:
        """Whether a record may be one that cannot be asked for."""
        return self.has_null is not None and self.has_null(self.read(record))


@dataclass(frozen=True, slots=True)
class EntityTarget:
    """The objects at one path that an entity input is for.

    Attributes:
        level: Where they are.
        by_class: How records of a class are asked for.
        is_shared: Whether objects with the same values are the same, and may be one.
    """

    level: RecordLevel
    by_class: Mapping[type[AnswerRecord], Representing]
    is_shared: bool


@dataclass(frozen=True, slots=True)
class FastInput:
    """One `_entities` field.

    Attributes:
        attribute: Its answer in the record of the fetch's data.
        variable: Takes the representations.
        targets: The objects that it is for.
        only: How they are asked for, where they are of one type; entities are decoded
            with the reply then.
    """

    attribute: str
    variable: str
    targets: tuple[EntityTarget, ...]
    only: Representing | None


@dataclass(frozen=True, slots=True)
class FastFetch:
    """One fetch.

    Attributes:
        decode: Bytes of a reply -> a record with `data`.
        inputs: Of an entity fetch, those whose conditions hold.
        variables: Of all its inputs; those of the others get no representations.
        added: For a root fetch, the attributes of its data that go to the root; none
            where its data is the root.
    """

    decode: Callable[[bytes], Any]
    inputs: tuple[FastInput, ...] = ()
    variables: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finish:
    """What is still to be done with the records of a level before they are encoded.

    Attributes:
        machinery: The attributes that are no part of the answer.
        final: The class that makes a record of the answer of each; `None` where they
            stay.
        names: The attributes that it is made of; `None` for the name of their type.
        typename: Their type.
    """

    level: RecordLevel
    machinery: tuple[str, ...]
    final: type[AnswerRecord] | None = None
    names: tuple[str | None, ...] = ()
    typename: str = ""


@dataclass(frozen=True, slots=True)
class FastPlan:
    """What the fast path needs to know of a plan.

    Attributes:
        make_root: Makes an empty answer, where several fetches give its fields.
        root: The level of the answer itself.
        fetches: By id; those whose conditions do not hold are not there.
        finishes: From the inside to the outside.
    """

    make_root: Callable[[], AnswerRecord] | None
    root: RecordLevel
    fetches: Mapping[int, FastFetch]
    finishes: tuple[Finish, ...]


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
        self._levels: dict[Path, RecordLevel] = {(): RecordLevel()}
        self._asked: set[RecordLevel] = set()
        # Fetches whose data others wait for.
        self._read_later: set[int] = set()

    def plan(self, plan: QueryPlan) -> FastPlan:
        """Compile a plan."""
        root = self._layout.root
        self._read_later = {earlier for one in plan.fetches for earlier in one.after}
        fetches = {
            fetch.id: self._fetch(fetch)
            for fetch in plan.fetches
            if any_holds(fetch.when, self._values)
        }
        return FastPlan(
            None if root.owner else self._classes.of(root),
            self._level(()),
            fetches,
            tuple(self._finishes((root,), ())),
        )

    def _fetch(self, fetch: FetchNode) -> FastFetch:
        if not fetch.entities:
            return self._root_fetch(FieldGiver(fetch.id))
        nodes = [n for n in fetch.entities if any_holds(n.when, self._values)]
        inputs = [self._input(fetch, node) for node in nodes]
        items = {
            node.alias: item for node, (_, item) in zip(nodes, inputs, strict=True)
        }
        return FastFetch(
            reply_decoder(entities_class(items)).decode,
            tuple(one for one, _ in inputs),
            tuple(node.variable for node in fetch.entities),
        )

    def _root_fetch(self, source: FieldGiver) -> FastFetch:
        root = self._layout.root
        if root.owner == source:
            return FastFetch(reply_decoder(self._classes.of(root)).decode)
        data = self._classes.addition(root, source)
        return FastFetch(reply_decoder(data).decode, added=_added(root, source))

    def _input(self, fetch: FetchNode, node: EntityInput) -> tuple[FastInput, Any]:
        """An input, and the type of the items of its answer."""
        source = FieldGiver(fetch.id, node.alias)
        by_type: dict[str, Representing] = {}
        additions = []
        for place in chain.from_iterable(map(self._layout.at, node.paths)):
            if place.type_name not in by_type:
                addition = self._classes.addition(place, source)
                additions.append(addition)
                how = self._representing(place, node, source, addition)
                by_type[place.type_name] = how
        targets = tuple(self._target(path, node, by_type) for path in node.paths)
        is_one = len(additions) == 1
        only = next(iter(by_type.values())) if is_one else None
        made = FastInput(attribute(node.alias), node.variable, targets, only)
        if only is None:
            return made, msgspec.Raw
        return made, additions[0] if only.absent is None else additions[0] | None

    def _representing(
        self,
        place: RecordPlace,
        node: EntityInput,
        source: FieldGiver,
        addition: type[AnswerRecord],
    ) -> Representing:
        if node.typename is None and TYPENAME not in place.sources:
            raise NotFast
        members = Members.of(place, node.requires)
        absent = self._absent(place, source, addition)
        return Representing(
            typename=node.typename or place.type_name,
            read=members.read,
            key=members.read if members.is_plain else _encoded(members.read),
            write=members.write,
            has_null=members.has_null if members.forbids_null else None,
            decode=msgspec.json.Decoder(
                addition if absent is None else addition | None
            ).decode,
            added=_added(place, source),
            absent=absent,
        )

    def _absent(
        self, place: RecordPlace, source: FieldGiver, addition: type[AnswerRecord]
    ) -> AnswerRecord | None:
        """What stands for an entity that is not there: null for each of its fields.

        That says all there is to say where each may be null, and nobody reads on.
        """
        keys = place.given_by(source)
        if source.fetch in self._read_later or not all(
            key in place.asked and place.values[key].is_nullable for key in keys
        ):
            return None
        return addition(**dict.fromkeys(map(attribute, keys)))

    def _target(
        self, path: Path, node: EntityInput, by_type: Mapping[str, Representing]
    ) -> EntityTarget:
        places, level = self._layout.at(path), self._level(path)
        is_first = level not in self._asked and level.above is not None
        self._asked.add(level)
        return EntityTarget(
            level,
            {self._classes.of(place): by_type[place.type_name] for place in places},
            is_first
            and len(places) == 1
            and level.classes is None
            and _is_identified(places[0], node.requires),
        )

    def _level(self, path: Path) -> RecordLevel:
        """The level at a path, the same for each part that paths have in common."""
        if path not in self._levels:
            above, step = self._level(path[:-1]), path[-1]
            if isinstance(step, OnTypes):
                self._levels[path] = self._narrowed(above, path[:-1], path)
            elif step == EACH:
                self._levels[path] = RecordLevel(above)
            else:
                having = [p for p in self._layout.at(path[:-1]) if step in p.below]
                if len(having) < len(self._layout.at(path[:-1])):
                    classes = frozenset(map(self._classes.of, having))
                    above = RecordLevel(above, classes=classes)
                self._levels[path] = RecordLevel(above, attribute(step))
        return self._levels[path]

    def _narrowed(self, above: RecordLevel, before: Path, path: Path) -> RecordLevel:
        """A level without the objects of other types than those at a path."""
        places = self._layout.at(path)
        if len(places) == len(self._layout.at(before)):
            return above
        return RecordLevel(above, classes=frozenset(map(self._classes.of, places)))

    def _finishes(self, places: RecordPlaces, path: Path) -> Iterator[Finish]:
        """What is to be done with places, and first with all below them."""
        for place in places:
            at = (*path, OnTypes((place.type_name,))) if len(places) > 1 else path
            for key, below in place.below.items():
                if key in place.asked:
                    lists = [EACH] * lists_around(place.values[key])
                    yield from self._finishes(below, (*at, key, *lists))
            final = self._classes.final(place)
            machinery = tuple(
                attribute(key)
                for key in place.machinery
                if not isinstance(place.values[key], TypenameShape)
            )
            if final is not None:
                names = tuple(
                    None
                    if isinstance(place.values[key], TypenameShape)
                    else attribute(key)
                    for key in place.asked
                )
                yield Finish(self._level(at), (), final, names, place.type_name)
            elif machinery:
                yield Finish(self._level(at), machinery)


def _added(place: RecordPlace, source: FieldGiver) -> tuple[str, ...]:
    return tuple(
        attribute(key)
        for key in place.given_by(source)
        if not isinstance(place.values[key], TypenameShape)
    )


def _is_identified(place: RecordPlace, requires: Sequence[RepresentationField]) -> bool:
    """Whether all that is known of an object, when it is made, is what it is asked by."""
    known = {key for key, source in place.sources.items() if source == place.owner}
    whole = {wanted.key for wanted in required_of(place, requires) if not wanted.fields}
    return known <= {TYPENAME, *whole}


def _encoded(read: Callable[[Any], MemberValues]) -> Callable[[Any], Hashable]:
    return lambda record: msgspec.json.encode(read(record))
