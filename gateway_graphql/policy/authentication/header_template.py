"""Header values made from what is known of the caller: `{claims.sub}`, `user {subject}`.

A template is read once, at start. What it makes is always one line of visible ASCII that
tells any two values apart: other characters are percent-encoded as UTF-8, and lists and
objects are written as JSON. A template that names something the caller does not have
makes no header at all, rather than one that says `None`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.exchange import JSON, Caller

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_ROOTS: Final = ("claims", "subject", "scopes", "credential")
# All visible ASCII but the percent sign itself, and the space.
_PLAIN: Final = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")


class HeaderTemplate:
    """A header's value with placeholders.

    Args:
        text: Literal text and placeholders: `{claims.NAME}` (further names lead into
            objects), `{subject}`, `{scopes}` or `{credential}`.

    Raises:
        ConfigInvalid: A placeholder is unknown, or a brace is left over.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        if text != text.strip():
            raise ConfigInvalid(f"The header template '{text}' has spaces around it.")
        # Literals at even places, paths of placeholders at odd ones.
        self._parts = _PLACEHOLDER.split(text)
        for literal in self._parts[::2]:
            if set(literal) - set(_PLAIN + "%") or set(literal) & set("{}"):
                raise ConfigInvalid(f"The header template '{text}' is malformed.")
        self._paths = [path.strip().split(".") for path in self._parts[1::2]]
        for path in self._paths:
            if path[0] not in _ROOTS or (path[0] == "claims") != (len(path) > 1):
                raise ConfigInvalid(
                    f"The header template '{text}' has the unknown placeholder "
                    f"'{'.'.join(path)}'; there are {{claims.NAME}}, {{subject}}, "
                    "{scopes} and {credential}."
                )

    def __repr__(self) -> str:
        return f"HeaderTemplate({self._text!r})"

    def render(self, caller: Caller) -> str | None:
        """The value for a caller; `None` if something that is named is missing."""
        values = [_text(_find(caller, path)) for path in self._paths]
        parts: list[str] = [self._parts[0]]
        for value, literal in zip(values, self._parts[2::2], strict=True):
            if value is None:
                return None
            parts += [value, literal]
        # So does it with those that an empty value leaves at the ends of the whole.
        return "".join(parts).strip(" ")


def _find(caller: Caller, path: list[str]) -> JSON:
    match path:
        case ["subject"]:
            return caller.subject
        case ["scopes"]:
            return " ".join(sorted(caller.scopes))
        case ["credential"]:
            return caller.credential
    value: JSON = caller.claims
    for name in path[1:]:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _text(value: JSON) -> str | None:
    match value:
        case None:
            return None
        case str():
            # HTTP takes spaces away from a value's ends.
            safe = _PLAIN if value == value.strip() else _PLAIN.replace(" ", "")
            return quote(value, safe=safe, errors="surrogatepass")
        case _:
            return quote(json.dumps(value, separators=(",", ":")), safe=_PLAIN)
