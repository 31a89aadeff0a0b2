"""The places of the answer that a fetch is there for, known before it runs.

When a fetch fails, its errors go to the fields that the client asked for and the fetch
would have given. They are read from the fetch's own selections, so nothing more has to
be written into plans. A place is a path of response keys: list indices are unknown here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway_graphql.execution.compiled.answer_places import Asked
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
