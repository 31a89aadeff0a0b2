"""A field of an object or interface type in several subgraphs, merged.

External declarations are not merged: they describe what another subgraph resolves, so
they are checked against the merged field instead.

(Composition rules, fields that several subgraphs define; federation specification,
`@shareable` and `@external`.)
"""

from __future__ import annotations

from dataclasses import replace

from gateway_graphql.composition.contexts import reading_of
from gateway_graphql.composition.merge.context import Merging, Sources, present
from gateway_graphql.composition.merge.directives import (
    is_inaccessible,
    merge_description,
    merge_directives,
)
from gateway_graphql.composition.merge.inputs import merge_arguments
from gateway_graphql.composition.merge.overrides import FieldOverrides
from gateway_graphql.composition.merge.references import described, merge_output_type
from gateway_graphql.composition.problems import listed
from gateway_graphql.composition.schema import FieldElement
from gateway_graphql.language.field_set import FieldSet
from gateway_graphql.supergraph.model import (
    ContextArgument,
    FieldDefinition,
    FieldJoin,
    InputValue,
)


def merge_field(
    merging: Merging,
    type_name: str,
    sources: Sources[FieldElement],
    overrides: FieldOverrides,
) -> FieldDefinition | None:
    """Merge one field; `None` when no subgraph resolves it."""
    name = next(source.name for _, source in present(sources))
    coordinate = f"{type_name}.{name}"
    if not _is_resolved_somewhere(merging, type_name, name, sources):
        _report_only_external(merging, coordinate, sources)
        return None
    local = _without_external(merging, type_name, name, sources)
    resolving = list(present(local))
    directives = merge_directives(merging, local, coordinate)
    arguments = merge_arguments(merging, coordinate, local)
    if not resolving:
        # Only interface objects resolve it; the interface's field says the rest.
        external = next(source for _, source in present(sources))
        merged, all_equal = external.type, True
    else:
        merged, all_equal = merge_output_type(
            merging, coordinate, [(i, s.type) for i, s in resolving]
        )
    field = FieldDefinition(
        name=name,
        type=merged,
        arguments=arguments,
        description=merge_description(merging, local, coordinate),
        directives=directives,
        is_inaccessible=is_inaccessible(directives),
    )
    _check_externals(merging, type_name, field, sources, all_equal)
    joins = _joins(merging, type_name, field, sources, overrides)
    return replace(field, joins=joins)


def _is_resolved_somewhere(
    merging: Merging, type_name: str, name: str, sources: Sources[FieldElement]
) -> bool:
    for index, source in enumerate(sources):
        roles = merging.roles[index]
        if source is not None:
            if not roles.is_external(type_name, name):
                return True
        elif any(
            not roles.is_external(interface, name)
            for interface in merging.abstracted(type_name, name, index)
        ):
            return True
    return False


def _report_only_external(
    merging: Merging, coordinate: str, sources: Sources[FieldElement]
) -> None:
    names = merging.names([index for index, _ in present(sources)])
    merging.problems.error(
        "EXTERNAL_MISSING_ON_BASE",
        f'Field "{coordinate}" is marked @external on all the subgraphs in which it is'
        f" listed ({listed(names)}).",
        coordinate,
        *names,
    )


def _without_external(
    merging: Merging, type_name: str, name: str, sources: Sources[FieldElement]
) -> Sources[FieldElement]:
    kept: list[FieldElement | None] = []
    for index, source in enumerate(sources):
        if source is None or not merging.roles[index].is_external(type_name, name):
            kept.append(source)
            continue
        kept.append(None)
        for applied in source.directives:
            if applied.name in merging.directives and applied.name != "deprecated":
                coordinate = f"{type_name}.{name}"
                merging.problems.error(
                    "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL",
                    f"Cannot apply merged directive @{applied.name.removeprefix('@')}"
                    f' to external field "{coordinate}"',
                    coordinate,
                    merging.name(index),
                )
    return tuple(kept)


def _check_externals(
    merging: Merging,
    type_name: str,
    field: FieldDefinition,
    sources: Sources[FieldElement],
    all_equal: bool,
) -> None:
    """External declarations agree with the merged field."""
    coordinate = f"{type_name}.{field.name}"
    external = [
        (index, source)
        for index, source in present(sources)
        if merging.roles[index].is_external(type_name, field.name)
    ]
    wrong = [
        (index, source.type)
        for index, source in external
        if source.type != field.type
        and (all_equal or not merging.is_subtype(field.type, source.type))
    ]
    if wrong:
        # The type is that of a subgraph that resolves the field, or where interface
        # objects alone do, of the first one.
        marked = {index for index, _ in external}
        indexes = [index for index, _ in present(sources)]
        first = next((i for i in indexes if i not in marked), indexes[0])
        told = described(merging, [(first, field.type), *wrong], "type")
        merging.problems.error(
            "EXTERNAL_TYPE_MISMATCH",
            f'Type of field "{coordinate}" is incompatible across subgraphs (where'
            f" marked @external): it has {told}",
            coordinate,
            *merging.names([first, *(index for index, _ in wrong)]),
        )
    for argument in field.arguments:
        for index, source in external:
            _check_external_argument(merging, coordinate, argument, index, source)


def _check_external_argument(
    merging: Merging,
    coordinate: str,
    argument: InputValue,
    index: int,
    source: FieldElement,
) -> None:
    own = source.arguments.get(argument.name)
    place = f"{coordinate}({argument.name}:)"
    if own is None:
        merging.problems.error(
            "EXTERNAL_ARGUMENT_MISSING",
            f'Field "{coordinate}" is missing argument "{place}" in some subgraphs'
            " where it is marked @external: it is not declared in"
            f' subgraph "{merging.name(index)}" (where "{coordinate}" is @external).',
            place,
            merging.name(index),
        )
    elif own.type != argument.type and not merging.is_subtype(own.type, argument.type):
        merging.problems.error(
            "EXTERNAL_ARGUMENT_TYPE_MISMATCH",
            f'Type of argument "{place}" is incompatible across subgraphs (where'
            f' "{coordinate}" is marked @external): it is "{argument.type}" but'
            f' "{own.type}" in subgraph "{merging.name(index)}"',
            place,
            merging.name(index),
        )


# Joins


def _joins(
    merging: Merging,
    type_name: str,
    field: FieldDefinition,
    sources: Sources[FieldElement],
    overrides: FieldOverrides,
) -> tuple[FieldJoin, ...]:
    joins: list[FieldJoin] = []
    for index, source in present(sources):
        label = overrides.labels.get(index)
        if index in overrides.unused and label is None:
            continue
        roles = merging.roles[index]
        joins.append(
            FieldJoin(
                subgraph=merging.name(index),
                type=None if source.type == field.type else source.type,
                requires=_field_set(merging, source, "requires"),
                provides=_field_set(merging, source, "provides"),
                is_external=roles.is_external(type_name, field.name),
                override=_origin(merging, source),
                override_label=label,
                is_used_overridden=index in overrides.used and label is None,
                context_arguments=_context_arguments(merging, index, source),
            )
        )
    return tuple(joins)


def _origin(merging: Merging, source: FieldElement) -> str | None:
    """The subgraph that the field is taken over from, if there is such a subgraph."""
    names = {roles.schema.name for roles in merging.roles}
    for applied in source.applied("override"):
        if (origin := applied.text("from")) in names:
            return origin
    return None


def _field_set(
    merging: Merging, source: FieldElement, directive: str
) -> FieldSet | None:
    applied = source.applied(directive)
    return merging.field_set(applied[0]) if applied else None


def _context_arguments(
    merging: Merging, index: int, source: FieldElement
) -> tuple[ContextArgument, ...]:
    return tuple(
        ContextArgument(
            context=f"{merging.name(index)}__{reading.context}",
            name=argument.name,
            type=argument.type,
            selection=merging.field_sets.read(reading.selection),
        )
        for argument in source.arguments.values()
        if (reading := reading_of(argument)) is not None
    )


# Sharing


def check_sharing(
    merging: Merging,
    type_name: str,
    name: str,
    sources: Sources[FieldElement],
    overrides: FieldOverrides,
) -> None:
    """Several subgraphs resolve a field only where all of them allow it."""
    coordinate = f"{type_name}.{name}"
    resolving: list[str] = []
    unshared: list[str] = []
    for index, source in enumerate(sources):
        if index in overrides.used or index in overrides.unused:
            continue
        roles = merging.roles[index]
        owners = (
            [type_name]
            if source is not None
            else merging.abstracted(type_name, name, index)
        )
        for owner in owners:
            if roles.is_fully_external(owner, name):
                continue
            resolving.append(merging.name(index))
            if not roles.is_shareable(owner, name):
                unshared.append(merging.name(index))
    if unshared and len(resolving) > 1:
        merging.problems.error(
            "INVALID_FIELD_SHARING",
            f'Non-shareable field "{coordinate}" is resolved from multiple subgraphs:'
            f" it is resolved from {listed(resolving)} and defined as non-shareable in"
            f" {listed(unshared)}",
            coordinate,
            *resolving,
        )
