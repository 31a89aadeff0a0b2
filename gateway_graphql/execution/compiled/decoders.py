"""Typed decoders: a reply becomes records of just what was asked, checked as it is read.

For each place of the answer there is a class of records (`msgspec.Struct`): the client's
fields in the order of the answer, then what only the gateway needs. One decoding checks
types and nulls, drops what nobody asked for and puts the fields in order, all in C. Fields
that a later fetch gives are unset until then. What does not fit, in whatever way, raises
`msgspec.MsgspecError`; it is for the exact path to say what is wrong with it.

A fetch that makes the objects of a place decodes to that place's records. A fetch that
adds to objects which are there decodes to an addition, whose values are then put into them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, get_args

import msgspec
from msgspec import UNSET, Struct, UnsetType

from gateway_graphql.execution.compiled.layout import (
    FieldGiver,
    NotFast,
    RecordPlace,
    RecordPlaces,
)
from gateway_graphql.execution.compiled.shape import (
    EnumShape,
    LeafKind,
    LeafShape,
    ListShape,
    ObjectShape,
    TypenameShape,
    ValueShape,
)
from gateway_graphql.language.operation import TYPENAME

AnswerRecord: TypeAlias = Struct
"""An object of the answer, with the fields that are known by now."""

_Int: Final = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
_LEAF_TYPES: Final[dict[LeafKind, Any]] = {
    LeafKind.INT: _Int,
    LeafKind.FLOAT: int | float,
    LeafKind.STRING: str,
    LeafKind.BOOLEAN: bool,
    LeafKind.ID: str,
    # Of any other value it must be seen how deep it is.
    LeafKind.CUSTOM: str | int | float | bool,
}


_NobodysType = msgspec.defstruct(
    "NobodysType", [("never", UnsetType)], tag_field=TYPENAME, tag=" "
)
"""Beside it no record is alone, so each must have a `__typename`; it can't be decoded."""


class RecordClasses:
    """The classes of one answer's records, each made once."""

    def __init__(self) -> None:
        # By identity: places live as long as what is compiled from them.
        self._made: dict[int, type[AnswerRecord]] = {}

    def of(self, place: RecordPlace) -> type[AnswerRecord]:
        """The class of a place's records, as they are decoded."""
        if id(place) not in self._made:
            self._made[id(place)] = self._make(place)
        return self._made[id(place)]

    def addition(self, place: RecordPlace, source: FieldGiver) -> type[AnswerRecord]:
        """The class of what a source adds to the records of a place."""
        fields = [self._given(place, key) for key in place.given_by(source)]
        return msgspec.defstruct(place.type_name, fields, kw_only=True, gc=False)

    def final(self, place: RecordPlace) -> type[AnswerRecord] | None:
        """The class of a place's records in the answer, where it is another one.

        A record that is one of many carries its type's name, and in front. Elsewhere,
        what is not asked for is unset.
        """
        if not place.is_one_of_many or place.asked[:1] == (TYPENAME,):
            return None
        fields = [(attribute(key), Any, msgspec.field(name=key)) for key in place.asked]
        return msgspec.defstruct(place.type_name, fields, gc=False)

    def _make(self, place: RecordPlace) -> type[AnswerRecord]:
        fields = [
            self._given(place, key)
            if place.owner is not None and place.sources.get(key) == place.owner
            else self._later(place, key)
            for key in (*place.asked, *place.machinery)
        ]
        if place.is_one_of_many:
            return msgspec.defstruct(
                place.type_name,
                [one for one in fields if one[0] != attribute(TYPENAME)],
                kw_only=True,
                gc=False,
                tag_field=TYPENAME,
                tag=place.type_name,
            )
        hides_typename = _hides_typename(place)
        return msgspec.defstruct(
            place.type_name,
            fields,
            kw_only=True,
            gc=False,
            omit_defaults=hides_typename,
        )

    def _given(self, place: RecordPlace, key: str) -> tuple[str, Any, Any]:
        value = place.values[key]
        if isinstance(value, TypenameShape):
            return self._typename(place, key)
        return attribute(key), self._type(place, key, value), msgspec.field(name=key)

    def _later(self, place: RecordPlace, key: str) -> tuple[str, Any, Any]:
        if isinstance(place.values[key], TypenameShape):
            return self._typename(place, key)
        return attribute(key), UnsetType, msgspec.field(name=key, default=UNSET)

    def _typename(self, place: RecordPlace, key: str) -> tuple[str, Any, Any]:
        literal = Literal[place.type_name]  # type: ignore[name-defined]
        # The very string that a decoder gives, so it is known as the default.
        default = get_args(literal)[0]
        return attribute(key), literal, msgspec.field(name=key, default=default)

    def _type(self, place: RecordPlace, key: str, value: ValueShape) -> Any:
        annotation: Any
        match value:
            case LeafShape(kind=kind):
                annotation = _LEAF_TYPES[kind]
            case EnumShape(values=values, hidden=hidden):
                known = values if key in place.asked else values | hidden
                annotation = Literal[tuple(sorted(known))]
            case ListShape(item=item):
                annotation = list[self._type(place, key, item)]  # type: ignore[misc]
            case ObjectShape():
                annotation = _any_of(place.below[key], self)
            case _:
                raise NotFast
        return annotation | None if value.is_nullable else annotation


def _any_of(places: RecordPlaces, classes: RecordClasses) -> Any:
    """The records of some places, which a decoder takes apart by their `__typename`."""
    types: list[Any] = [classes.of(place) for place in places]
    if places and places[0].is_one_of_many:
        types.append(_NobodysType)
    if not types:
        raise NotFast
    return Union[tuple(types)]  # noqa: UP007 - of as many as there are


def attribute(key: str) -> str:
    """The attribute of records that has a field, whatever clients call it."""
    return f"f_{key}"


def reply_decoder(data: type[AnswerRecord]) -> msgspec.json.Decoder[Any]:
    """Decodes replies that have such data, and no errors."""
    envelope = msgspec.defstruct(
        "Reply", [("data", data), ("errors", None, None)], gc=False
    )
    return msgspec.json.Decoder(envelope)


def entities_class(items: Mapping[str, Any]) -> type[AnswerRecord]:
    """The class of an entity fetch's data: alias of an `_entities` field -> its items."""
    fields = [
        (attribute(alias), list[item], msgspec.field(name=alias))  # type: ignore[valid-type]
        for alias, item in items.items()
    ]
    return msgspec.defstruct("Entities", fields, kw_only=True, gc=False)


def _hides_typename(place: RecordPlace) -> bool:
    """Whether the type's name is fetched and no part of the answer.

    It is the default of its field then, and defaults are left out of the answer.
    """
    names = [k for k, value in place.values.items() if isinstance(value, TypenameShape)]
    hidden = [key for key in names if key not in place.asked]
    if hidden and len(hidden) != len(names):
        raise NotFast
    return bool(hidden)
