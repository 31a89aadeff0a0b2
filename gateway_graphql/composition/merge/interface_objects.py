"""Fields that interface objects give to the implementations of their interface.

A subgraph with an interface object adds a field to every implementation without naming
one. In the supergraph each implementation has the field, joined with no subgraph: it is
reached through the interface.

(Federation specification, `@interfaceObject`.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gateway_graphql.composition.merge.context import Merging
from gateway_graphql.composition.merge.fields import check_sharing
from gateway_graphql.composition.merge.overrides import FieldOverrides
from gateway_graphql.supergraph.model import (
    InterfaceDefinition,
    ObjectDefinition,
    TypeDefinition,
)


def add_interface_object_fields(
    merging: Merging, types: Mapping[str, TypeDefinition]
) -> dict[str, TypeDefinition]:
    """Give implementations the fields that only interface objects resolve."""
    merged = dict(types)
    for name, definition in types.items():
        if isinstance(definition, ObjectDefinition):
            merged[name] = _with_missing(merging, definition, types)
    return merged


def _with_missing(
    merging: Merging, definition: ObjectDefinition, types: Mapping[str, TypeDefinition]
) -> ObjectDefinition:
    fields = dict(definition.fields)
    for interface_name in definition.interfaces:
        interface = types.get(interface_name)
        if not isinstance(interface, InterfaceDefinition):
            continue
        for field in interface.fields.values():
            if field.name in fields or not _is_given(
                merging, interface_name, field.name
            ):
                continue
            fields[field.name] = replace(field, joins=())
            nowhere = tuple(None for _ in merging.roles)
            check_sharing(
                merging, definition.name, field.name, nowhere, FieldOverrides()
            )
    return replace(definition, fields=fields)


def _is_given(merging: Merging, interface: str, field: str) -> bool:
    return any(
        roles.is_interface_object(interface)
        and field in roles.schema.fields_of(interface)
        and not roles.is_external(interface, field)
        for roles in merging.roles
    )
