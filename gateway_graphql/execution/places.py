"""The places of the answer that a fetch is there for, known before it runs.

When a fetch fails, its errors go to the fields that the client asked for and the fetch
would have given. They are read from the fetch's own text, so nothing more has to be
written into plans. A place is a path of response keys: list indices are unknown here, and
what is wrong is wrong at every item.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from graphql import (
    FieldNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

from gateway_graphql.execution.asked import Asked
from gateway_graphql.planning.plan import EACH, EntityInput, FetchNode, Path, Rename

Keys: TypeAlias = tuple[str, ...]
"""Response keys from the root of the answer, list items not told apart."""


def root_places(fetch: FetchNode, asked: Asked) -> tuple[Keys, ...]:
    """The client's fields that a root fetch gives, where its data belongs."""
    given = _given_keys(fetch, _root_selection_set(fetch), ())
    parent = keys_of(fetch.at)
    wanted = asked.at(parent).fields
    return tuple((*parent, key) for key in given if key in wanted)


def entity_places(
    fetch: FetchNode, entity_input: EntityInput, asked: Asked
) -> tuple[Keys, ...]:
    """The client's fields that an entity input gives, at each of its paths."""
    selection_set = _child(_root_selection_set(fetch), entity_input.alias)
    given = _given_keys(fetch, selection_set, (entity_input.alias,))
    places: dict[Keys, None] = {}
    for path in entity_input.paths:
        parent = keys_of(path)
        wanted = asked.at(parent).fields
        places.update(dict.fromkeys((*parent, key) for key in given if key in wanted))
    return tuple(places)


def nearest_parent(paths: Iterable[Path]) -> Keys:
    """What all paths have in common above the first list: the place of an error of all."""
    parents = [_above_lists(path) for path in paths]
    if not parents:
        return ()
    first, last = min(parents), max(parents)
    common = 0
    while common < len(first) and first[common] == last[common]:
        common += 1
    return first[:common]


def keys_of(path: Path) -> Keys:
    """A path without its list and type steps."""
    return tuple(step for step in path if isinstance(step, str) and step != EACH)


def _above_lists(path: Path) -> Keys:
    above = path[: path.index(EACH)] if EACH in path else path
    return keys_of(above)


def _root_selection_set(fetch: FetchNode) -> SelectionSetNode:
    definition = parse(fetch.operation.text, no_location=True).definitions[0]
    if not isinstance(definition, OperationDefinitionNode):
        raise AssertionError(f"fetch {fetch.id} is no operation")
    return definition.selection_set


def _child(selection_set: SelectionSetNode, key: str) -> SelectionSetNode:
    for node in _field_nodes(selection_set):
        if _response_key(node) == key and node.selection_set is not None:
            return node.selection_set
    raise AssertionError(f"the fetch's text has no entity field {key}")


def _given_keys(
    fetch: FetchNode, selection_set: SelectionSetNode, at: Keys
) -> tuple[str, ...]:
    """The response keys of a selection set in the response tree, after renames."""
    real = {rename.alias: rename.key for rename in fetch.renames if _is_at(rename, at)}
    keys = (_response_key(node) for node in _field_nodes(selection_set))
    return tuple(dict.fromkeys(real.get(key, key) for key in keys))


def _is_at(rename: Rename, at: Keys) -> bool:
    return keys_of(rename.path) == at


def _field_nodes(selection_set: SelectionSetNode) -> Iterator[FieldNode]:
    for node in selection_set.selections:
        match node:
            case FieldNode():
                yield node
            case InlineFragmentNode():
                yield from _field_nodes(node.selection_set)


def _response_key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value
