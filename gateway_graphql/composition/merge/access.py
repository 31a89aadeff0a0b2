"""Access rules that follow from others: interfaces ask for what implementations ask.

A client that selects an interface's field may get any implementation, so the interface
demands what all of them demand together. The other way, what an interface object
demands of its fields holds for the same fields of every implementation.
(Federation specification, `@authenticated`, `@requiresScopes`, `@policy`.)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from gateway_graphql.composition.merge.context import Merging
from gateway_graphql.composition.merge.directives import MERGERS, argument_value
from gateway_graphql.supergraph.model import (
    AppliedDirective,
    FieldDefinition,
    InterfaceDefinition,
    ObjectDefinition,
    TypeDefinition,
)

ACCESS = ("authenticated", "requiresScopes", "policy")


def spread_access_rules(
    merging: Merging, types: Mapping[str, TypeDefinition]
) -> dict[str, TypeDefinition]:
    """Derive the access rules of interfaces, and of what interface objects touch."""
    if not set(ACCESS) & set(merging.directives):
        return dict(types)
    merged = {name: _from_interface_objects(d, types) for name, d in types.items()}
    return {
        name: _from_implementations(merging, definition, merged)
        if isinstance(definition, InterfaceDefinition)
        else definition
        for name, definition in merged.items()
    }


def _from_interface_objects(
    definition: TypeDefinition, types: Mapping[str, TypeDefinition]
) -> TypeDefinition:
    if not isinstance(definition, ObjectDefinition):
        return definition
    fields = dict(definition.fields)
    for name in definition.interfaces:
        interface = types.get(name)
        # Only an interface object may state access rules of an interface's fields.
        for promised in getattr(interface, "fields", {}).values():
            own = fields.get(promised.name)
            if own is not None and own.joins:
                fields[own.name] = _guarded_field(own, [promised.directives])
    return replace(definition, fields=fields)


def _from_implementations(
    merging: Merging,
    interface: InterfaceDefinition,
    types: Mapping[str, TypeDefinition],
) -> InterfaceDefinition:
    implementations = [
        definition
        for name in merging.possible.get(interface.name, ())
        if isinstance(definition := types.get(name), ObjectDefinition)
    ]
    fields = {
        field.name: _guarded_field(
            field,
            [
                implementation.fields[field.name].directives
                for implementation in implementations
                if field.name in implementation.fields
            ],
        )
        for field in interface.fields.values()
    }
    directives = _all_of(interface.directives, [i.directives for i in implementations])
    return replace(interface, fields=fields, directives=directives)


def _guarded_field(
    field: FieldDefinition, others: Sequence[Iterable[AppliedDirective]]
) -> FieldDefinition:
    return replace(field, directives=_all_of(field.directives, others))


def _all_of(
    own: Sequence[AppliedDirective], others: Sequence[Iterable[AppliedDirective]]
) -> tuple[AppliedDirective, ...]:
    """The own directives, with access rules that include all the others'."""
    kept = [applied for applied in own if applied.name not in ACCESS]
    for name in ACCESS:
        found = [a for group in (own, *others) for a in group if a.name == name]
        if found:
            kept.append(_joined(name, found))
    return tuple(kept)


def _joined(name: str, found: Sequence[AppliedDirective]) -> AppliedDirective:
    if len({applied.arguments for applied in found}) == 1:
        return found[0]
    ((argument, merge),) = MERGERS[name].items()
    values = [argument_value(applied, argument) for applied in found]
    return AppliedDirective(name, ((argument, json.dumps(merge(values))),))
