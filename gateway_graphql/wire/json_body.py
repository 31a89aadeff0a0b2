"""A JSON body that a client sent, or what is wrong with it and where.

The words are for whoever wrote the body: a line and a column where it is no JSON, the
place of a value where one does not fit.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

import msgspec

from gateway_graphql.errors import MalformedRequest

_T = TypeVar("_T")

Misfit = Callable[[object], str | None]
"""Says which value of a body is not what it should be, if one is not."""

NESTED_TOO_DEEPLY: Final = "The request body is nested too deeply."
_MAX_PLACE: Final = 200
_BYTE: Final = "(byte "
_KINDS: Final[Mapping[type, str]] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    float: "a number",
    type(None): "null",
}


def decoded(decoder: msgspec.json.Decoder[_T], body: bytes, misfit: Misfit) -> _T:
    """Decode a body.

    Raises:
        MalformedRequest: It is not JSON, or not what the decoder is for.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        problem = _misfit(body, misfit)
        raise MalformedRequest(f"The request body is wrong: {problem}.") from error
    except msgspec.DecodeError as error:
        problem = _no_json(body, str(error))
        raise MalformedRequest(f"The request body is not JSON: {problem}.") from error
    except UnicodeDecodeError as error:
        raise MalformedRequest("The request body is not UTF-8.") from error
    except RecursionError:
        raise MalformedRequest(NESTED_TOO_DEEPLY) from None


def kind_of(value: object) -> str:
    """What a value of JSON is, in words."""
    return _KINDS.get(type(value), "a number")


def _no_json(body: bytes, told: str) -> str:
    if not body.strip():
        return "it is empty"
    at = told.rpartition(_BYTE)[2].rstrip(")")
    place = _line_and_column(body, int(at)) if at.isdecimal() else ""
    if "surrogate" in told or (not place and _is_whole(body)):
        return f"half of a surrogate pair{place}"
    if place:
        return f"what stands{place} does not belong there"
    return f"it ends too early{_line_and_column(body, len(body))}"


def _line_and_column(body: bytes, at: int) -> str:
    line = body.count(b"\n", 0, at) + 1
    before = body[body.rfind(b"\n", 0, at) + 1 : at]
    return f" at line {line}, column {len(before.decode(errors='replace')) + 1}"


def _is_whole(body: bytes) -> bool:
    """Whether only its strings may be wrong; Python reads halves of pairs."""
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _misfit(body: bytes, misfit: Misfit) -> str:
    try:
        value: object = json.loads(body, parse_int=float)
    except (ValueError, RecursionError):
        return "a value does not fit"
    found = misfit(value)
    if found is not None:
        return found
    place = next(_places_of_infinity(value), None)
    if place is None:
        return "a value does not fit"
    return f"the number at `{place[:_MAX_PLACE]}` is too large" if place else _TOO_LARGE


_TOO_LARGE: Final = "the number is too large"


def _places_of_infinity(value: object) -> Iterator[str]:
    """Where numbers are that no float can be, in order."""
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting:
        place, one = waiting.pop()
        place = place[: _MAX_PLACE + 1]
        if isinstance(one, float) and math.isinf(one):
            yield place
        elif isinstance(one, dict):
            dot = "." if place else ""
            members = [(f"{place}{dot}{name}", member) for name, member in one.items()]
            waiting.extend(reversed(members))
        elif isinstance(one, list):
            items = [(f"{place}[{index}]", item) for index, item in enumerate(one)]
            waiting.extend(reversed(items))
