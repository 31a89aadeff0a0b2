"""Arguments that come from objects further up (`@fromContext`).

Such an argument is a variable of the entity fetch, so entities whose objects further up
differ cannot be asked for together: the batch is divided by the values, and each part
is a request of its own. Where a value is absent, because the fetch that would have brought
it failed, or null although the argument's type forbids it, nothing is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gateway_graphql.exchange import JSON
from gateway_graphql.execution.compiled.answer_places import ResponsePath
from gateway_graphql.execution.run.entities import Batch, has_forbidden_null
from gateway_graphql.execution.run.merging import Tree
from gateway_graphql.language.operation import TYPENAME
from gateway_graphql.planning.plan import ContextValue, RepresentationField

_ABSENT: Final[JSON] = object()  # type: ignore[assignment]


def divide_by_context(
    tree: Tree, batch: Batch, context: tuple[ContextValue, ...]
) -> list[tuple[dict[str, JSON], Batch]]:
    """The variables of each part, with the part of the batch that they are for.

    Entities with a forbidden null are noted in the batch as lacking.
    """
    parts: dict[bytes, tuple[dict[str, JSON], Batch]] = {}
    for representation, occurrences in zip(
        batch.representations, batch.occurrences, strict=True
    ):
        for node, path in occurrences:
            variables = {
                value.variable: _value(_at(tree, path[: value.steps]), value.value)
                for value in context
            }
            if _ABSENT in variables.values():
                continue
            if keys := _forbidden_null(variables, context, path):
                batch.lacking.append(((node, path), keys))
                continue
            encoding = msgspec.json.encode(variables)
            part = parts.setdefault(encoding, (variables, Batch()))[1]
            if not part.representations or (
                part.representations[-1] is not representation
            ):
                part.representations.append(representation)
                part.occurrences.append([])
            part.occurrences[-1].append((node, path))
    return list(parts.values())


def _forbidden_null(
    variables: Mapping[str, JSON], context: tuple[ContextValue, ...], path: ResponsePath
) -> tuple[str, ...]:
    """The keys that lead to a null which an argument must not be; none without one."""
    for value in context:
        if has_forbidden_null(variables[value.variable], value.never_null):
            above = (step for step in path[: value.steps] if isinstance(step, str))
            return (*above, *_keys(value.value))
    return ()


def _keys(fields: tuple[RepresentationField, ...]) -> tuple[str, ...]:
    """The response keys down to a value, by the first way where there are several."""
    for field in fields:
        if field.name != TYPENAME:
            return (field.key, *_keys(field.fields))
    return ()


def _at(tree: Tree, path: ResponsePath) -> JSON:
    """The object at a path that was walked before."""
    value: JSON = tree
    for step in path:
        value = value[step]  # type: ignore[index]
    return value


def _value(value: JSON, fields: tuple[RepresentationField, ...]) -> JSON:
    """Follow the one way that fits the object's type; null where it ends in null."""
    if isinstance(value, list):
        items = [_value(item, fields) for item in value]
        return _ABSENT if _ABSENT in items else items
    if not isinstance(value, Mapping):
        return None
    for field in fields:
        if field.name == TYPENAME:
            continue
        if field.on_types is None or value.get(TYPENAME) in field.on_types:
            found = value.get(field.key, _ABSENT)
            if found is _ABSENT:
                return _ABSENT
            return _value(found, field.fields) if field.fields else found
    return None
