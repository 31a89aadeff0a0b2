"""Merge what subgraphs answered into the response tree.

The response tree is the one mutable thing of an execution: fetches add to it and nothing
is taken away. Two fetches may bring the same object in parts, so objects merge key by key
and lists of one length item by item; elsewhere the later value wins, but null never
replaces a value, since a null may mean that one subgraph did not know.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TypeAlias

from gateway_graphql.exchange import JSON
from gateway_graphql.language.operation import TYPENAME
from gateway_graphql.planning.plan import EACH, OnTypes, Path, Rename

Tree: TypeAlias = "dict[str, JSON]"


def merge(tree: Tree, data: Tree, object_types: Collection[str]) -> None:
    """Merge `data` into `tree`, which may keep parts of it: give each part once.

    Args:
        tree: Changed in place.
        data: What to add.
        object_types: Names of object types. A `__typename` that is one of them stays:
            a subgraph with an interface object would replace it by the interface's.
    """
    for key, value in data.items():
        if value is None:
            tree.setdefault(key, None)
            continue
        known = tree.get(key)
        if known is None:
            tree[key] = value
        elif key != TYPENAME:
            tree[key] = _merged(known, value, object_types)
        elif known not in object_types:
            tree[key] = value


def _merged(known: JSON, value: JSON, object_types: Collection[str]) -> JSON:
    """One value of two, neither of them null; the known one is changed in place."""
    if isinstance(known, dict) and isinstance(value, dict):
        merge(known, value, object_types)
        return known
    if isinstance(known, list) and isinstance(value, list) and len(known) == len(value):
        for index, item in enumerate(value):
            if known[index] is None:
                known[index] = item
            elif item is not None:
                known[index] = _merged(known[index], item, object_types)
        return known
    return value


def copied(value: JSON) -> JSON:
    """A copy that shares no object or list with the original."""
    if isinstance(value, dict):
        return {key: copied(member) for key, member in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def apply_renames(
    data: Tree, renames: Iterable[Rename], object_types: Collection[str]
) -> None:
    """Give internal aliases in a reply's data their real keys, in place."""
    for rename in renames:
        for node in _objects_at(data, rename.path):
            if rename.alias in node:
                value = node.pop(rename.alias)
                merge(node, {rename.key: value}, object_types)


def _objects_at(value: JSON, path: Path) -> Iterator[Tree]:
    if not path:
        if isinstance(value, dict):
            yield value
        return
    step, rest = path[0], path[1:]
    if step == EACH:
        if isinstance(value, list):
            for item in value:
                yield from _objects_at(item, rest)
    elif isinstance(value, dict):
        if isinstance(step, OnTypes):
            if value.get(TYPENAME) in step.type_names:
                yield from _objects_at(value, rest)
        elif step in value:
            yield from _objects_at(value[step], rest)
