"""Enums, merged by how they are used.

Values that clients only read are a union, values that they only send an intersection;
an enum that goes both ways has to be the same everywhere. So enums are merged last.

(Composition rules, enums; GraphQL specification, 3.9 "Enums".)
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway_graphql.composition.merge.context import Merging, Sources, present
from gateway_graphql.composition.merge.directives import (
    is_inaccessible,
    merge_description,
    merge_directives,
)
from gateway_graphql.composition.problems import listed
from gateway_graphql.composition.schema import Element, EnumType
from gateway_graphql.supergraph.model import EnumDefinition, EnumValue, TypeJoin


def merge_enum(
    merging: Merging, name: str, sources: Sources[EnumType]
) -> EnumDefinition:
    """An enum with the values that its uses allow."""
    types = list(present(sources))
    if name not in merging.inputs and name not in merging.outputs:
        merging.problems.hint(
            "UNUSED_ENUM_TYPE",
            f'Enum type "{name}" is defined but unused. It will be included in the'
            " supergraph with all the values appearing in any subgraph.",
            name,
        )
    names = dict.fromkeys(value for _, element in types for value in element.values)
    values = [
        value
        for value_name in names
        if (value := _merge_value(merging, name, value_name, sources)) is not None
    ]
    if not values:
        merging.problems.error(
            "EMPTY_MERGED_ENUM_TYPE",
            f'None of the values of enum type "{name}" are defined consistently in all'
            " the subgraphs defining that type. As only values common to all subgraphs"
            " are merged, this would result in an empty type.",
            name,
            *merging.names([i for i, _ in types]),
        )
    directives = merge_directives(merging, sources, name)
    return EnumDefinition(
        name=name,
        description=merge_description(merging, sources, name),
        directives=directives,
        joins=tuple(TypeJoin(merging.name(i)) for i, _ in types),
        is_inaccessible=is_inaccessible(directives),
        values=tuple(values),
    )


def _merge_value(
    merging: Merging, enum: str, name: str, sources: Sources[EnumType]
) -> EnumValue | None:
    coordinate = f"{enum}.{name}"
    versions: Sources[Element] = tuple(
        source.values.get(name) if source is not None else None for source in sources
    )
    directives = merge_directives(merging, versions, coordinate)
    having = [index for index, _ in present(versions)]
    missing = [i for i, element in present(sources) if name not in element.values]
    value = EnumValue(
        name=name,
        subgraphs=merging.names(having),
        description=merge_description(merging, versions, coordinate),
        directives=directives,
        is_inaccessible=is_inaccessible(directives),
    )
    if not missing or value.is_inaccessible:
        return value
    if enum not in merging.inputs:
        merging.problems.hint(
            "INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM",
            f'Value "{name}" of enum type "{enum}" has been added to the supergraph but'
            " is only defined in a subset of the subgraphs.",
            coordinate,
        )
        return value
    _report_missing_value(merging, enum, name, (having, missing))
    return None


def _report_missing_value(
    merging: Merging,
    enum: str,
    name: str,
    where: tuple[Sequence[int], Sequence[int]],
) -> None:
    having, missing = where
    if enum not in merging.outputs:
        merging.problems.hint(
            "INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM",
            f'Value "{name}" of enum type "{enum}" will not be part of the supergraph'
            " as it is not defined in all the subgraphs.",
            f"{enum}.{name}",
        )
        return
    merging.problems.error(
        "ENUM_VALUE_MISMATCH",
        f'Enum type "{enum}" is used as both input type (for example, as type of'
        f' "{merging.inputs[enum]}") and output type (for example, as type of'
        f' "{merging.outputs[enum]}"), but value "{name}" is not defined in all the'
        f' subgraphs defining "{enum}": "{name}" is defined in'
        f" {listed(merging.names(having))} but not in"
        f" {listed(merging.names(missing))}",
        f"{enum}.{name}",
        *merging.names([*having, *missing]),
    )
