"""What arguments say: how long a list will be, and what their own values cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import ObjectValueNode, ValueNode

from gateway_graphql.language.type_reference import NonNullType
from gateway_graphql.policy.demand_control.formula import (
    ZERO,
    ArgumentCost,
    Constant,
    InputWeight,
    OneSlice,
    Slice,
    Term,
    size,
)
from gateway_graphql.policy.demand_control.weights import ListSize
from gateway_graphql.supergraph.arguments import FieldArguments
from gateway_graphql.supergraph.input_literals import (
    ABSENT,
    Known,
    untyped,
)
from gateway_graphql.supergraph.model import InputValue


@dataclass(frozen=True, slots=True)
class Length:
    """What one `@listSize` says of one selected field.

    Attributes:
        of: The lists in the field's object that it is about; empty for the field itself.
        length: How long they are; `None` when it does not say.
        demand: Costs nothing, and refuses what is not sliced as it must be.
    """

    of: tuple[str, ...]
    length: Term | None
    demand: Term


def length_of(
    stated: ListSize, arguments: FieldArguments, coordinate: str, otherwise: int
) -> Length:
    """Read the length of a list from the arguments given.

    Args:
        stated: The directive.
        arguments: Of the field.
        coordinate: The field.
        otherwise: The length of lists of which nothing is said.
    """
    slices = tuple(_slice(name, arguments) for name in stated.slicing)
    is_said = stated.assumed is not None or any(
        not s.is_known or s.number({}) is not None for s in slices
    )
    assumed = otherwise if stated.assumed is None else stated.assumed
    is_demanding = stated.requires_one and not _is_one(slices, arguments.defined)
    return Length(
        of=stated.sized_fields,
        length=size(slices, assumed) if is_said else None,
        demand=OneSlice(coordinate, slices) if is_demanding else ZERO,
    )


def _is_one(slices: tuple[Slice, ...], defined: Mapping[str, InputValue]) -> bool:
    """Whether exactly one argument is given, whatever the variables are."""
    if not slices:  # nothing is demanded
        return True
    if all(s.is_known for s in slices):
        return OneSlice("", slices).count({}) == 1
    (first, *others) = slices
    definition = defined.get(first.name)
    is_given = definition is not None and isinstance(definition.type, NonNullType)
    return not others and is_given


def _slice(name: str, arguments: FieldArguments) -> Slice:
    argument, *members = name.split(".")
    path = tuple(members)
    node = arguments.node(argument)
    while members and isinstance(node, ObjectValueNode):
        node = _member(node, members.pop(0))
    return Slice(
        name,
        given=Known(ABSENT) if node is None else untyped(node),
        below=tuple(members),
        value=arguments.reader(argument),
        path=path,
    )


def _member(node: ObjectValueNode, name: str) -> ValueNode | None:
    return next((f.value for f in node.fields if f.name.value == name), None)


def argument_cost(name: str, arguments: FieldArguments, weight: InputWeight) -> Term:
    """What an argument's value costs; what is in variables, the request decides."""
    if not weight.weight and not weight.members:
        return ZERO
    reader = arguments.reader(name)
    cost = ArgumentCost(reader, weight)
    return Constant(cost.value({})) if isinstance(reader, Known) else cost
