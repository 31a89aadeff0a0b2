"""Subgraph schemas -> one supergraph.

Order matters: the hierarchy first (fields merge by subtyping), enums last (they merge by
how fields and arguments use them), and interface objects' fields when both the
interface and its implementations are there.

(Composition rules,
https://www.apollographql.com/docs/graphos/reference/federation/composition-rules; what
comes out is written by the join specification, https://specs.apollo.dev/join.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.merge.access import spread_access_rules
from gateway_graphql.composition.merge.context import (
    Merging,
    present,
    start_merging,
)
from gateway_graphql.composition.merge.definitions import (
    merge_executable_definitions,
)
from gateway_graphql.composition.merge.directives import (
    merge_description,
    merge_directives,
)
from gateway_graphql.composition.merge.enums import merge_enum
from gateway_graphql.composition.merge.features import merge_features
from gateway_graphql.composition.merge.inputs import merge_input_object
from gateway_graphql.composition.merge.interface_objects import (
    add_interface_object_fields,
)
from gateway_graphql.composition.merge.types import (
    merge_interface,
    merge_object,
    merge_scalar,
    merge_union,
)
from gateway_graphql.composition.problems import Problems, listed
from gateway_graphql.composition.schema import (
    BUILT_IN_SCALARS,
    Element,
    EnumType,
    InputType,
    InterfaceType,
    ObjectType,
    ScalarType,
    SchemaType,
    TypeElement,
    UnionType,
)
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.supergraph.model import (
    SubgraphReference,
    Supergraph,
    TypeDefinition,
)

_KIND_NAMES: Mapping[type, str] = {
    ObjectType: "Object Type",
    InterfaceType: "Interface Type",
    UnionType: "Union Type",
    EnumType: "Enum Type",
    InputType: "InputObject Type",
    ScalarType: "Scalar Type",
}
_INTERFACE_OBJECT = "Interface Object Type (Object Type with @interfaceObject)"


def merge(roles: Sequence[FieldRoles], problems: Problems) -> Supergraph | None:
    """Merge the subgraphs; `None` where there is nothing to query."""
    merging = start_merging(tuple(roles), problems)
    features = merge_features(merging)
    merging.directives = features.directives
    types = _merge_types(merging)
    composed = {definition.name for definition in features.definitions}
    definitions = (
        *features.definitions,
        *merge_executable_definitions(merging, composed),
    )
    roots = {
        kind: kind.capitalize()
        for kind in OperationKind
        if kind.capitalize() in types and any(kind in f.schema.roots for f in roles)
    }
    if OperationKind.QUERY not in roots:
        problems.error(
            "NO_QUERIES",
            "No queries found in any subgraph: a supergraph must have a query root"
            " type.",
        )
        return None
    schemas = tuple(
        Element(
            name="schema",
            description=f.schema.description,
            directives=f.schema.schema_directives,
        )
        for f in roles
    )
    return Supergraph(
        subgraphs={
            f.schema.name: SubgraphReference(f.schema.name, f.schema.url) for f in roles
        },
        types=types,
        roots=roots,
        directives=definitions,
        description=merge_description(merging, schemas, "schema"),
        links=features.links,
        schema_directives=merge_directives(merging, schemas, "schema"),
    )


def _merge_types(merging: Merging) -> dict[str, TypeDefinition]:
    """All types, enums last, in the order in which the subgraphs name them."""
    names = dict.fromkeys(n for f in merging.roles for n in f.schema.types)
    kinds = {name: _kind(merging, name) for name in names}
    merged: dict[str, TypeDefinition] = {}
    for name, kind in kinds.items():
        if kind is not None and kind is not EnumType and name not in BUILT_IN_SCALARS:
            merged[name] = _merge_type(merging, name, kind)
    merged = {
        name: definition
        for name, definition in merged.items()
        if not _is_empty_root(name, definition)
    }
    merged = add_interface_object_fields(merging, merged)
    merged = spread_access_rules(merging, merged)
    for name, kind in kinds.items():
        if kind is EnumType:
            merged[name] = _merge_type(merging, name, kind)
    return {name: merged[name] for name in names if name in merged}


def _is_empty_root(name: str, definition: TypeDefinition) -> bool:
    return name == OperationKind.QUERY.capitalize() and not getattr(
        definition, "fields", True
    )


def _kind(merging: Merging, name: str) -> type | None:
    """The kind that a type has in the supergraph; `None` after a mismatch."""
    sources = list(present(merging.types(name)))
    told = {
        index: _INTERFACE_OBJECT
        if isinstance(source, ObjectType) and source.has("interfaceObject")
        else _KIND_NAMES[type(source)]
        for index, source in sources
    }
    _check_has_base(merging, name, sources)
    kinds = {
        InterfaceType if told[index] == _INTERFACE_OBJECT else type(source)
        for index, source in sources
    }
    if len(kinds) == 1:
        if set(told.values()) == {_INTERFACE_OBJECT}:
            merging.problems.error(
                "INTERFACE_OBJECT_USAGE_ERROR",
                f'Type "{name}" is declared with @interfaceObject in all the subgraphs'
                " in which it is defined (it is defined in"
                f" {listed(merging.names(list(told)))} but should be defined as an"
                " interface in at least one subgraph)",
                name,
                *merging.names(list(told)),
            )
            return None
        return kinds.pop()
    groups: dict[str, list[int]] = {}
    for index, kind in told.items():
        groups.setdefault(kind, []).append(index)
    described = " but ".join(
        f"{kind} in {listed(merging.names(where))}" for kind, where in groups.items()
    )
    merging.problems.error(
        "TYPE_KIND_MISMATCH",
        f'Type "{name}" has mismatched kind: it is defined as {described}',
        name,
        *merging.names(list(told)),
    )
    return None


def _check_has_base(
    merging: Merging, name: str, sources: Sequence[tuple[int, TypeElement]]
) -> None:
    is_root = any(f.schema.is_root(name) for f in merging.roles)
    if is_root or any(source.is_defined for _, source in sources):
        return
    for index, _ in sources:
        merging.problems.error(
            "EXTENSION_WITH_NO_BASE",
            f'Type "{name}" is an extension type, but there is no type definition for'
            f' "{name}" in any subgraph.',
            name,
            merging.name(index),
        )


def _merge_type(merging: Merging, name: str, kind: type) -> TypeDefinition:
    sources = merging.types(name)
    if kind is ObjectType:
        return merge_object(merging, name, _only(sources, ObjectType))
    if kind is InterfaceType:
        return merge_interface(
            merging, name, _only(sources, ObjectType | InterfaceType)
        )
    if kind is UnionType:
        return merge_union(merging, name, _only(sources, UnionType))
    if kind is InputType:
        return merge_input_object(merging, name, _only(sources, InputType))
    if kind is EnumType:
        return merge_enum(merging, name, _only(sources, EnumType))
    return merge_scalar(merging, name, _only(sources, ScalarType))


def _only(sources: Sequence[SchemaType | None], kind: object) -> tuple:  # type: ignore[type-arg]
    return tuple(s if isinstance(s, kind) else None for s in sources)  # type: ignore[arg-type]


__all__ = ["merge"]
