"""Types of all kinds, merged: one function per kind.

(Composition rules, types that several subgraphs define; GraphQL specification, 3.5
"Scalars" to 3.10 "Input Objects".)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway_graphql.composition.merge.context import (
    Merging,
    Sources,
    field_sources,
    present,
)
from gateway_graphql.composition.merge.directives import (
    is_inaccessible,
    merge_description,
    merge_directives,
)
from gateway_graphql.composition.merge.fields import check_sharing, merge_field
from gateway_graphql.composition.merge.overrides import read_overrides
from gateway_graphql.composition.problems import listed
from gateway_graphql.composition.schema import (
    FieldElement,
    FieldsType,
    InterfaceType,
    ObjectType,
    ScalarType,
    UnionType,
)
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.supergraph.model import (
    FieldDefinition,
    Implements,
    InterfaceDefinition,
    ObjectDefinition,
    ScalarDefinition,
    TypeJoin,
    UnionDefinition,
    UnionMember,
)

_ROOT_NAMES = frozenset(kind.capitalize() for kind in OperationKind)
_SUBSCRIPTION = OperationKind.SUBSCRIPTION.capitalize()
_QUERY = OperationKind.QUERY.capitalize()


def merge_object(
    merging: Merging, name: str, sources: Sources[FieldsType]
) -> ObjectDefinition:
    """An object type: the union of its fields, each resolved where it may be."""
    _hint_on_entity(merging, name, sources)
    fields: dict[str, FieldDefinition] = {}
    for field_name in _field_names(sources):
        versions = field_sources(sources, field_name)
        overrides = read_overrides(merging, name, field_name, versions)
        field = merge_field(merging, name, versions, overrides)
        if field is not None:
            fields[field_name] = field
        check_sharing(merging, name, field_name, versions, overrides)
        if name == _SUBSCRIPTION:
            _check_not_shared(merging, f"{name}.{field_name}", versions)
        _hint_on_value_type(merging, name, field_name, sources)
    directives = merge_directives(merging, sources, name)
    return ObjectDefinition(
        name=name,
        description=merge_description(merging, sources, name),
        directives=directives,
        joins=_object_joins(merging, name, sources),
        is_inaccessible=is_inaccessible(directives),
        fields=fields,
        interfaces=_interfaces(sources),
        implements=_implements(merging, sources),
    )


def _check_not_shared(
    merging: Merging, coordinate: str, sources: Sources[FieldElement]
) -> None:
    """A subscription has one source of events."""
    for index, source in present(sources):
        if source.has("shareable"):
            merging.problems.error(
                "INVALID_FIELD_SHARING",
                "Fields on root level subscription object cannot be marked as"
                " shareable",
                coordinate,
                merging.name(index),
            )


def merge_interface(
    merging: Merging, name: str, sources: Sources[FieldsType]
) -> InterfaceDefinition:
    """An interface; where a subgraph has an interface object, that one as well."""
    _check_interface_keys(merging, name, sources)
    _check_interface_objects(merging, name, sources)
    fields: dict[str, FieldDefinition] = {}
    for field_name in _field_names(sources):
        versions = field_sources(sources, field_name)
        overrides = read_overrides(merging, name, field_name, versions)
        field = merge_field(merging, name, versions, overrides)
        if field is not None:
            fields[field_name] = field
        if not any(s.has("key") for _, s in present(sources)):
            _hint_on_value_type(merging, name, field_name, sources)
    directives = merge_directives(merging, sources, name)
    return InterfaceDefinition(
        name=name,
        description=merge_description(merging, sources, name),
        directives=directives,
        joins=_joins(merging, sources),
        is_inaccessible=is_inaccessible(directives),
        fields=fields,
        interfaces=_interfaces(sources),
        implements=_implements(merging, sources),
    )


def merge_union(
    merging: Merging, name: str, sources: Sources[UnionType]
) -> UnionDefinition:
    """A union: the union of its members."""
    types = list(present(sources))
    members = tuple(
        UnionMember(merging.name(index), member)
        for index, element in types
        for member in element.members
    )
    for member in dict.fromkeys(m.member for m in members):
        if any(member not in element.members for _, element in types):
            merging.problems.hint(
                "INCONSISTENT_UNION_MEMBER",
                f'Union type "{name}" includes member type "{member}" in some but not'
                " all defining subgraphs.",
                name,
            )
    directives = merge_directives(merging, sources, name)
    return UnionDefinition(
        name=name,
        description=merge_description(merging, sources, name),
        directives=directives,
        joins=tuple(TypeJoin(merging.name(i)) for i, _ in types),
        is_inaccessible=is_inaccessible(directives),
        members=members,
    )


def merge_scalar(
    merging: Merging, name: str, sources: Sources[ScalarType]
) -> ScalarDefinition:
    """A custom scalar."""
    directives = merge_directives(merging, sources, name)
    return ScalarDefinition(
        name=name,
        description=merge_description(merging, sources, name),
        directives=directives,
        joins=tuple(TypeJoin(merging.name(i)) for i, _ in present(sources)),
        is_inaccessible=is_inaccessible(directives),
    )


# Parts


def _field_names(sources: Sequence[FieldsType | None]) -> Iterable[str]:
    return dict.fromkeys(
        name for source in sources if source is not None for name in source.fields
    )


def _joins(merging: Merging, sources: Sources[FieldsType]) -> tuple[TypeJoin, ...]:
    """One join per key, or one where there is no key."""
    joins: list[TypeJoin] = []
    for index, source in present(sources):
        name = merging.name(index)
        is_interface_object = source.has("interfaceObject")
        keys = source.applied("key")
        if not keys:
            joins.append(TypeJoin(name, is_interface_object=is_interface_object))
        joins += [
            TypeJoin(
                name,
                key=merging.field_set(key),
                is_resolvable=key.value("resolvable") is not False,
                is_extension=key.is_extension or source.has("extends"),
                is_interface_object=is_interface_object,
            )
            for key in keys
        ]
    return tuple(joins)


def _object_joins(
    merging: Merging, name: str, sources: Sources[FieldsType]
) -> tuple[TypeJoin, ...]:
    if name != _QUERY:
        return _joins(merging, sources)
    # Every subgraph has a query root: `_service` at least is there.
    return tuple(TypeJoin(roles.schema.name) for roles in merging.roles)


def _interfaces(sources: Sources[FieldsType]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(i for _, source in present(sources) for i in source.interfaces)
    )


def _implements(
    merging: Merging, sources: Sources[FieldsType]
) -> tuple[Implements, ...]:
    return tuple(
        Implements(merging.name(index), interface)
        for index, source in present(sources)
        for interface in source.interfaces
    )


# Rules and hints of whole types


def _check_interface_keys(
    merging: Merging, name: str, sources: Sources[FieldsType]
) -> None:
    """A subgraph that resolves an interface by key knows all its implementations."""
    implementations = merging.possible.get(name, ())
    for index, source in present(sources):
        resolvable = [
            k for k in source.applied("key") if k.value("resolvable") is not False
        ]
        if not isinstance(source, InterfaceType) or not resolvable:
            continue
        known = merging.roles[index].schema.possible_types(name)
        missing = [n for n in implementations if n not in known]
        if missing and len(known) < len(implementations):
            merging.problems.error(
                "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE",
                f'Interface type "{name}" has a resolvable key in subgraph'
                f' "{merging.name(index)}" but that subgraph is missing some of the'
                f" supergraph implementation types: {', '.join(missing)}.",
                name,
                merging.name(index),
            )


def _check_interface_objects(
    merging: Merging, name: str, sources: Sources[FieldsType]
) -> None:
    """A subgraph with an interface object does not know the implementations."""
    for index, source in present(sources):
        if not isinstance(source, ObjectType):
            continue
        known = [
            n for n in merging.possible.get(name, ()) if merging.has_type(index, n)
        ]
        if known:
            merging.problems.error(
                "INTERFACE_OBJECT_USAGE_ERROR",
                f'Interface type "{name}" is defined as an @interfaceObject in subgraph'
                f' "{merging.name(index)}" so that subgraph should not define any of'
                f" the implementation types: {', '.join(known)}.",
                name,
                merging.name(index),
            )


def _hint_on_entity(merging: Merging, name: str, sources: Sources[FieldsType]) -> None:
    types = list(present(sources))
    with_key = [index for index, source in types if source.has("key")]
    if with_key and len(with_key) < len(types):
        merging.problems.hint(
            "INCONSISTENT_ENTITY",
            f'Type "{name}" is declared as an entity in'
            f" {listed(merging.names(with_key))} but not in all defining subgraphs.",
            name,
        )


def _hint_on_value_type(
    merging: Merging, name: str, field: str, sources: Sources[FieldsType]
) -> None:
    types = list(present(sources))
    if name in _ROOT_NAMES or any(source.has("key") for _, source in types):
        return
    if any(field not in source.fields for _, source in types):
        kind = "OBJECT" if isinstance(types[0][1], ObjectType) else "INTERFACE"
        merging.problems.hint(
            f"INCONSISTENT_{kind}_VALUE_TYPE_FIELD",
            f'Field "{name}.{field}" is not defined in all the subgraphs that define'
            f' "{name}".',
            f"{name}.{field}",
        )
