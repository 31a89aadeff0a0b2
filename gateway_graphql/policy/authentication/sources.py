"""Where in a request a credential is: headers, cookies, a WebSocket's first message.

The sources are looked at in order and the first that holds something decides, so what a
request means never depends on which of two credentials happens to be valid. A source
that is there but cannot be read is a bad credential, not a missing one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from gateway_graphql.errors import InvalidToken
from gateway_graphql.exchange import JSON
from gateway_graphql.policy.authentication.settings import (
    CookieSource,
    HeaderSource,
    Source,
)

_MALFORMED: Final = "The credential is not in a form that can be read."
_DOTS_OF_JWT: Final = 2
_VISIBLE: Final = re.compile(r"[!-+\--~]+")
"""Visible ASCII without the comma."""


def find_credential(
    headers: Mapping[str, str],
    sources: Sequence[Source],
    *,
    ignore_other_prefixes: bool = False,
) -> str | None:
    """The credential of the first source that holds one; `None` if none does.

    Args:
        headers: The request's headers, names in lower case.
        sources: Where to look, in order.
        ignore_other_prefixes: Whether a header with a scheme that none of the sources
            names is passed over.

    Raises:
        InvalidToken: A source is there, but holds nothing that can be a credential.
    """
    unread: HeaderSource | None = None
    for source in sources:
        match source:
            case HeaderSource():
                value = headers.get(source.name, "").strip(" \t")
                if not value:
                    continue
                if (found := _after_prefix(value, source.prefix)) is not None:
                    return _credential(found)
                unread = source
            case CookieSource():
                if (found := _cookie(headers.get("cookie", ""), source.name)) != "":
                    return _credential(found)
    if unread is not None and not ignore_other_prefixes:
        raise InvalidToken("The authentication scheme is not one that is accepted.")
    return None


def headers_of_init_payload(payload: JSON) -> Mapping[str, str]:
    """The payload of a WebSocket's `connection_init`, read as if it were headers.

    Both forms that clients send are read: members named like headers, and an object
    `headers` with such members. Names are in lower case then.

    Raises:
        InvalidToken: A name is there twice with different values.
    """
    if not isinstance(payload, Mapping):
        return {}
    nested = payload.get("headers")
    members = [
        *payload.items(),
        *(nested.items() if isinstance(nested, Mapping) else ()),
    ]
    headers: dict[str, str] = {}
    for name, value in members:
        if isinstance(value, str) and headers.setdefault(name.lower(), value) != value:
            raise InvalidToken(_MALFORMED)
    return headers


def _after_prefix(value: str, prefix: str) -> str | None:
    """What follows the scheme; `None` if the value has another scheme."""
    if not prefix:
        return value
    scheme, _, rest = value.partition(" ")
    return rest.strip(" \t") if scheme.lower() == prefix.lower() else None


def _cookie(header: str, name: str) -> str:
    """The value of a cookie, empty without one (RFC 6265, section 4.2.1).

    Raises:
        InvalidToken: There are several that differ; which one is the browser's own and
            which was planted by a neighbouring site cannot be told.
    """
    values = {
        value.strip(" \t").strip('"')
        for pair in header.split(";")
        for key, _, value in (pair.partition("="),)
        if key.strip(" \t") == name
    }
    if len(values) > 1:
        raise InvalidToken(_MALFORMED)
    return values.pop() if values else ""


def _credential(text: str) -> str:
    """The text, if it is one word of visible ASCII (RFC 6750, section 2.1).

    A header that was sent twice arrives joined by a comma, and is refused here, too.
    """
    if _VISIBLE.fullmatch(text) is None:
        raise InvalidToken(_MALFORMED)
    return text


def is_jwt(text: str) -> bool:
    """Whether a token looks like a signed JWT, rather than an opaque one."""
    return text.count(".") == _DOTS_OF_JWT and text.startswith("ey")
