"""`@external` where federation 1 let it stand and federation 2 does not.

(Federation specification, `@external`; v1 tolerates external fields that nothing uses.)
"""

from __future__ import annotations

from dataclasses import replace

from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.problems import Problems
from gateway_graphql.composition.schema import (
    Applied,
    FieldElement,
    FieldsType,
    InterfaceType,
    SubgraphSchema,
    UnionType,
)
from gateway_graphql.composition.upgrade.changes import (
    Others,
    changed_fields,
    changed_types,
    field_without,
    type_without,
)
from gateway_graphql.language.type_reference import named_type


def drop_external_on_interfaces_and_types(
    schema: SubgraphSchema, _: Others
) -> SubgraphSchema:
    """`@external` meant nothing on interface fields, nor on whole types."""
    without_fields = changed_fields(
        schema,
        lambda element, field: (
            field_without(field, "external")
            if isinstance(element, InterfaceType)
            else field
        ),
    )
    return changed_types(
        without_fields, lambda element: type_without(element, "external")
    )


def drop_unused_externals(schema: SubgraphSchema, _: Others) -> SubgraphSchema:
    """External fields that nothing needs go, and types that are left empty."""
    roles = FieldRoles(schema)
    left = changed_fields(
        schema,
        lambda element, field: (
            None
            if roles.is_external(element.name, field.name)
            and not roles.is_used(element.name, field.name)
            else field
        ),
    )
    emptied = {
        element.name
        for element in left.fields_types()
        if not element.fields and schema.fields_of(element.name)
    }
    types = {n: t for n, t in left.types.items() if n not in emptied}
    return replace(left, types=types)


def check_no_type_is_missed(
    original: SubgraphSchema, upgraded: SubgraphSchema, problems: Problems
) -> None:
    """Find types that are gone with their fields, but are mentioned still."""
    mentioned = _mentioned(upgraded)
    for element in original.fields_types():
        if element.name not in upgraded.types and element.name in mentioned:
            problems.error(
                "TYPE_WITH_ONLY_UNUSED_EXTERNAL",
                f"Type {element.name} contains only external fields and all those"
                " fields are all unused (they do not appear in any @key, @provides or"
                " @requires).",
                element.name,
                original.name,
            )


def _mentioned(schema: SubgraphSchema) -> set[str]:
    """The names of types that fields and unions mention."""
    names = {
        named_type(f.type) for t in schema.fields_types() for f in t.fields.values()
    }
    return names | {m for u in schema.each(UnionType) for m in u.members}


def move_tags_on_externals(schema: SubgraphSchema, others: Others) -> SubgraphSchema:
    """A tag on an external field goes where another subgraph has the same tag."""
    roles = FieldRoles(schema)

    def change(element: FieldsType, field: FieldElement) -> FieldElement:
        if not roles.is_external(element.name, field.name):
            return field
        kept = tuple(
            a
            for a in field.directives
            if a.name != "tag" or not _is_tagged(element.name, field.name, a, others)
        )
        return replace(field, directives=kept)

    return changed_fields(schema, change)


def _is_tagged(type_name: str, field: str, tag: Applied, others: Others) -> bool:
    return any(
        applied.text("name") == tag.text("name")
        for other in others
        if (found := other.schema.fields_of(type_name).get(field)) is not None
        for applied in found.applied("tag")
    )
