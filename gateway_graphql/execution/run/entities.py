"""The dataloader: many objects, one batch of representations, one request.

The plan already knows where the objects are, so a batch is made in one walk, without a
future per object: collect the objects, make each one's representation, keep one of those
that are equal, remember every place it stands for. The answer goes to all of them.

Which object is asked for:

1. null, or what is no object: no; a null entity never travels on.
2. A field of its representation is absent, because the fetch that would have brought it
   failed: no.
3. All of its key is null: no, there is nothing to ask by. Some of it is null: yes, null
   is a value among others; and so is an empty list.
4. A required field is null: yes, null is sent; it is the subgraph's to judge.
5. A field is null, or has a null in it, where its type forbids that: no. The subgraph that
   is asked was promised otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from typing import Final, TypeAlias

import msgspec

from gateway_graphql.exchange import JSON
from gateway_graphql.execution.compiled.answer_places import ResponsePath
from gateway_graphql.execution.run.merging import Tree, copied, merge
from gateway_graphql.language.operation import TYPENAME
from gateway_graphql.planning.plan import (
    EACH,
    EntityInput,
    OnTypes,
    Path,
    RepresentationField,
)

Occurrence: TypeAlias = tuple[Tree, ResponsePath]
"""An object in the response tree, and the client's path to it."""

_ABSENT: Final = object()


class Batch(msgspec.Struct, frozen=True):
    """What one `_entities` field is asked with.

    Attributes:
        representations: Each different from the others.
        occurrences: For each representation, the objects that have it.
        lacking: The objects that are not asked for because of a forbidden null, each
            with the response keys that lead to it from the root.
    """

    representations: list[JSON] = msgspec.field(default_factory=list)
    occurrences: list[list[Occurrence]] = msgspec.field(default_factory=list)
    lacking: list[tuple[Occurrence, tuple[str, ...]]] = msgspec.field(
        default_factory=list
    )

    @property
    def all_occurrences(self) -> Iterator[Occurrence]:
        """Every object that is asked for."""
        return chain.from_iterable(self.occurrences)

    def missed_by(self, answer: JSON) -> Iterator[Occurrence]:
        """The objects for which a malformed answer has nothing that can be used."""
        if not isinstance(answer, list) or len(answer) != len(self.occurrences):
            return self.all_occurrences
        return chain.from_iterable(
            occurrences
            for entity, occurrences in zip(answer, self.occurrences, strict=True)
            if not (entity is None or isinstance(entity, dict))
        )

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
                keys = forbidden_null(occurrence[0], entity_input.requires)
                if keys:
                    above = (step for step in occurrence[1] if isinstance(step, str))
                    batch.lacking.append((occurrence, (*above, *keys)))
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
    requires = entity_input.requires
    is_askable = _copy_fields(node, requires, representation) and (
        _identifies(representation, requires)
    )
    return representation if is_askable else None


def forbidden_null(
    node: Mapping[str, JSON], fields: tuple[RepresentationField, ...]
) -> tuple[str, ...]:
    """The keys that lead to a null where there must be none; none without one."""
    for wanted in fields:
        value = node.get(wanted.key)
        if wanted.key not in node or not _applies(wanted, node):
            continue
        if has_forbidden_null(value, wanted.never_null):
            return (wanted.key,)
        if wanted.fields:
            for below in objects_below(value, ()):
                if keys := forbidden_null(below, wanted.fields):
                    return (wanted.key, *keys)
    return ()


def _applies(wanted: RepresentationField, node: Mapping[str, JSON]) -> bool:
    return wanted.on_types is None or node.get(TYPENAME) in wanted.on_types


def has_forbidden_null(
    value: JSON, never_null: tuple[int, ...], depth: int = 0
) -> bool:
    """Whether there is a null where a type forbids it."""
    if value is None:
        return depth in never_null
    # What is below the last list that forbids null needs no look.
    if isinstance(value, list) and never_null and never_null[-1] > depth:
        return any(has_forbidden_null(item, never_null, depth + 1) for item in value)
    return False


def _identifies(value: JSON, fields: tuple[RepresentationField, ...]) -> bool:
    """Whether something of a key is there to ask by; there may be no key at all."""
    keys = [wanted for wanted in fields if wanted.is_key]
    return not keys or any(_says_something(value, wanted) for wanted in keys)


def _says_something(value: JSON, wanted: RepresentationField) -> bool:
    """Whether a key field's value, copied into its object, is more than nulls."""
    member = value.get(wanted.name) if isinstance(value, dict) else None
    pending = [member]
    while pending:
        one = pending.pop()
        if isinstance(one, list):
            if not one:
                return True
            pending.extend(one)
        elif isinstance(one, dict) and wanted.fields:
            if _identifies(one, wanted.fields):
                return True
        elif one is not None:
            return True
    return False


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
        if value is _ABSENT:
            if wanted.name == TYPENAME:
                continue  # not asked for where the object can only be of one type
            return False
        if wanted.never_null and has_forbidden_null(
            value,  # type: ignore[arg-type] # it is no longer absent
            wanted.never_null,
        ):
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
    return None if value is None else _ABSENT


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
