"""What federation 1 shared without a word, marked `@shareable`.

(Federation specification, `@shareable`.)
"""

from __future__ import annotations

from dataclasses import replace

from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.schema import (
    Applied,
    FieldElement,
    FieldsType,
    ObjectType,
    SubgraphSchema,
)
from gateway_graphql.composition.upgrade.changes import (
    Others,
    changed_fields,
    changed_types,
)
from gateway_graphql.language.operation import OperationKind

_MARK = Applied("shareable")


def share_value_types(schema: SubgraphSchema, others: Others) -> SubgraphSchema:
    """Types without a key that other subgraphs have, too."""

    def change(element: FieldsType) -> FieldsType:
        is_shared = (
            isinstance(element, ObjectType)
            and not element.has("key")
            and not schema.is_root(element.name)
            and any(element.name in other.schema.types for other in others)
        )
        if not is_shared or element.has("shareable"):
            return element
        return replace(element, directives=(*element.directives, _MARK))

    return changed_types(schema, change)


def share_fields(schema: SubgraphSchema, others: Others) -> SubgraphSchema:
    """Fields of entities and roots that other subgraphs resolve, too."""
    roles = FieldRoles(schema)

    def change(element: FieldsType, field: FieldElement) -> FieldElement:
        if (
            not isinstance(element, ObjectType)
            or not (element.has("key") or schema.is_root(element.name))
            or schema.roots.get(OperationKind.SUBSCRIPTION) == element.name
            or field.has("shareable")
            or roles.is_shareable(element.name, field.name)
            or not any(_resolves(o, element.name, field.name) for o in others)
        ):
            return field
        return replace(field, directives=(*field.directives, _MARK))

    return changed_fields(schema, change)


def _resolves(other: FieldRoles, type_name: str, field: str) -> bool:
    return field in other.schema.fields_of(type_name) and not other.is_fully_external(
        type_name, field
    )
