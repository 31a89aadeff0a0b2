"""`@cost` and `@listSize` of a supergraph, ready to be multiplied.

(Cost specification, https://ibm.github.io/graphql-specs/cost-spec.html, as the federation
specification has it.) Composition keeps the largest weight that any subgraph gave, under
whatever name the directives were imported; the reader has given them their own names back.

Where a subgraph answers with an abstract type, nobody knows the objects beforehand, so
the most expensive one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from graphql import parse_value
from graphql.utilities import value_from_ast_untyped

from gateway_graphql.language.type_reference import (
    TypeReference,
    list_depth,
    named_type,
)
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
        sizes: How long the lists are; the largest counts.
        arguments: The arguments' definitions, by name.
        arguments_of_objects: The same for each object that has the field: behind an
            abstract type, costs and defaults are those of the object's own arguments.
    """

    weight: float
    list_depth: int
    type_name: str
    sizes: tuple[ListSize, ...] = ()
    arguments: Mapping[str, InputValue] = field(default_factory=dict)
    arguments_of_objects: tuple[Mapping[str, InputValue], ...] = ()
    once: float = 0


_UNKNOWN: Final = FieldWeight(0, 0, "")


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
        first = definitions[0]
        reference = _type_in(first, subgraph)
        inherits = _weight(first.directives) is None
        weights = [_weight(d.directives) for d in definitions if inherits or d is first]
        own = [weight for weight in weights if weight is not None]
        type_name = named_type(reference)
        depth = list_depth(reference)
        arguments = tuple(_arguments(d) for d in definitions)
        return FieldWeight(
            weight=max(own) if own and not depth else self.type(type_name),
            once=max(own) if own and depth else 0,
            list_depth=depth,
            type_name=type_name,
            sizes=_sizes(first) or tuple(s for d in definitions for s in _sizes(d)),
            arguments=arguments[0],
            arguments_of_objects=arguments,
        )

    def _definitions(self, parent: str, name: str) -> list[FieldDefinition]:
        """The field on a type, then on the objects that the type can be."""
        names = dict.fromkeys(
            (parent, *self._supergraph.possible_types.get(parent, ()))
        )
        found: list[FieldDefinition] = []
        for type_name in names:
            match self._supergraph.types.get(type_name):
                case (
                    ObjectDefinition(fields=fields) | InterfaceDefinition(fields=fields)
                ) if name in fields:
                    found.append(fields[name])
        return found

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


def _type_in(definition: FieldDefinition, subgraph: str) -> TypeReference:
    for join in definition.joins:
        if join.subgraph == subgraph and join.type is not None:
            return join.type
    return definition.type


def _arguments(definition: FieldDefinition) -> Mapping[str, InputValue]:
    return {argument.name: argument for argument in definition.arguments}


def _weight(directives: Iterable[AppliedDirective]) -> float | None:
    for arguments in _applied(directives, "cost"):
        match arguments.get("weight"):
            case int(weight) | float(weight):
                return weight
            case str(text):  # as the cost specification writes it
                return float(text)
    return None


def _sizes(definition: FieldDefinition) -> tuple[ListSize, ...]:
    return tuple(
        ListSize(
            assumed=_integer(arguments.get("assumedSize")),
            slicing=_names(arguments.get("slicingArguments")),
            sized_fields=_names(arguments.get("sizedFields")),
            requires_one=arguments.get("requireOneSlicingArgument") is not False,
        )
        for arguments in _applied(definition.directives, "listSize")
    )


def _applied(
    directives: Iterable[AppliedDirective], name: str
) -> Iterator[dict[str, object]]:
    for directive in directives:
        if directive.name == name:
            yield {
                argument: value_from_ast_untyped(parse_value(text))
                for argument, text in directive.arguments
            }


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _names(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(item for item in items if isinstance(item, str))
