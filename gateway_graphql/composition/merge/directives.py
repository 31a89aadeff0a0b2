"""Descriptions and applied directives of one element in several subgraphs, merged.

Repeatable directives keep every different application. Of the others, access rules are
joined so that all hold, weights and sizes take the greater, and where nothing of the
kind is defined the most frequent application wins with a hint.

(Federation specification, `@tag`, `@inaccessible`, `@authenticated`, `@requiresScopes`,
`@policy`, `@cost` and `@listSize`; GraphQL specification, 3.13 "Directives": repeatable.)
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import product

from graphql import parse_value, value_from_ast_untyped

from gateway_graphql.composition.merge.context import Merging, Sources, present
from gateway_graphql.composition.schema import Applied, Element, InputType
from gateway_graphql.supergraph.model import AppliedDirective

REPEATABLE = frozenset({"tag", "context"})

AppliedArguments = tuple[tuple[str, str], ...]


def merge_description(
    merging: Merging, sources: Sequence[Element | None], coordinate: str
) -> str | None:
    """The description that most subgraphs give."""
    counts = Counter(
        source.description
        for source in sources
        if source is not None and source.description
    )
    if not counts:
        return None
    if len(counts) > 1:
        merging.problems.hint(
            "INCONSISTENT_DESCRIPTION",
            f'Element "{coordinate}" has inconsistent descriptions across subgraphs.',
            coordinate,
        )
    return counts.most_common(1)[0][0]


def merge_directives(
    merging: Merging, sources: Sequence[Element | None], coordinate: str
) -> tuple[AppliedDirective, ...]:
    """The directives that the element has in the supergraph.

    A `@oneOf` of the subgraph's own, on anything but an input object, means nothing
    that the supergraph knows.
    """
    merged: list[AppliedDirective] = []
    for name in merging.directives:
        applications = [
            (index, applied)
            for index, source in present(tuple(sources))
            for applied in source.applied(name)
            if name != "oneOf" or isinstance(source, InputType)
        ]
        if applications:
            merged += _merge_one(merging, name, applications, coordinate)
    return tuple(merged)


def is_inaccessible(directives: Iterable[AppliedDirective]) -> bool:
    """Whether the element is hidden from clients."""
    return any(applied.name == "inaccessible" for applied in directives)


def _merge_one(
    merging: Merging,
    name: str,
    applications: Sequence[tuple[int, Applied]],
    coordinate: str,
) -> list[AppliedDirective]:
    plain = name.removeprefix("@")
    printed = [
        _in_subgraph(merging, name, index, applied) for index, applied in applications
    ]
    different = list(dict.fromkeys(printed))
    if name in REPEATABLE or _is_repeatable(merging, name):
        return [AppliedDirective(plain, arguments) for arguments in different]
    if len(different) == 1:
        return [AppliedDirective(plain, different[0])]
    if name in MERGERS:
        merged = _merge_arguments([a for _, a in applications], MERGERS[name])
        merging.problems.hint(
            "MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS",
            f'Directive @{plain} is applied to "{coordinate}" in several subgraphs with'
            " different arguments. Merging them.",
            coordinate,
        )
        return [AppliedDirective(plain, merged)]
    merging.problems.hint(
        "INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS",
        f'Non-repeatable directive @{plain} is applied to "{coordinate}" in several'
        " subgraphs but with incompatible arguments.",
        coordinate,
    )
    return [AppliedDirective(plain, Counter(printed).most_common(1)[0][0])]


def _in_subgraph(
    merging: Merging, name: str, index: int, applied: Applied
) -> AppliedArguments:
    """The arguments as the supergraph has them; contexts get their subgraph's name."""
    if name == "context":
        context = f"{merging.name(index)}__{applied.text('name')}"
        return (("name", json.dumps(context)),)
    return applied.printed()


def _is_repeatable(merging: Merging, name: str) -> bool:
    local = name.removeprefix("@")
    return name.startswith("@") and any(
        roles.schema.definitions[local].repeatable
        for roles in merging.roles
        if local in roles.schema.definitions
    )


# Mergers of arguments


def argument_value(applied: AppliedDirective, argument: str) -> object:
    """An argument of a merged directive as plain data."""
    return value_from_ast_untyped(parse_value(dict(applied.arguments)[argument]))


ArgumentMerger = Callable[[list[object]], object]


def _merge_arguments(
    applications: Sequence[Applied], mergers: dict[str, ArgumentMerger]
) -> AppliedArguments:
    merged: list[tuple[str, str]] = []
    for argument, merge in mergers.items():
        values = [a.value(argument) for a in applications if argument in a.arguments]
        values = [value for value in values if value is not None]
        if values:
            merged.append((argument, json.dumps(merge(values), ensure_ascii=False)))
    return tuple(merged)


def _greatest(values: list[object]) -> object:
    return max(value for value in values if isinstance(value, int))


def _union(values: list[object]) -> object:
    items = [item for value in values if isinstance(value, list) for item in value]
    return list(dict.fromkeys(items))


def _all_true(values: list[object]) -> object:
    return all(values)


def all_of(values: list[object]) -> object:
    """Join alternatives of sets so that every subgraph's demand is met.

    Each value is an OR of ANDs. Their AND is the product of the alternatives; an
    alternative that contains another one asks for too much and goes.
    """
    ors = [
        [frozenset(map(str, group)) for group in value if isinstance(group, list)]
        for value in values
        if isinstance(value, list)
    ]
    combined = list(
        dict.fromkeys(frozenset[str]().union(*groups) for groups in product(*ors))
    )
    minimal = [
        group for group in combined if not any(other < group for other in combined)
    ]
    return sorted(sorted(group) for group in minimal)


MERGERS: dict[str, dict[str, ArgumentMerger]] = {
    "requiresScopes": {"scopes": all_of},
    "policy": {"policies": all_of},
    "cost": {"weight": _greatest},
    "listSize": {
        "assumedSize": _greatest,
        "slicingArguments": _union,
        "sizedFields": _union,
        "requireOneSlicingArgument": _all_true,
    },
}
"""Directive -> argument -> how different values become one."""

__all__ = [
    "MERGERS",
    "REPEATABLE",
    "Sources",
    "all_of",
    "argument_value",
    "is_inaccessible",
    "merge_description",
    "merge_directives",
]
