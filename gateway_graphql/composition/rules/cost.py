"""`@cost` and `@listSize` name what a cost can be computed from.

Cost specification, https://ibm.github.io/graphql-specs/cost-spec.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.problems import Problems
from gateway_graphql.composition.schema import (
    Applied,
    FieldElement,
    InterfaceType,
    ObjectType,
    UnionType,
)
from gateway_graphql.language.type_reference import (
    ListType,
    NamedType,
    NonNullType,
    TypeReference,
    named_type,
)

_MEMBER: Final = ": arguments can be named, but not members of input objects"


def check_cost(roles: FieldRoles, problems: Problems) -> None:
    """A cost is a resolver's, and interface fields have none."""
    for interface in roles.schema.each(InterfaceType):
        for field in interface.fields.values():
            if field.has("cost"):
                coordinate = f"{interface.name}.{field.name}"
                problems.error(
                    "COST_APPLIED_TO_INTERFACE_FIELD",
                    f'@cost cannot be applied to interface "{coordinate}"',
                    coordinate,
                    roles.schema.name,
                )


def check_list_size(roles: FieldRoles, problems: Problems) -> None:
    """`@listSize` sizes a list, by arguments and fields that exist."""
    for element, field in roles.fields_with("listSize"):
        coordinate = f"{element.name}.{field.name}"
        for applied in field.applied("listSize"):
            for code, complaint in _complaints(roles, coordinate, field, applied):
                problems.error(
                    f"LIST_SIZE_{code}", complaint, coordinate, roles.schema.name
                )


def _complaints(
    roles: FieldRoles, coordinate: str, field: FieldElement, applied: Applied
) -> Iterator[tuple[str, str]]:
    sized = _names(applied, "sizedFields")
    if not sized and not _is_list(field.type):
        yield "APPLIED_TO_NON_LIST", f'"{coordinate}" is not a list'
    assumed = applied.value("assumedSize")
    if isinstance(assumed, int) and assumed < 0:
        yield (
            "INVALID_ASSUMED_SIZE",
            f'Assumed size of "{coordinate}" cannot be negative',
        )
    for name in _names(applied, "slicingArguments"):
        argument = field.arguments.get(name)
        if argument is None:
            yield (
                "INVALID_SLICING_ARGUMENT",
                f'Slicing argument "{name}" is not an argument of "{coordinate}"'
                + (_MEMBER if "." in name else ""),
            )
        elif _without_non_null(argument.type) != NamedType("Int"):
            yield (
                "INVALID_SLICING_ARGUMENT",
                f'Slicing argument "{coordinate}({name}:)" must be Int or Int!',
            )
    if sized:
        yield from _sized_field_complaints(roles, field, sized)


def _sized_field_complaints(
    roles: FieldRoles, field: FieldElement, sized: list[str]
) -> Iterator[tuple[str, str]]:
    code = "INVALID_SIZED_FIELD"
    name = named_type(field.type)
    if not isinstance(
        roles.schema.types.get(name), ObjectType | InterfaceType | UnionType
    ):
        complaint = f'Sized fields cannot be used because "{field.type}" is not a'
        yield code, f"{complaint} composite type"
        return
    fields = roles.schema.fields_of(name)
    for item in sized:
        if item not in fields:
            yield code, f'Sized field "{item}" is not a field on type "{name}"'
        elif not _is_list(fields[item].type):
            yield "APPLIED_TO_NON_LIST", f'Sized field "{name}.{item}" is not a list'


def _names(applied: Applied, argument: str) -> list[str]:
    value = applied.value(argument)
    items = value if isinstance(value, list) else [value]
    return [str(item) for item in items if item is not None]


def _is_list(reference: TypeReference) -> bool:
    return isinstance(_without_non_null(reference), ListType)


def _without_non_null(reference: TypeReference) -> TypeReference:
    return reference.item if isinstance(reference, NonNullType) else reference
