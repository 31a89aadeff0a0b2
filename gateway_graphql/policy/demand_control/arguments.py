"""What arguments say: how long a list will be, and what their own values cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from graphql import (
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    parse_value,
)

from gateway_graphql.language.type_reference import NonNullType
from gateway_graphql.policy.demand_control.formula import (
    ZERO,
    Constant,
    InputWeight,
    OneSlice,
    Slice,
    Term,
    VariableCost,
    size,
    total,
)
from gateway_graphql.policy.demand_control.weights import ListSize
from gateway_graphql.supergraph.model import InputValue

Given: TypeAlias = Mapping[str, ValueNode]
Defined: TypeAlias = Mapping[str, InputValue]


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
    stated: ListSize, given: Given, defined: Defined, coordinate: str, otherwise: int
) -> Length:
    """Read the length of a list from the arguments given.

    Args:
        stated: The directive.
        given: The arguments in the document.
        defined: The arguments in the schema.
        coordinate: The field.
        otherwise: The length of lists of which nothing is said.
    """
    slices = tuple(_slice(name, given, defined) for name in stated.slicing)
    is_said = stated.assumed is not None or any(
        s.variable or s.given is not None or s.default is not None for s in slices
    )
    assumed = otherwise if stated.assumed is None else stated.assumed
    is_demanding = stated.requires_one and not _is_one(slices, defined)
    return Length(
        of=stated.sized_fields,
        length=size(slices, assumed) if is_said else None,
        demand=OneSlice(coordinate, slices) if is_demanding else ZERO,
    )


def _is_one(slices: tuple[Slice, ...], defined: Defined) -> bool:
    """Whether exactly one argument is given, whatever the variables are."""
    if not slices:  # nothing is demanded
        return True
    if all(s.variable is None for s in slices):
        return OneSlice("", slices).count({}) == 1
    (first, *others) = slices
    definition = defined.get(first.name)
    is_given = definition is not None and isinstance(definition.type, NonNullType)
    return not others and (is_given or first.default is not None)


def _slice(name: str, given: Given, defined: Defined) -> Slice:
    argument, *members = name.split(".")
    definition = defined.get(argument)
    default: ValueNode | None = None
    if definition is not None and definition.default is not None:
        default = _member(parse_value(definition.default), members)
    node = given.get(argument)
    while members and isinstance(node, ObjectValueNode):
        node = _member(node, [members.pop(0)])
    if isinstance(node, VariableNode):
        variable = node.name.value
        return Slice(
            name,
            variable=variable,
            members=tuple(members),
            default=_integer(default),
        )
    return Slice(name, given=_integer(node), default=_integer(default))


def _member(node: ValueNode, members: list[str]) -> ValueNode | None:
    found: ValueNode | None = node
    for member in members:
        if not isinstance(found, ObjectValueNode):
            return None
        values = {field.name.value: field.value for field in found.fields}
        found = values.get(member)
    return found


def _integer(node: ValueNode | None) -> int | None:
    return int(node.value) if isinstance(node, IntValueNode) else None


def argument_cost(node: ValueNode, weight: InputWeight) -> Term:
    """What an argument's value costs; what is in variables, the request decides."""
    match node:
        case NullValueNode():
            return ZERO
        case VariableNode(name=variable):
            is_free = not weight.weight and not weight.members
            return ZERO if is_free else VariableCost(variable.value, weight)
        case ListValueNode(values=items):
            return total(argument_cost(item, weight) for item in items)
        case ObjectValueNode(fields=fields):
            return total(
                (
                    Constant(weight.weight),
                    *(
                        argument_cost(field.value, weight.members[field.name.value])
                        for field in fields
                        if field.name.value in weight.members
                    ),
                )
            )
        case _:
            return Constant(weight.weight)
