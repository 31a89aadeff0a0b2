"""Arguments, input fields and their defaults, merged by intersection.

What a client may send must be understood by every subgraph that has the element, so an
argument or input field that one of them lacks is left out; one that another demands
cannot be.

(Composition rules, input types and arguments; GraphQL specification, 3.6.1 "Field
Arguments" and 3.10 "Input Objects".)
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from graphql import print_ast

from gateway_graphql.composition.merge.context import Merging, Sources, present
from gateway_graphql.composition.merge.directives import (
    is_inaccessible,
    merge_description,
    merge_directives,
)
from gateway_graphql.composition.merge.references import (
    described,
    merge_argument_type,
    merge_input_type,
)
from gateway_graphql.composition.problems import listed
from gateway_graphql.composition.schema import (
    FieldElement,
    InputElement,
    InputType,
    is_required,
)
from gateway_graphql.composition.values import as_written, comparable
from gateway_graphql.supergraph.model import (
    FieldJoin,
    InputObjectDefinition,
    InputValue,
    TypeJoin,
)


def merge_arguments(
    merging: Merging, coordinate: str, sources: Sources[FieldElement]
) -> tuple[InputValue, ...]:
    """The arguments that a field has in every subgraph that resolves it."""
    fields = list(present(sources))
    contextual = {
        name
        for _, field in fields
        for name, argument in field.arguments.items()
        if argument.has("fromContext")
    }
    names = dict.fromkeys(name for _, field in fields for name in field.arguments)
    merged: list[InputValue] = []
    for name in names:
        if name in contextual:
            _check_contextual(merging, f"{coordinate}({name}:)", name, fields)
            continue
        arguments: Sources[InputElement] = tuple(
            field.arguments.get(name) if field is not None else None
            for field in sources
        )
        place = f"{coordinate}({name}:)"
        value = _merge_argument(merging, place, name, arguments)
        missing = [i for i, field in fields if name not in field.arguments]
        if not missing:
            merged.append(value)
        else:
            _report_missing_argument(merging, place, arguments, missing)
    return tuple(merged)


def _merge_argument(
    merging: Merging, coordinate: str, name: str, sources: Sources[InputElement]
) -> InputValue:
    directives = merge_directives(merging, sources, coordinate)
    return InputValue(
        name=name,
        type=merge_argument_type(
            merging, coordinate, [(i, s.type) for i, s in present(sources)]
        ),
        default=_merge_default(merging, coordinate, sources, "FIELD_ARGUMENT"),
        description=merge_description(merging, sources, coordinate),
        directives=directives,
        is_inaccessible=is_inaccessible(directives),
    )


def _check_contextual(
    merging: Merging,
    coordinate: str,
    name: str,
    fields: Sequence[tuple[int, FieldElement]],
) -> None:
    """An argument that one subgraph has from a context is given by no client to any."""
    code = "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS"
    others = [
        (index, field.arguments[name])
        for index, field in fields
        if name in field.arguments and not field.arguments[name].has("fromContext")
    ]
    for index, argument in others:
        if is_required(argument):
            merging.problems.error(
                code,
                f'Argument "{coordinate}" is contextual in at least one subgraph, but'
                " here it has no @fromContext, must not be null and has no default"
                " value.",
                coordinate,
                merging.name(index),
            )
    if others and not any(is_required(argument) for _, argument in others):
        merging.problems.hint(
            code,
            f'Contextual argument "{coordinate}" will not be in the supergraph, since it'
            " is contextual in at least one subgraph.",
            coordinate,
        )


def _report_missing_argument(
    merging: Merging,
    coordinate: str,
    sources: Sources[InputElement],
    missing: Sequence[int],
) -> None:
    required = [i for i, source in present(sources) if is_required(source)]
    if required:
        merging.problems.error(
            "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH",
            f'Argument "{coordinate}" is required in some subgraphs but does not appear'
            f" in all subgraphs: it is required in {listed(merging.names(required))}"
            f" but does not appear in {listed(merging.names(missing))}",
            coordinate,
            *merging.names([*required, *missing]),
        )
        return
    merging.problems.hint(
        "INCONSISTENT_ARGUMENT_PRESENCE",
        f'Optional argument "{coordinate}" will not be included in the supergraph as it'
        " does not appear in all subgraphs.",
        coordinate,
    )


def _merge_default(
    merging: Merging, coordinate: str, sources: Sources[InputElement], element: str
) -> str | None:
    """The default of all subgraphs; none when one has none, an error when two differ."""
    found = list(present(sources))
    given = [(i, s, s.default) for i, s in found if s.default is not None]
    if not given:
        return None
    texts: dict[Hashable, tuple[int, str]] = {}
    for index, source, default in given:
        types = merging.roles[index].schema.types
        text = print_ast(as_written(default, source.type, types))
        texts.setdefault(comparable(default, source.type, types), (index, text))
    different = list(texts.values())
    if len(different) > 1:
        _report_defaults(merging, coordinate, different, element)
    elif len(given) < len(found):
        merging.problems.hint(
            "INCONSISTENT_DEFAULT_VALUE_PRESENCE",
            f'"{coordinate}" has a default value in only some subgraphs.',
            coordinate,
        )
        return None
    return different[0][1]


def _report_defaults(
    merging: Merging,
    coordinate: str,
    different: Sequence[tuple[int, str]],
    element: str,
) -> None:
    merging.problems.error(
        f"{element}_DEFAULT_MISMATCH",
        f'"{coordinate}" has incompatible default values across subgraphs: it has'
        f" {described(merging, different, 'default value')}",
        coordinate,
        *merging.names([index for index, _ in different]),
    )


def merge_input_object(
    merging: Merging, name: str, sources: Sources[InputType]
) -> InputObjectDefinition:
    """An input object with the fields that every subgraph knows."""
    types = list(present(sources))
    names = dict.fromkeys(n for _, element in types for n in element.fields)
    fields: dict[str, InputValue] = {}
    for field in names:
        versions: Sources[InputElement] = tuple(
            source.fields.get(field) if source is not None else None
            for source in sources
        )
        coordinate = f"{name}.{field}"
        value = _merge_input_field(merging, coordinate, field, versions)
        missing = [i for i, element in types if field not in element.fields]
        if missing and not value.is_inaccessible:
            _report_missing_field(merging, coordinate, versions, missing)
        else:
            fields[field] = value
    if not fields:
        merging.problems.error(
            "EMPTY_MERGED_INPUT_TYPE",
            f'None of the fields of input object type "{name}" are consistently defined'
            " in all the subgraphs defining that type. As only fields common to all"
            " subgraphs are merged, this would result in an empty type.",
            name,
            *merging.names([i for i, _ in types]),
        )
    directives = merge_directives(merging, sources, name)
    return InputObjectDefinition(
        name=name,
        description=merge_description(merging, sources, name),
        directives=directives,
        joins=tuple(TypeJoin(merging.name(i)) for i, _ in types),
        is_inaccessible=is_inaccessible(directives),
        fields=fields,
    )


def _merge_input_field(
    merging: Merging, coordinate: str, name: str, sources: Sources[InputElement]
) -> InputValue:
    directives = merge_directives(merging, sources, coordinate)
    merged, all_equal = merge_input_type(
        merging, coordinate, [(i, s.type) for i, s in present(sources)]
    )
    return InputValue(
        name=name,
        type=merged,
        default=_merge_default(merging, coordinate, sources, "INPUT_FIELD"),
        description=merge_description(merging, sources, coordinate),
        directives=directives,
        joins=tuple(
            FieldJoin(merging.name(i), type=None if all_equal else source.type)
            for i, source in present(sources)
        ),
        is_inaccessible=is_inaccessible(directives),
    )


def _report_missing_field(
    merging: Merging,
    coordinate: str,
    sources: Sources[InputElement],
    missing: Sequence[int],
) -> None:
    required = [i for i, source in present(sources) if is_required(source)]
    if required:
        merging.problems.error(
            "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH",
            f'Input object field "{coordinate}" is required in some subgraphs but does'
            " not appear in all subgraphs: it is required in"
            f" {listed(merging.names(required))} but does not appear in"
            f" {listed(merging.names(missing))}",
            coordinate,
            *merging.names([*required, *missing]),
        )
        return
    merging.problems.hint(
        "INCONSISTENT_INPUT_OBJECT_FIELD",
        f'Input object field "{coordinate}" will not be added to the supergraph as it'
        " does not appear in all subgraphs.",
        coordinate,
    )
