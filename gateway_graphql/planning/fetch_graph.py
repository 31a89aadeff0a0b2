"""The chosen way, laid out as fetches: the one mutable thing in planning.

A `FetchGraph` takes the steps of a way and writes each selection into the fetch that
resolves it. Fetches are found by subgraph and depth, so that everything which is ready
together for one subgraph is in one request. A `Standpoint` says where one stands while
doing so: in which fetch, at which selections, and where in the response tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from gateway_graphql.errors import PlanningFailed
from gateway_graphql.language.field_set import FieldSet
from gateway_graphql.language.operation import (
    ALWAYS,
    META_FIELDS,
    TYPENAME,
    Argument,
    Condition,
    Field,
    Fragment,
    Operation,
    Selection,
)
from gateway_graphql.language.type_reference import (
    TypeReference,
    named_type,
    never_null,
)
from gateway_graphql.planning.builders import (
    EntityBuilder,
    FetchBuilder,
    SelectionBuilder,
    TakenKeys,
)
from gateway_graphql.planning.plan import (
    EACH,
    ContextValue,
    OnTypes,
    Path,
    RepresentationField,
)
from gateway_graphql.query_graph.circles import Reading, goes_round
from gateway_graphql.query_graph.graph import QueryGraph
from gateway_graphql.query_graph.model import Downcast, FieldMove, KeyMove, Node
from gateway_graphql.query_graph.search import Search
from gateway_graphql.query_graph.ways import Arrival, Entry, Way, steps_of
from gateway_graphql.supergraph.model import (
    ContextArgument,
    InterfaceDefinition,
    ObjectDefinition,
)


class Standpoint(msgspec.Struct, frozen=True):
    """Where one stands while a way is laid out.

    Attributes:
        node: The object and who has it.
        fetch: The fetch that it is in.
        selections: The selections on it.
        path: Its path in the response tree.
        location: The same without type conditions.
        condition: When there is an object at the path at all.
        entered: When its fields are wanted, where a fetch begins at it: the objects may
            be there for something else.
        parent: Where the object is from: one field further up.
    """

    node: Node
    fetch: FetchBuilder
    selections: SelectionBuilder
    path: Path = ()
    location: TakenKeys = msgspec.field(default_factory=TakenKeys)
    condition: Condition = ALWAYS
    entered: Condition = ALWAYS
    parent: Standpoint | None = None

    @property
    def depth(self) -> int:
        """The depth of its fetch."""
        return self.fetch.depth

    @property
    def height(self) -> int:
        """How many steps of a response path lead to it."""
        return sum(isinstance(step, str) for step in self.path)


class _Held(msgspec.Struct, frozen=True):
    """Objects whose fields go into a representation, or into a context's value.

    Attributes:
        type_name: Their type where they are selected.
        location: Where they are.
        is_key: Whether the fields are a key.
        on_types: The types of them that are meant; `None` for all.
    """

    type_name: str
    location: TakenKeys
    is_key: bool = False
    on_types: tuple[str, ...] | None = None


class _Purpose(msgspec.Struct, frozen=True):
    """Why something is selected: for the client, or for the gateway's own needs."""

    is_internal: bool = False
    condition: Condition = ALWAYS


_Read: TypeAlias = tuple[SelectionBuilder, FieldSet, tuple[Condition, ...]]
"""Where something is read from a context, what, and under which conditions."""

_CLIENT = _Purpose()
_INTERNAL = _Purpose(is_internal=True)


class FetchGraph:
    """The fetches of one operation under construction."""

    def __init__(self, graph: QueryGraph, search: Search, operation: Operation) -> None:
        self._graph = graph
        self._search = search
        self._root = graph.supergraph.roots[operation.kind]
        self._variables = {variable.name for variable in operation.variables}
        self._fetches: dict[tuple[str, int, Path], FetchBuilder] = {}
        # What is read from contexts at the moment, each for the sake of the one before.
        self._readings: list[Reading] = []
        # What was read before, once for all that need it, and the fetches it comes by.
        self._read: dict[_Read, set[FetchBuilder]] = {}

    @property
    def fetches(self) -> list[FetchBuilder]:
        """In topological order: whatever a fetch waits for has a smaller depth."""
        return sorted(self._fetches.values(), key=lambda fetch: fetch.depth)

    def fetch(self, subgraph: str, depth: int, at: Path = ()) -> FetchBuilder:
        """The request to a subgraph at a depth.

        Args:
            subgraph: The subgraph's name.
            depth: How many fetches come before it.
            at: For a root fetch that is not at the root, where its reply belongs.
        """
        key = (subgraph, depth, at)
        found = self._fetches.get(key)
        if found is None:
            found = self._fetches[key] = FetchBuilder(subgraph, depth, at)
        return found

    def lay_out_root(self, way: Way, location: TakenKeys, *, depth: int = 0) -> None:
        """Lay out a way that starts outside all subgraphs."""
        for step in steps_of(way):
            for arrival, below in step.branches:
                fetch = self.fetch(arrival.head.subgraph, depth)
                node = Node(self._root, arrival.head.subgraph)
                root = Standpoint(node, fetch, fetch.selections, (), location)
                if step.selection is None:
                    raise AssertionError("a root step selects a field")
                self._select(step.selection, arrival, below, root, _CLIENT)

    def _lay_out(self, way: Way, place: Standpoint, why: _Purpose) -> set[FetchBuilder]:
        """Write a way's selections; the fetches that hold them."""
        used: set[FetchBuilder] = set()
        for step in steps_of(way):
            for arrival, below in step.branches:
                inner = self._purpose(step.selection, why)
                target = self._arrive(place, arrival, inner.condition)
                if step.selection is not None:
                    used |= self._select(step.selection, arrival, below, target, why)
                elif below is not None:
                    used |= self._lay_out(below, target, why)
        return used

    @staticmethod
    def _purpose(selection: Field | None, why: _Purpose) -> _Purpose:
        if selection is None or not selection.condition:
            return why
        return replace(why, condition=why.condition | selection.condition)

    def _select(
        self,
        selection: Field,
        arrival: Arrival,
        below: Way | None,
        place: Standpoint,
        why: _Purpose,
    ) -> set[FetchBuilder]:
        if selection.name in META_FIELDS:
            if selection.name == TYPENAME:
                place.selections.add_typename(
                    place.entered | why.condition | selection.condition,
                    is_known=self._is_known(place.node),
                )
            return {place.fetch}
        key = selection.response_key
        if why.is_internal:
            key = place.location.key_for(selection)
            selection = replace(selection, response_key=key, condition=why.condition)
        if not place.entered <= selection.condition:
            condition = place.entered | selection.condition
            selection = replace(selection, condition=condition)
        if place.fetch.context and isinstance(arrival.move, FieldMove):
            selection = _with_context(selection, arrival.move, place.fetch)
        selections = place.selections.add(selection)
        if not isinstance(arrival.move, FieldMove):
            return {place.fetch}
        # Nothing may be left to ask of an object: it is skipped, or asked elsewhere.
        selections.is_of_object = not arrival.move.is_leaf
        if below is None:
            return {place.fetch}
        selections.needs_typename |= self._needs_typename(arrival.head, arrival.move)
        child = Standpoint(
            arrival.head,
            place.fetch,
            selections,
            (*place.path, key, *(EACH,) * arrival.move.list_depth),
            place.location.below(key),
            place.condition | selection.condition,
            parent=place,
        )
        child.location.conditions.add(child.condition)
        # Below a conditional field nothing else is conditional on the same.
        inner = _INTERNAL if why.is_internal else _CLIENT
        return self._lay_out(below, child, inner) | {place.fetch}

    def _is_known(self, node: Node) -> bool:
        """Whether an object's type is known without asking."""
        return not self._graph.types.is_abstract(node)

    def _needs_typename(self, node: Node, move: FieldMove) -> bool:
        """Whether the object's own type must be asked for with it."""
        if self._graph.types.is_interface_object(node):
            return False  # it would answer with the interface's name
        return move.is_abstract

    # Moves

    def _arrive(
        self, place: Standpoint, arrival: Arrival, condition: Condition
    ) -> Standpoint:
        if arrival.entry is not None:
            place = self._enter(place, arrival.entry, condition)
        if isinstance(arrival.move, Downcast):
            place = self._narrow(place, arrival.head)
        return place

    def _narrow(self, place: Standpoint, head: Node) -> Standpoint:
        place.selections.needs_typename = True
        names = self._graph.supergraph.possible_types[head.type_name]
        return replace(
            place,
            node=head,
            selections=place.selections.on(head.type_name),
            path=_narrowed(place.path, names),
        )

    def _enter(
        self, place: Standpoint, entry: Entry, condition: Condition
    ) -> Standpoint:
        """Add an entity fetch for the object at a place; one stands in it then."""
        move, head = entry.edge.move, entry.edge.head
        depth = place.depth + entry.depth
        if not isinstance(move, KeyMove):
            return self._enter_root(place, head, depth)
        why = _Purpose(is_internal=True, condition=condition)
        if entry.context:
            fetch = self._fetch_with_context(place, entry, why)
        else:
            fetch = self.fetch(head.subgraph, depth)
        fetch.after |= self._lay_out(entry.key, place, why) | {place.fetch}
        if entry.requires is not None:
            fetch.after |= self._lay_out(entry.requires, place, why)
        if move.typename is None:
            place.selections.needs_typename = True
        wanted = EntityBuilder(
            place.path, head.type_name, move.typename, place.condition | condition
        )
        held = _Held(place.node.type_name, place.location)
        wanted.require(self._representation(move.key, replace(held, is_key=True)))
        wanted.require(self._representation(entry.required, held))
        entity = fetch.entity(wanted)
        if self._graph.types.is_abstract(head):
            entity.selections.needs_typename = True
        return self._entered(place, head, fetch, entity.selections)

    @staticmethod
    def _entered(
        place: Standpoint, head: Node, fetch: FetchBuilder, selections: SelectionBuilder
    ) -> Standpoint:
        """The same place, where a fetch begins at it."""
        selections.around = place.location.conditions
        return replace(
            place,
            node=head,
            fetch=fetch,
            selections=selections,
            entered=place.condition,
        )

    def _fetch_with_context(
        self, place: Standpoint, entry: Entry, why: _Purpose
    ) -> FetchBuilder:
        """The fetch for a field with arguments from further up, and for it alone.

        It may come later than the entry says: what it waits for is not known before
        one knows the whole way down.
        """
        values: dict[ContextArgument, ContextValue] = {}
        after = {place.fetch}
        for argument in entry.context:
            holder = self._holder(place, argument)
            selections = argument.selection.selections
            after |= self._read_context(argument, holder, why)
            held = _Held(holder.node.type_name, holder.location)
            value = tuple(self._representation(selections, held))
            if any(field.on_types for field in value):
                holder.selections.needs_typename = True
            values[argument] = ContextValue(
                variable=self._free_variable(f"_context_{argument.name}"),
                steps=holder.height,
                value=value,
                never_null=never_null(argument.type),
            )
        depth = max(place.depth + entry.depth, *(1 + fetch.depth for fetch in after))
        marks = (*place.path, *(f"({argument})" for argument in entry.context))
        fetch = self.fetch(entry.edge.head.subgraph, depth, marks)
        fetch.at = ()
        fetch.after |= after
        fetch.context = values
        return fetch

    def _read_context(
        self, argument: ContextArgument, holder: Standpoint, why: _Purpose
    ) -> set[FetchBuilder]:
        """Select what an argument is filled with; the fetches that bring it."""
        conditions = (holder.condition, holder.entered, why.condition)
        slot = (holder.selections, argument.selection, conditions)
        if (known := self._read.get(slot)) is not None:
            return known
        reading = Reading((argument, holder.node), holder.height)
        if goes_round(reading, self._readings):
            raise PlanningFailed(f"Context `{argument.context}` depends on itself.")
        ways = self._search.of_all(argument.selection.selections, holder.node)
        if not ways:
            raise PlanningFailed(f"No way leads to context `{argument.context}`.")
        self._readings.append(reading)
        found = self._read[slot] = self._lay_out(ways[0], holder, why)
        self._readings.pop()
        return found

    def _free_variable(self, name: str) -> str:
        """A variable that the client has not taken."""
        while name in self._variables:
            name = f"_{name}"
        return name

    def _holder(self, place: Standpoint, argument: ContextArgument) -> Standpoint:
        """The nearest object further up that has a context."""
        holder = place.parent
        while holder is not None:
            if self._graph.contexts.is_set_by(holder.node, argument.context):
                return holder
            holder = holder.parent
        raise PlanningFailed(f"Nothing around sets the context `{argument.context}`.")

    def _enter_root(self, place: Standpoint, head: Node, depth: int) -> Standpoint:
        """Add a root fetch whose reply belongs to the query root at a place."""
        if not place.path:  # the root itself: nothing has to come before
            fetch = self.fetch(head.subgraph, place.depth)
            return replace(place, node=head, fetch=fetch, selections=fetch.selections)
        fetch = self.fetch(head.subgraph, depth, place.path)
        fetch.after.add(place.fetch)
        return self._entered(place, head, fetch, fetch.selections)

    def _representation(
        self, selections: tuple[Selection, ...], held: _Held
    ) -> Iterator[RepresentationField]:
        for selection in selections:
            if isinstance(selection, Fragment):
                narrower = self._held_as(held, selection.type_condition)
                if narrower.on_types != ():
                    yield from self._representation(selection.selections, narrower)
            elif selection.name != TYPENAME:
                yield self._representation_field(selection, held)

    def _held_as(self, held: _Held, type_name: str) -> _Held:
        """The objects under a type condition, which may be all of them."""
        possible = self._graph.supergraph.possible_types
        around = held.on_types or possible[held.type_name]
        names = tuple(name for name in possible[type_name] if name in around)
        on_types = None if set(names) == set(possible[held.type_name]) else names
        return replace(held, on_types=on_types)

    def _representation_field(
        self, selection: Field, held: _Held
    ) -> RepresentationField:
        key = held.location.key_for(selection)
        reference = self._type_of(selection, held)
        inner = _Held(
            named_type(reference), held.location.below(key), is_key=held.is_key
        )
        below = tuple(self._representation(selection.selections, inner))
        if _depends_on_type(selection):
            # Only so the subgraph can tell which of its types it is given.
            below = (RepresentationField(TYPENAME, TYPENAME), *below)
        return RepresentationField(
            selection.name,
            key,
            below,
            held.on_types,
            held.is_key,
            never_null(reference),
        )

    def _type_of(self, selection: Field, held: _Held) -> TypeReference:
        supergraph = self._graph.supergraph
        possible = held.on_types or supergraph.possible_types[held.type_name]
        for name in (held.type_name, *possible):
            match supergraph.types[name]:
                case (
                    ObjectDefinition(fields=fields) | InterfaceDefinition(fields=fields)
                ) if selection.name in fields:
                    return fields[selection.name].type
        raise AssertionError(f"`{held.type_name}` has no field `{selection.name}`")


def _with_context(selection: Field, move: FieldMove, fetch: FetchBuilder) -> Field:
    """A field with the arguments that the gateway fills."""
    filled = tuple(
        Argument(argument.name, f"${fetch.context[argument].variable}")
        for argument in move.context_arguments
        if argument in fetch.context
    )
    return replace(selection, arguments=(*selection.arguments, *filled))


def _depends_on_type(selection: Field) -> bool:
    """Whether the objects of a required field are to come with their type."""
    return any(
        isinstance(inner, Fragment) or inner.name == TYPENAME
        for inner in selection.selections
    )


def _narrowed(path: Path, names: tuple[str, ...]) -> Path:
    """The path for fewer types; conditions that follow each other become one."""
    if path and isinstance(path[-1], OnTypes):
        both = tuple(name for name in path[-1].type_names if name in names)
        return (*path[:-1], OnTypes(both))
    return (*path, OnTypes(names))
