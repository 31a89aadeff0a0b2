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

from typing import Annotated, Any, Final, Literal, TypeAlias, get_args

import msgspec
from msgspec import UNSET, Struct, UnsetType

from gateway_graphql.execution.compiled.layout import NotFast, Place, Source
from gateway_graphql.execution.compiled.shape import (
    EnumShape,
    LeafKind,
    LeafShape,
    ListShape,
    ObjectShape,
    TypenameShape,
    ValueShape,
)

Record: TypeAlias = Struct
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


class RecordClasses:
    """The classes of one answer's records, each made once."""

    def __init__(self) -> None:
        self._made: dict[int, type[Record]] = {}

    def of(self, place: Place) -> type[Record]:
        """The class of a place's records."""
        if id(place) not in self._made:
            self._made[id(place)] = self._make(place)
        return self._made[id(place)]

    def addition(self, place: Place, source: Source) -> type[Record]:
        """The class of what a source adds to the records of a place."""
        fields = [
            self._field(place, key, place.values[key], is_given=True)
            for key in place.given_by(source)
        ]
        return msgspec.defstruct(place.type_name, fields, kw_only=True, gc=False)

    def _make(self, place: Place) -> type[Record]:
        fields = [
            self._field(
                place,
                key,
                place.values[key],
                is_given=place.owner is not None
                and place.sources.get(key) == place.owner,
            )
            for key in (*place.asked, *place.machinery)
        ]
        return msgspec.defstruct(
            place.type_name,
            fields,
            kw_only=True,
            gc=False,
            omit_defaults=_hides_typename(place),
        )

    def _field(
        self, place: Place, key: str, value: ValueShape, *, is_given: bool
    ) -> tuple[str, Any, Any]:
        name = attribute(place, key)
        if isinstance(value, TypenameShape):
            literal = Literal[place.type_name]  # type: ignore[valid-type] # computed
            # The very string that a decoder gives, so it is known as the default.
            default = get_args(literal)[0]
            return name, literal, msgspec.field(name=key, default=default)
        if not is_given:
            return name, UnsetType, msgspec.field(name=key, default=UNSET)
        return name, self._type(place, key, value), msgspec.field(name=key)

    def _type(self, place: Place, key: str, value: ValueShape) -> Any:
        annotation: Any
        match value:
            case LeafShape(kind=kind):
                annotation = _LEAF_TYPES[kind]
            case EnumShape(values=values, hidden=hidden):
                known = values if key in place.asked else values | hidden
                if not known:
                    raise NotFast
                annotation = Literal[tuple(sorted(known))]
            case ListShape(item=item):
                annotation = list[self._type(place, key, item)]  # type: ignore[misc]
            case ObjectShape():
                annotation = self.of(place.below[key])
            case _:
                raise NotFast
        return annotation | None if value.is_nullable else annotation


def attribute(place: Place, key: str) -> str:
    """The attribute of a place's records that has a field, whatever clients call it."""
    return f"f{list(place.values).index(key)}"


def reply_decoder(data: type[Record]) -> msgspec.json.Decoder[Any]:
    """Decodes replies that have such data, and no errors."""
    envelope = msgspec.defstruct(
        "Reply", [("data", data), ("errors", None, None)], gc=False
    )
    return msgspec.json.Decoder(envelope)


def entities_class(additions: dict[str, type[Record]]) -> type[Record]:
    """The class of an entity fetch's data, by the aliases of its `_entities` fields."""
    fields = [
        (f"e{index}", list[addition], msgspec.field(name=alias))  # type: ignore[valid-type]
        for index, (alias, addition) in enumerate(additions.items())
    ]
    return msgspec.defstruct("Entities", fields, kw_only=True, gc=False)


def _hides_typename(place: Place) -> bool:
    """Whether the type's name is fetched and no part of the answer.

    It is the default of its field then, and defaults are left out of the answer.
    """
    names = [k for k, value in place.values.items() if isinstance(value, TypenameShape)]
    hidden = [key for key in names if key not in place.asked]
    if hidden and len(hidden) != len(names):
        raise NotFast
    return bool(hidden)
