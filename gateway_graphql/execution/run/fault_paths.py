"""The paths of the client's fields that a fetch did not bring, object by object.

What a fetch is there for is known before it runs, as places without list indices. Where
the objects are known that it was sent for, the places become paths of them, which lead to
one field of the answer each (specification section 7.1.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gateway_graphql.exchange import JSON
from gateway_graphql.execution.compiled.answer_places import Asked, ResponsePath
from gateway_graphql.execution.run.entities import Occurrence
from gateway_graphql.planning.plan import ResponseKeys

_UNKNOWN: Final = object()


def paths_at(
    occurrences: Iterable[Occurrence], places: Sequence[ResponseKeys]
) -> Iterator[ResponsePath]:
    """The paths of fields of the objects themselves."""
    fields_by_keys: dict[ResponseKeys, list[str]] = {}
    for place in places:
        fields_by_keys.setdefault(place[:-1], []).append(place[-1])
    for _, path in occurrences:
        for key in fields_by_keys.get(keys_in(path), ()):
            yield (*path, key)


def paths_below(
    occurrences: Iterable[Occurrence], places: Sequence[ResponseKeys], asked: Asked
) -> Iterator[ResponsePath]:
    """The paths of what is further down, or beside the objects, as far as is known."""
    for node, path in occurrences:
        keys = keys_in(path)
        for place in places:
            shared = _shared(keys, place[:-1])
            above = _cut_after(path, shared)
            start: JSON | object = node if len(above) == len(path) else _UNKNOWN
            at = asked.at(place[:shared])
            yield from _fields_below(start, place[shared:], at, above)


def _fields_below(
    value: JSON | object, keys: ResponseKeys, place: Asked, path: ResponsePath
) -> Iterator[ResponsePath]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _fields_below(item, keys, place, (*path, index))
    elif value is _UNKNOWN:
        yield (*path, *_above_next_list(keys, place))
    elif isinstance(value, dict):
        key = keys[0]
        if len(keys) == 1:
            yield (*path, key)
        else:
            inner, below = value.get(key, _UNKNOWN), place.at(keys[:1])
            if inner is _UNKNOWN and below.lists:
                yield (*path, key)
            else:
                yield from _fields_below(inner, keys[1:], below, (*path, key))


def _above_next_list(keys: ResponseKeys, place: Asked) -> ResponseKeys:
    """The keys up to the first list, whose items are not there."""
    for position, key in enumerate(keys):
        place = place.at((key,))
        if place.lists:
            return keys[: position + 1]
    return keys


def keys_in(path: ResponsePath) -> ResponseKeys:
    """A path without its list indices."""
    return tuple(step for step in path if isinstance(step, str))


def _shared(some: ResponseKeys, others: ResponseKeys) -> int:
    """How many keys two places have in common."""
    count = 0
    for one, other in zip(some, others, strict=False):
        if one != other:
            break
        count += 1
    return count


def _cut_after(path: ResponsePath, count: int) -> ResponsePath:
    """The path of the object after so many keys, its place in a list included."""
    for position, step in enumerate(path):
        if isinstance(step, str):
            if not count:
                return path[:position]
            count -= 1
    return path
