"""Federation 1's extensions: types that begin in another subgraph.

(Federation specification v1, `extend` and `@extends`, `@external` on key fields.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway_graphql.composition.field_sets import coordinates
from gateway_graphql.composition.problems import Problems
from gateway_graphql.composition.schema import (
    Applied,
    FieldsType,
    InterfaceType,
    ObjectType,
    SubgraphSchema,
)
from gateway_graphql.composition.upgrade.changes import (
    Others,
    changed_fields,
    changed_types,
    field_without,
)


def is_extension(element: object) -> bool:
    """Whether an object or interface type is an extension in federation 1's sense."""
    return isinstance(element, ObjectType | InterfaceType) and (
        element.has("extends") or not element.is_defined
    )


def check_extensions_have_a_base(
    schema: SubgraphSchema, others: Others, problems: Problems
) -> None:
    """Find extensions of types that no subgraph defines."""
    for element in schema.types.values():
        if not is_extension(element) or schema.is_root(element.name):
            continue
        bases = (other.schema.types.get(element.name) for other in others)
        if not any(base is not None and base.is_defined for base in bases):
            problems.error(
                "EXTENSION_WITH_NO_BASE",
                f'Type "{element.name}" is an extension type, but there is no type'
                f' definition for "{element.name}" in any subgraph.',
                element.name,
                schema.name,
            )


def know_keys_of_extensions(schema: SubgraphSchema, others: Others) -> SubgraphSchema:
    """Key fields of an extension are known, whatever they say."""
    known = {
        coordinate
        for element in schema.fields_types()
        if is_extension(element)
        for key in _keys_of_extension(element, others)
        for coordinate in coordinates(schema, element.name, key)
        if coordinate[0] == element.name
    }
    return changed_fields(
        schema,
        lambda element, field: (
            field_without(field, "external")
            if (element.name, field.name) in known
            else field
        ),
    )


def _keys_of_extension(element: FieldsType, others: Others) -> Sequence[Applied]:
    """The extension's keys, else the first key of every other subgraph."""
    if own := element.applied("key"):
        return own
    bases = (other.schema.types.get(element.name) for other in others)
    return [
        base.applied("key")[0] for base in bases if base is not None and base.has("key")
    ]


def define_extensions(schema: SubgraphSchema, _: Others) -> SubgraphSchema:
    """Extensions become definitions."""
    return changed_types(
        schema,
        lambda element: _defined(element) if is_extension(element) else element,
    )


def _defined(element: FieldsType) -> FieldsType:
    return replace(
        element,
        is_defined=True,
        directives=tuple(replace(a, is_extension=False) for a in element.directives),
        fields={f.name: replace(f, declaration=0) for f in element.fields.values()},
    )
