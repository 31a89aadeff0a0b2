"""How a step of the upgrade changes a schema: field by field, or type by type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from graphql import StringValueNode, ValueNode

from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.schema import (
    Applied,
    FieldElement,
    FieldsType,
    SubgraphSchema,
)

FieldChange = Callable[[FieldsType, FieldElement], FieldElement | None]
TypeChange = Callable[[FieldsType], FieldsType]
Others = tuple[FieldRoles, ...]
"""The other subgraphs, as they are before any upgrade."""

UpgradeStep = Callable[[SubgraphSchema, Others], SubgraphSchema]


def changed_fields(schema: SubgraphSchema, change: FieldChange) -> SubgraphSchema:
    """Replace fields; `None` drops one."""
    types = dict(schema.types)
    for element in schema.fields_types():
        changed = {
            field.name: new
            for field in element.fields.values()
            if (new := change(element, field)) is not None
        }
        if changed != element.fields:
            types[element.name] = replace(element, fields=changed)
    return replace(schema, types=types)


def changed_types(schema: SubgraphSchema, change: TypeChange) -> SubgraphSchema:
    """Replace object and interface types."""
    changed = {element.name: change(element) for element in schema.fields_types()}
    return replace(schema, types={**schema.types, **changed})


def field_without(field: FieldElement, *names: str) -> FieldElement:
    """The field without certain directives."""
    kept = tuple(a for a in field.directives if a.name not in names)
    return replace(field, directives=kept)


def type_without(element: FieldsType, name: str) -> FieldsType:
    """The type without a directive; its fields stay as they are."""
    kept = tuple(a for a in element.directives if a.name != name)
    return replace(element, directives=kept)


def with_field_set(applied: Applied, text: str) -> Applied:
    """The directive with another field set."""
    arguments: Mapping[str, ValueNode] = {
        **applied.arguments,
        "fields": StringValueNode(value=text, block=False),
    }
    return replace(applied, arguments=MappingProxyType(dict(arguments)))
