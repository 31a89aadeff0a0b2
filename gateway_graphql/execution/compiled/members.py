"""The members of representations: read from the records of the fast path, then written.

Between the two they are values that tell objects apart: those that are equal are asked
for once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, TypeAlias

from gateway_graphql.exchange import JSON
from gateway_graphql.execution.compiled.decoders import AnswerRecord, attribute
from gateway_graphql.execution.compiled.layout import NotFast, RecordPlace
from gateway_graphql.execution.compiled.shape import (
    EnumShape,
    LeafKind,
    LeafShape,
    ListShape,
    ValueShape,
)
from gateway_graphql.language.operation import TYPENAME
from gateway_graphql.planning.plan import RepresentationField

MemberValues: TypeAlias = Any
"""What a representation has beside its type name: a value, or a tuple of several."""

_PLAIN: Final = frozenset(
    {LeafKind.ID, LeafKind.STRING, LeafKind.INT, LeafKind.BOOLEAN}
)


@dataclass(frozen=True, slots=True)
class Members:
    """The members of representations, or of an object in one: read, then written.

    Attributes:
        names: What they are called.
        read: A record -> their values: one, or a tuple of several.
        forbids_null: Positions of values that must not be null.
        is_plain: Whether values that are equal are the same in JSON, and hashable.
        inner: By position, the members of values that are objects, and how many lists
            are around these.
    """

    names: tuple[str, ...]
    read: Callable[[Any], MemberValues]
    forbids_null: tuple[int, ...]
    is_plain: bool
    inner: Mapping[int, tuple[Members, int]]

    @classmethod
    def of(cls, place: RecordPlace, requires: Sequence[RepresentationField]) -> Members:
        """The members of representations of a place's objects."""
        fields = required_of(place, requires)
        if not fields or any(one.key not in place.sources for one in fields):
            raise NotFast
        inner = {
            position: _members_below(place, one)
            for position, one in enumerate(fields)
            if one.fields
        }
        return cls(
            tuple(one.name for one in fields),
            _reader([attribute(one.key) for one in fields], inner),
            tuple(
                position
                for position, one in enumerate(fields)
                if (one.is_key or one.never_null)
                and _may_have_null(place.values[one.key])
            ),
            all(
                (position in inner and inner[position][0].is_plain)
                or _is_plain(place.values[one.key])
                for position, one in enumerate(fields)
            ),
            inner,
        )

    def write(self, values: MemberValues) -> dict[str, JSON]:
        """The members with their values."""
        every = (values,) if len(self.names) == 1 else values
        written = dict(zip(self.names, every, strict=True))
        for position, (members, lists) in self.inner.items():
            name = self.names[position]
            written[name] = _written(written[name], members, lists)
        return written

    def has_null(self, values: MemberValues) -> bool:
        """Whether there is a null where there must be none, or may be none."""
        every = (values,) if len(self.names) == 1 else values
        return any(_has_null(every[position]) for position in self.forbids_null)


def _members_below(
    place: RecordPlace, wanted: RepresentationField
) -> tuple[Members, int]:
    """The members of the objects in a field, and the lists around them."""
    below = place.below.get(wanted.key, ())
    if len(below) != 1:
        raise NotFast
    lists = lists_around(place.values[wanted.key])
    return Members.of(below[0], wanted.fields), lists


def _reader(
    names: list[str], inner: Mapping[int, tuple[Members, int]]
) -> Callable[[Any], MemberValues]:
    read = attrgetter(*names)
    if not inner:
        return read
    is_one = len(names) == 1
    readers = [inner[i][0].read if i in inner else None for i in range(len(names))]

    def read_inside(record: AnswerRecord) -> MemberValues:
        values = read(record)
        found = tuple(
            value if inside is None else _read(value, inside)
            for value, inside in zip(
                (values,) if is_one else values, readers, strict=True
            )
        )
        return found[0] if is_one else found

    return read_inside


def _read(value: Any, inside: Callable[[Any], MemberValues]) -> MemberValues:
    """The values of an object, or of each in a list."""
    if isinstance(value, list):
        return tuple([_read(item, inside) for item in value])
    return None if value is None else inside(value)


def _written(values: MemberValues, members: Members, lists: int) -> JSON:
    if values is None:
        return None
    if lists:
        return [_written(item, members, lists - 1) for item in values]
    return members.write(values)


def _has_null(value: MemberValues) -> bool:
    if isinstance(value, tuple | list):
        return any(map(_has_null, value))
    return value is None


def required_of(
    place: RecordPlace, requires: Sequence[RepresentationField]
) -> tuple[RepresentationField, ...]:
    """The fields of a representation that objects of a place have."""
    return tuple(
        wanted
        for wanted in requires
        if wanted.name != TYPENAME
        and (wanted.on_types is None or place.type_name in wanted.on_types)
    )


def _may_have_null(value: ValueShape) -> bool:
    return value.is_nullable or not isinstance(value, LeafShape | EnumShape)


def _is_plain(value: ValueShape) -> bool:
    return isinstance(value, EnumShape) or (
        isinstance(value, LeafShape) and value.kind in _PLAIN
    )


def lists_around(value: ValueShape) -> int:
    """How many lists are around the values in a field."""
    count = 0
    while isinstance(value, ListShape):
        count, value = count + 1, value.item
    return count
