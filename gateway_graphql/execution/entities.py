"""The dataloader: many objects, one batch of representations, one request.

The plan already knows where the objects are, so a batch is made in one walk, without a
future per object: collect the objects, make each one's representation, keep one of those
that are equal, remember every place it stands for. The answer goes to all of them.

Which object is asked for:

1. null, or what is no object: no; a null entity never travels on.
2. A field of its representation is absent, because the fetch that would have brought it
   failed: no.
3. A key field is null: no, there is nothing to ask by.
4. A required field is null: yes, null is sent; it is the subgraph's to judge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final, TypeAlias

import msgspec

from gateway_graphql.execution.coverage import ResponsePath
from gateway_graphql.execution.merging import Tree, copied, merge
from gateway_graphql.language.operation import TYPENAME
from gateway_graphql.planning.plan import (
    EACH,
    EntityInput,
    OnTypes,
    Path,
    RepresentationField,
)
from gateway_graphql.request import JSON

Occurrence: TypeAlias = tuple[Tree, ResponsePath]
"""An object in the response tree, and the client's path to it."""

_ABSENT: Final = object()


class Batch(msgspec.Struct, frozen=True):
    """What one `_entities` field is asked with.

    Attributes:
        representations: Each different from the others.
        occurrences: For each representation, the objects that have it.
    """

    representations: list[JSON] = msgspec.field(default_factory=list)
    occurrences: list[list[Occurrence]] = msgspec.field(default_factory=list)

    def merge(self, answer: list[JSON], object_types: Collection[str]) -> None:
        """Merge the answer for each representation into every object that has it.

        An answer that is null or no object adds nothing.
        """
        for entity, occurrences in zip(answer, self.occurrences, strict=True):
            if isinstance(entity, dict):
                merge_into_all(occurrences, entity, object_types)


def merge_into_all(
    occurrences: list[Occurrence], data: Tree, object_types: Collection[str]
) -> None:
    """Merge data, to be given once, into every object of a list that is not empty."""
    # The tree keeps parts of what it is given, so the others get copies.
    for node, _ in occurrences[1:]:
        merge(node, _copied_object(data), object_types)
    merge(occurrences[0][0], data, object_types)


def collect_batch(tree: Tree, entity_input: EntityInput) -> Batch:
    """Make the batch of an entity input from what is in the response tree now."""
    batch = Batch()
    index_by_encoding: dict[bytes, int] = {}
    for path in entity_input.paths:
        for occurrence in objects_at(tree, path):
            representation = represent(occurrence[0], entity_input)
            if representation is None:
                continue
            encoding = msgspec.json.encode(representation)
            index = index_by_encoding.setdefault(encoding, len(batch.representations))
            if index == len(batch.representations):
                batch.representations.append(representation)
                batch.occurrences.append([])
            batch.occurrences[index].append(occurrence)
    return batch


def represent(node: Mapping[str, JSON], entity_input: EntityInput) -> Tree | None:
    """The representation of an object; `None` when it cannot be asked for."""
    typename = entity_input.typename
    if typename is None:
        named = node.get(TYPENAME)
        if not isinstance(named, str):
            return None
        typename = named
    representation: Tree = {TYPENAME: typename}
    is_complete = _copy_fields(node, entity_input.requires, representation)
    return representation if is_complete else None


def _copy_fields(
    node: Mapping[str, JSON],
    fields: tuple[RepresentationField, ...],
    representation: Tree,
) -> bool:
    """Copy fields of an object; whether all that must be there are."""
    for wanted in fields:
        if wanted.on_types is not None and node.get(TYPENAME) not in wanted.on_types:
            continue
        value = node.get(wanted.key, _ABSENT)
        if value is _ABSENT or (value is None and wanted.is_key):
            if wanted.name == TYPENAME:
                continue  # not asked for where the object can only be of one type
            return False
        if wanted.fields:
            value = _copy_members(value, wanted)  # type: ignore[arg-type]
            if value is _ABSENT:
                return False
        representation[wanted.name] = value  # type: ignore[assignment]
    return True


def _copy_members(value: JSON, wanted: RepresentationField) -> object:
    """The wanted members of an object, or of each in a list; `_ABSENT` if one lacks."""
    if isinstance(value, Mapping):
        members: Tree = {}
        is_complete = _copy_fields(value, wanted.fields, members)
        return members if is_complete else _ABSENT
    if isinstance(value, list):
        items = [_copy_members(item, wanted) for item in value]
        return _ABSENT if _ABSENT in items else items
    if value is None and not wanted.is_key:
        return None
    return _ABSENT


def objects_at(
    value: JSON, path: Path, response_path: ResponsePath = ()
) -> Iterator[Occurrence]:
    """The objects at a path, in the order of the data."""
    for position, step in enumerate(path):
        if step == EACH:
            if isinstance(value, list):
                rest = path[position + 1 :]
                for index, item in enumerate(value):
                    yield from objects_at(item, rest, (*response_path, index))
            return
        if not isinstance(value, dict):
            return
        if isinstance(step, OnTypes):
            if value.get(TYPENAME) not in step.type_names:
                return
        else:
            value = value.get(step)
            response_path = (*response_path, step)
    if isinstance(value, dict):
        yield value, response_path


def objects_below(value: JSON, keys: tuple[str, ...]) -> Iterator[Tree]:
    """The objects that response keys lead to, through any lists on the way."""
    if isinstance(value, list):
        for item in value:
            yield from objects_below(item, keys)
    elif isinstance(value, dict):
        if keys:
            yield from objects_below(value.get(keys[0]), keys[1:])
        else:
            yield value


def _copied_object(entity: Tree) -> Tree:
    return {key: copied(value) for key, value in entity.items()}
