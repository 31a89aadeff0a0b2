"""Type references of one element in several subgraphs, merged.

Outputs widen: the supergraph promises what all subgraphs keep, so nullable wins and so
does the supertype. Inputs narrow: what the supergraph accepts every subgraph must take,
so non-null wins.

(Composition rules, compatible types of a shared field; GraphQL specification, 3.6
"Objects": IsValidImplementationFieldType, and 3.12 "Non-Null".)
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway_graphql.composition.merge.context import Merging
from gateway_graphql.composition.problems import listed
from gateway_graphql.language.type_reference import TypeReference, named_type

Typed = Sequence[tuple[int, TypeReference]]


def merge_output_type(
    merging: Merging, coordinate: str, types: Typed
) -> tuple[TypeReference, bool]:
    """The merged type, and whether all subgraphs say the same."""
    merged, compatible = _widest(merging, types)
    merging.outputs.setdefault(named_type(merged), coordinate)
    return merged, _report(merging, coordinate, types, compatible, "FIELD")


def merge_argument_type(
    merging: Merging, coordinate: str, types: Typed
) -> TypeReference:
    """The merged type of an argument."""
    merged, compatible = _narrowest(merging, types)
    merging.inputs.setdefault(named_type(merged), coordinate)
    _report(merging, coordinate, types, compatible, "FIELD_ARGUMENT")
    return merged


def merge_input_type(
    merging: Merging, coordinate: str, types: Typed
) -> tuple[TypeReference, bool]:
    """The merged type of an input field, and whether all subgraphs say the same."""
    merged, compatible = _narrowest(merging, types)
    merging.inputs.setdefault(named_type(merged), coordinate)
    return merged, _report(merging, coordinate, types, compatible, "FIELD")


def _widest(merging: Merging, types: Typed) -> tuple[TypeReference, bool]:
    merged, compatible = types[0][1], True
    for _, reference in types[1:]:
        if merging.is_subtype(merged, reference):
            continue
        if merging.is_subtype(reference, merged):
            merged = reference
        else:
            compatible = False
    return merged, compatible


def _narrowest(merging: Merging, types: Typed) -> tuple[TypeReference, bool]:
    merged, compatible = types[0][1], True
    for _, reference in types[1:]:
        if merging.is_subtype(merged, reference):
            merged = reference
        elif not merging.is_subtype(reference, merged):
            compatible = False
    return merged, compatible


def _report(
    merging: Merging, coordinate: str, types: Typed, compatible: bool, element: str
) -> bool:
    """Report differences; whether there are none."""
    if len({reference for _, reference in types}) == 1:
        return True
    what = "Argument" if element == "FIELD_ARGUMENT" else "Field"
    told = described(merging, types, "type")
    if not compatible:
        merging.problems.error(
            f"{element}_TYPE_MISMATCH",
            f'Type of {what.lower()} "{coordinate}" is incompatible across subgraphs:'
            f" it has {told}",
            coordinate,
            *merging.names([index for index, _ in types]),
        )
    else:
        code = "ARGUMENT" if element == "FIELD_ARGUMENT" else "FIELD"
        merging.problems.hint(
            f"INCONSISTENT_BUT_COMPATIBLE_{code}_TYPE",
            f'Type of {what.lower()} "{coordinate}" is inconsistent but compatible'
            f" across subgraphs: it has {told}.",
            coordinate,
        )
    return False


def described(merging: Merging, values: Sequence[tuple[int, object]], what: str) -> str:
    """`type "Int" in subgraph "a" but type "String" in subgraph "b"`."""
    groups: dict[str, list[str]] = {}
    for index, value in values:
        groups.setdefault(str(value), []).append(merging.name(index))
    return " but ".join(
        f'{what} "{value}" in {listed(names)}' for value, names in groups.items()
    )
