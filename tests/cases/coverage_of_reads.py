"""What a fetch provides and what it reads, as places in the response tree.

A place is the response keys down to a field; list items and type conditions are left
out. A fetch may only read places that fetches which it waits for provide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from graphql import FieldNode, SelectionSetNode, parse

from gateway_graphql.planning.plan import (
    EACH,
    FetchNode,
    Path,
    QueryPlan,
    RepresentationField,
)

Place: TypeAlias = tuple[str, ...]


def unprovided_reads(plan: QueryPlan) -> list[str]:
    """Every read of a fetch that nothing in its transitive `after` provides."""
    provided = [set(_provided(fetch)) for fetch in plan.fetches]
    problems: list[str] = []
    for fetch in plan.fetches:
        known: set[Place] = {()}
        for other in _ancestors(plan, fetch):
            known |= provided[other]
        problems += [
            f"[{fetch.id}] {fetch.subgraph} reads {'.'.join(place)}"
            for place in _read(fetch)
            if place not in known
        ]
    return problems


def _ancestors(plan: QueryPlan, fetch: FetchNode) -> set[int]:
    found: set[int] = set()
    pending = list(fetch.after)
    while pending:
        other = pending.pop()
        if other not in found:
            found.add(other)
            pending += plan.fetches[other].after
    return found


def _place(path: Path) -> Place:
    return tuple(step for step in path if isinstance(step, str) and step != EACH)


def _read(fetch: FetchNode) -> Iterator[Place]:
    yield _place(fetch.at)
    for entity in fetch.entities:
        for path in entity.paths:
            place = _place(path)
            yield place
            if entity.typename is None:
                yield (*place, "__typename")
            yield from _read_fields(entity.requires, place)


def _read_fields(fields: Iterable[RepresentationField], at: Place) -> Iterator[Place]:
    for field in fields:
        yield (*at, field.key)
        yield from _read_fields(field.fields, (*at, field.key))


def _provided(fetch: FetchNode) -> Iterator[Place]:
    (definition,) = parse(fetch.operation.text).definitions
    renames = {(_place(r.path), r.alias): r.key for r in fetch.renames}
    if not fetch.entities:
        yield from _selected(definition.selection_set, (), renames, [_place(fetch.at)])
    inputs = {entity.alias: entity for entity in fetch.entities}
    for node in definition.selection_set.selections if inputs else ():
        alias = _key(node)
        places = [_place(path) for path in inputs[alias].paths]
        yield from _selected(node.selection_set, (alias,), renames, places)


def _selected(
    selection_set: SelectionSetNode,
    at: Place,
    renames: dict[tuple[Place, str], str],
    merged_at: list[Place],
) -> Iterator[Place]:
    """The places below `at` in the reply, as they are once it is merged."""
    for node in selection_set.selections:
        if not isinstance(node, FieldNode):
            yield from _selected(node.selection_set, at, renames, merged_at)
            continue
        key = renames.get((at, _key(node)), _key(node))
        below = [(*place, key) for place in merged_at]
        yield from below
        if node.selection_set:
            yield from _selected(node.selection_set, (*at, key), renames, below)


def _key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value
