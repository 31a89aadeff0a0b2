"""The value of a field's argument in a request, as a bucket's name.

The value is the one that the subgraph's resolver gets: `id: 7` and `id: "7"` are one, an
argument that is left out has its default, and a list of one is what GraphQL makes of one
item.

Case, width, surrounding blanks and characters that nobody sees do not make another value
(as in Unicode's `NFKC_Casefold`, and without control characters): whoever counts logins
by e-mail address does not want five more for `Alice@` instead of `alice@`. Two real values
that differ in nothing else share a bucket.

That is found out for values of up to 1 024 characters that are seen: Unicode puts the
marks of one letter in order by moving each past the others, so its time grows with their
square. A longer value is named by the digest of its bytes. A letter has at most three
marks that become one character with it, so every spelling of up to 256 characters is
within that: who makes such a value longer by anything but blanks around it and what
nobody sees has made another value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Final, TypeAlias

import msgspec

from gateway_graphql.exchange import JSON
from gateway_graphql.language.operation import Field
from gateway_graphql.policy.rate_limit.identity import ArgumentAt
from gateway_graphql.supergraph.arguments import FieldArguments
from gateway_graphql.supergraph.input_literals import (
    CoercedValue,
    InputLiterals,
    Known,
    Variables,
    is_given,
)
from gateway_graphql.supergraph.model import InputValue

ReadArgument: TypeAlias = Callable[[Variables], str | None]
"""The variables -> the value; `None` where none, or null, is given."""


MAX_NORMALIZED: Final = 1024
"""Characters of a value that is normalized: a millisecond, whatever they are."""

# Controls (Cc), formats (Cf), and what is ignorable by default whatever its category.
_UNSEEN: Final = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2"
    "\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_SPACES: Final = " \xa0\u1680\u2000-\u200a\u2028-\u2029\u202f\u205f\u3000"
_SEEN = re.compile(f"[^{_UNSEEN}]+")
_BLANK = re.compile(f"[{_SPACES}{_UNSEEN}]*")


def compile_argument(
    identifier: ArgumentAt,
    field: Field,
    definition: InputValue,
    literals: InputLiterals,
) -> ReadArgument:
    """Compile the reading of an argument, or of a place inside it.

    Args:
        identifier: Names the argument.
        field: The field as it is asked for.
        definition: The argument's definition.
        literals: Reads what stands in the document.
    """
    inside = identifier.path[1:]
    name = definition.name
    reader = FieldArguments(field.arguments, {name: definition}, literals).reader(name)
    if isinstance(reader, Known):
        constant = _name(reader.value, inside)
        return lambda _variables: constant
    return lambda variables: _name(reader.read(variables), inside)


def value_name(value: JSON) -> str | None:
    """A value as text that is the same for all spellings of it."""
    match value:
        case None:
            return None
        case str():
            text = value
        case float() if value.is_integer():
            text = str(int(value))
        case bool() | int() | float():
            text = str(value)
        case _:
            text = msgspec.json.encode(value, order="deterministic").decode()
    text = _trimmed(text)
    seen = _seen(text)
    if len(seen) > MAX_NORMALIZED:
        return blake2b(text.encode(errors="surrogatepass")).hexdigest()
    return unicodedata.normalize("NFKC", seen).casefold()


def _trimmed(text: str) -> str:
    """The text without the blanks around it, and what is not seen among them."""
    start = _leading_blanks(text)
    return text[start : len(text) - _leading_blanks(text[::-1])]


def _leading_blanks(text: str) -> int:
    blanks = _BLANK.match(text)
    return blanks.end() if blanks else 0


def _seen(text: str) -> str:
    """What is seen of a text, or a beginning that is too long to be normalized.

    So there are no more pieces than that, and the interpreter alone looks at the rest.
    """
    kept, length = [], 0
    for piece in _SEEN.finditer(text):
        kept.append(piece[0])
        length += len(piece[0])
        if length > MAX_NORMALIZED:
            break
    return "".join(kept)


def _name(value: CoercedValue, inside: tuple[str, ...]) -> str | None:
    return value_name(_at(value, inside)) if is_given(value) else None


def _at(value: JSON, path: tuple[str, ...]) -> JSON:
    for index, name in enumerate(path):
        match value:
            case Mapping():
                value = value.get(name)
            case list():
                items = [_at(item, path[index:]) for item in value]
                return None if all(item is None for item in items) else items
            case _:
                return None
    return value


__all__ = ["ReadArgument", "Variables", "compile_argument", "value_name"]
