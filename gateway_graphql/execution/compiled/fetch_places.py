"""The places of the answer that a fetch is there for, known before it runs.

When a fetch fails, its errors go to the fields that the client asked for and the fetch
would have given. They are read from the fetch's own selections, so nothing more has to
be written into plans. A place is a path of response keys: list indices are unknown here.
Where the objects are known, `paths_at` and `paths_below` make paths of them that lead to
one field of the answer each (specification section 7.1.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gateway_graphql.exchange import JSON
from gateway_graphql.execution.compiled.answer_places import Asked
from gateway_graphql.execution.run.coverage import ResponsePath
from gateway_graphql.execution.run.entities import Occurrence
from gateway_graphql.language.operation import Field, Selection
from gateway_graphql.planning.plan import (
    EACH,
    EntityInput,
    FetchNode,
    Path,
    Rename,
    ResponseKeys,
    keys_of,
)

_UNKNOWN: Final = object()


def root_places(fetch: FetchNode, asked: Asked) -> tuple[ResponseKeys, ...]:
    """The client's fields that a root fetch gives, where its data belongs."""
    given = _given_keys(fetch, fetch.operation.selections, ())
    parent = keys_of(fetch.at)
    wanted = asked.at(parent).fields
    return tuple((*parent, key) for key in given if key in wanted)


def entity_places(
    fetch: FetchNode, entity_input: EntityInput, asked: Asked
) -> tuple[ResponseKeys, ...]:
    """The client's fields that an entity input gives, at each of its paths."""
    alias = entity_input.alias
    given = _given_keys(fetch, fetch.operation.below(alias), (alias,))
    places: dict[ResponseKeys, None] = {}
    for path in entity_input.paths:
        parent = keys_of(path)
        wanted = asked.at(parent).fields
        places.update(dict.fromkeys((*parent, key) for key in given if key in wanted))
    return tuple(places)


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


def nearest_parent(paths: Iterable[Path]) -> ResponseKeys:
    """What all paths have in common above the first list: the place of an error of all."""
    parents = [_above_lists(path) for path in paths]
    if not parents:
        return ()
    first, last = min(parents), max(parents)
    common = 0
    while common < len(first) and first[common] == last[common]:
        common += 1
    return first[:common]


def _above_lists(path: Path) -> ResponseKeys:
    above = path[: path.index(EACH)] if EACH in path else path
    return keys_of(above)


def _given_keys(
    fetch: FetchNode, selections: Iterable[Selection], at: ResponseKeys
) -> tuple[str, ...]:
    """The response keys of selections in the response tree, after renames."""
    real = {rename.alias: rename.key for rename in fetch.renames if _is_at(rename, at)}
    keys = (field.response_key for field in _fields(selections))
    return tuple(dict.fromkeys(real.get(key, key) for key in keys))


def _is_at(rename: Rename, at: ResponseKeys) -> bool:
    return keys_of(rename.path) == at


def _fields(selections: Iterable[Selection]) -> Iterator[Field]:
    for selection in selections:
        if isinstance(selection, Field):
            yield selection
        else:
            yield from _fields(selection.selections)
