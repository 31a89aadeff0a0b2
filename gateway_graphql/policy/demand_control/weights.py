"""`@cost` and `@listSize` of a supergraph, ready to be multiplied.

(Cost specification, https://ibm.github.io/graphql-specs/cost-spec.html, as the federation
specification has it.) Composition keeps the largest weight that any subgraph gave, under
whatever name the directives were imported; the reader has given them their own names back.

Where a subgraph answers with an abstract type, nobody knows the objects beforehand, so
the most expensive one counts, and the longest of their lists.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from graphql import parse_value
from graphql.utilities import value_from_ast_untyped

from gateway_graphql.errors import SupergraphInvalid
from gateway_graphql.language.type_reference import list_depth, named_type
from gateway_graphql.policy.demand_control.formula import InputWeight
from gateway_graphql.supergraph.model import (
    AppliedDirective,
    FieldDefinition,
    InputObjectDefinition,
    InputValue,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
    UnionDefinition,
)
from gateway_graphql.supergraph.typed_operation import field_definition


@dataclass(frozen=True, slots=True)
class ListSize:
    """`@listSize`.

    Attributes:
        assumed: How long the list is without slicing arguments.
        slicing: Arguments that say how long it is, with members after dots.
        sized_fields: The lists in the field's own object that are meant; empty when it
            is the field itself.
        requires_one: Whether exactly one of the slicing arguments must be given.
    """

    assumed: int | None = None
    slicing: tuple[str, ...] = ()
    sized_fields: tuple[str, ...] = ()
    requires_one: bool = True


@dataclass(frozen=True, slots=True)
class FieldWeight:
    """What one field costs by itself, in one subgraph.

    Attributes:
        weight: Of each object or value.
        once: Of the field itself, where it gives a list.
        list_depth: How many lists are around them.
        type_name: Their type.
        sizes: How long the lists are, each with the arguments that say so; the largest
            counts.
        arguments_of_objects: The arguments' definitions by name, on the type and on each
            object that has the field: behind an abstract type, costs and defaults are
            those of the object's own arguments.
    """

    weight: float
    list_depth: int
    type_name: str
    sizes: tuple[tuple[ListSize, Mapping[str, InputValue]], ...] = ()
    arguments_of_objects: tuple[Mapping[str, InputValue], ...] = ()
    once: float = 0


_UNKNOWN: Final = FieldWeight(0, 0, "")
_LARGEST: Final = 2**31 - 1
"""The largest weight that composition lets through: what GraphQL calls an integer."""


def check_weights(supergraph: Supergraph) -> None:
    """Read all weights and sizes once, so that no request meets one that is wrong.

    Composition lets none through, but supergraphs are made elsewhere too.

    Raises:
        SupergraphInvalid: One is; the message says what and where.
    """
    for coordinate, directives in _all_directives(supergraph):
        for name, read in (("cost", _weight), ("listSize", _sizes)):
            try:
                read(directives)
            except ValueError as error:
                raise SupergraphInvalid(
                    f"@{name} on {coordinate} is wrong: {error}."
                ) from error


def _all_directives(
    supergraph: Supergraph,
) -> Iterator[tuple[str, tuple[AppliedDirective, ...]]]:
    """The directives of everything that may have a weight, by its coordinate."""
    for name, definition in supergraph.types.items():
        yield name, definition.directives
        if isinstance(
            definition,
            ObjectDefinition | InterfaceDefinition | InputObjectDefinition,
        ):
            for member in definition.fields.values():
                coordinate = f"{name}.{member.name}"
                yield coordinate, member.directives
                if isinstance(member, FieldDefinition):
                    for argument in member.arguments:
                        yield f"{coordinate}({argument.name}:)", argument.directives


class Weights:
    """Looks up weights in one supergraph; remembers those of input types."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._input_objects: dict[str, InputWeight] = {}

    def possible_types(self, type_name: str) -> frozenset[str]:
        """The object types that a type can be; itself where that is unknown."""
        return frozenset(self._supergraph.possible_types.get(type_name, (type_name,)))

    def field(self, subgraph: str, parent: str, name: str) -> FieldWeight:
        """What a field costs, on a type as a subgraph has it."""
        definitions = self._definitions(parent, name)
        if not definitions:  # what only the subgraph itself knows
            return _UNKNOWN
        first, *objects = definitions
        reference = first.type_in(subgraph)
        depth = list_depth(reference)
        own = [_weight(d.directives) for d in objects or [first]]
        stated = _weight(first.directives)
        weights = [stated if weight is None else weight for weight in own]
        of_type = self.type(named_type(reference))
        return FieldWeight(
            weight=of_type if depth else max(_or(of_type, w) for w in weights),
            once=max(_or(0, w) for w in weights) if depth else 0,
            list_depth=depth,
            type_name=named_type(reference),
            sizes=tuple(_sizes_of_all(definitions)),
            arguments_of_objects=tuple(map(_arguments, definitions)),
        )

    def _definitions(self, parent: str, name: str) -> list[FieldDefinition]:
        """The field on a type, then on the objects that the type can be."""
        names = dict.fromkeys(
            (parent, *self._supergraph.possible_types.get(parent, ()))
        )
        found = (field_definition(self._supergraph, owner, name) for owner in names)
        return [definition for definition in found if definition is not None]

    def type(self, name: str) -> float:
        """What a value of a type costs: its `@cost`, else 1 for objects."""
        definition = self._supergraph.types.get(name)
        own = None if definition is None else _weight(definition.directives)
        if own is not None:
            return own
        match definition:
            case ObjectDefinition():
                return 1
            case InterfaceDefinition() | UnionDefinition():
                possible = self._supergraph.possible_types[name]
                return max((self.type(other) for other in possible), default=1)
            case _:
                return 0

    def input(self, value: InputValue) -> InputWeight:
        """What a value of an argument or input field costs."""
        type_name = named_type(value.type)
        of_type = self._input_type(type_name)
        own = _weight(value.directives)
        return of_type if own is None else InputWeight(own, of_type.members)

    def _input_type(self, name: str) -> InputWeight:
        if (known := self._input_objects.get(name)) is not None:
            return known
        definition = self._supergraph.types.get(name)
        own = None if definition is None else _weight(definition.directives)
        if not isinstance(definition, InputObjectDefinition):
            return InputWeight(own or 0)
        members: dict[str, InputWeight] = {}
        # Known before its members are looked at, since it may contain itself.
        found = InputWeight(1 if own is None else own, members)
        self._input_objects[name] = found
        for member in definition.fields.values():
            members[member.name] = self.input(member)
        return found


def _arguments(definition: FieldDefinition) -> Mapping[str, InputValue]:
    return {argument.name: argument for argument in definition.arguments}


def _or(otherwise: float, weight: float | None) -> float:
    return otherwise if weight is None else weight


def _weight(directives: Iterable[AppliedDirective]) -> float | None:
    for arguments in _applied(directives, "cost"):
        if "weight" in arguments:
            return _number(arguments["weight"])
    return None


def _number(weight: object) -> float:
    number = math.nan
    match weight:
        case bool():
            pass
        case int() | float():
            number = weight
        case str():  # as the cost specification writes it
            with suppress(ValueError):
                number = float(weight)
    if not -_LARGEST <= number <= _LARGEST:
        raise ValueError(f"`weight` is no number from -{_LARGEST} to {_LARGEST}")
    return number


def _sizes(directives: Iterable[AppliedDirective]) -> tuple[ListSize, ...]:
    return tuple(
        ListSize(
            assumed=_length(arguments.get("assumedSize")),
            slicing=_names(arguments.get("slicingArguments")),
            sized_fields=_names(arguments.get("sizedFields")),
            requires_one=arguments.get("requireOneSlicingArgument") is not False,
        )
        for arguments in _applied(directives, "listSize")
    )


def _sizes_of_all(
    definitions: Iterable[FieldDefinition],
) -> Iterator[tuple[ListSize, Mapping[str, InputValue]]]:
    """What a type says of its list, and what each object behind it says of its own.

    What the type says is read by the arguments of each object, which have defaults of
    their own. How a list must be sliced that is asked for on a type, is the type's to
    say, if it says anything.
    """
    first, *objects = definitions
    stated = _sizes(first.directives)
    for size in stated:
        for definition in definitions:
            yield size, _arguments(definition)
    for definition in objects:
        for size in _sizes(definition.directives):
            demands = size.requires_one and not stated
            yield replace(size, requires_one=demands), _arguments(definition)


def _applied(
    directives: Iterable[AppliedDirective], name: str
) -> Iterator[dict[str, object]]:
    for directive in directives:
        if directive.name == name:
            yield {
                argument: value_from_ast_untyped(parse_value(text))
                for argument, text in directive.arguments
            }


def _length(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("`assumedSize` is no number of items")
    return value


def _names(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(item for item in items if isinstance(item, str))
