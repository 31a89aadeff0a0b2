"""Federation 1's looser reading of `@key`, `@requires` and `@provides`.

(Federation specification v1, the scalar `_FieldSet`.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from graphql import EnumValueNode, ListValueNode, StringValueNode, ValueNode

from gateway_graphql.composition.external_parts import external_part
from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.schema import (
    Applied,
    FieldElement,
    FieldsType,
    InterfaceType,
    ObjectType,
    SubgraphSchema,
    UnionType,
)
from gateway_graphql.composition.upgrade.changes import (
    Others,
    changed_fields,
    changed_types,
    field_without,
    type_without,
    with_field_set,
)
from gateway_graphql.language.type_reference import named_type

_FIELD_SET_DIRECTIVES = frozenset({"key", "requires", "provides"})


def quote_field_sets(schema: SubgraphSchema, _: Others) -> SubgraphSchema:
    """Lists and unquoted names count as field sets."""
    with_fields = changed_fields(
        schema,
        lambda _, field: replace(field, directives=_quoted(field.directives)),
    )
    return changed_types(
        with_fields,
        lambda element: replace(element, directives=_quoted(element.directives)),
    )


def _quoted(directives: Iterable[Applied]) -> tuple[Applied, ...]:
    return tuple(
        with_field_set(a, text)
        if a.name in _FIELD_SET_DIRECTIVES
        and (text := _as_text(a.arguments.get("fields"))) is not None
        else a
        for a in directives
    )


def _as_text(node: ValueNode | None) -> str | None:
    match node:
        case EnumValueNode(value=value):
            return value
        case ListValueNode(values=values) if all(
            isinstance(v, StringValueNode | EnumValueNode) for v in values
        ):
            return " ".join(getattr(v, "value", "") for v in values)
        case _:
            return None


def drop_resolved_parts(schema: SubgraphSchema, _: Others) -> SubgraphSchema:
    """Drop the parts of field sets that the subgraph resolves by itself."""
    roles = FieldRoles(schema)

    def change(element: FieldsType, field: FieldElement) -> FieldElement:
        directives = (
            _external_part_of(applied, element, field, roles)
            for applied in field.directives
        )
        return replace(field, directives=tuple(a for a in directives if a is not None))

    return changed_fields(schema, change)


def _external_part_of(
    applied: Applied, element: FieldsType, field: FieldElement, roles: FieldRoles
) -> Applied | None:
    """A directive with what is external of its field set; `None` if nothing is."""
    if applied.name not in ("requires", "provides"):
        return applied
    start = element.name if applied.name == "requires" else named_type(field.type)
    text = external_part(roles, start, applied)
    if text is None:
        return applied
    return with_field_set(applied, text) if text else None


def drop_field_sets_on_interfaces(schema: SubgraphSchema, _: Others) -> SubgraphSchema:
    """Keys and field sets meant nothing on interfaces."""
    without_keys = changed_types(
        schema,
        lambda element: (
            type_without(element, "key")
            if isinstance(element, InterfaceType)
            else element
        ),
    )
    return changed_fields(
        without_keys,
        lambda element, field: (
            field_without(field, "requires", "provides")
            if isinstance(element, InterfaceType)
            else field
        ),
    )


def drop_provides_on_leaves(schema: SubgraphSchema, _: Others) -> SubgraphSchema:
    """`@provides` on a field without selections meant nothing."""
    composite = {
        name
        for name, element in schema.types.items()
        if isinstance(element, ObjectType | InterfaceType | UnionType)
    }
    return changed_fields(
        schema,
        lambda _, field: (
            field
            if named_type(field.type) in composite
            else field_without(field, "provides")
        ),
    )
