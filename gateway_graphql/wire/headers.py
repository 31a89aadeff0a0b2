"""Headers as HTTP servers and clients give them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

_SEPARATORS: Final[Mapping[str, str]] = MappingProxyType(
    {"cookie": "; ", "set-cookie": "\n"}
)
"""What stands between values where it is no comma: a proxy from HTTP/2 may leave a cookie
in pieces (RFC 9113, section 8.2.3); one that is set has commas of its own (RFC 9110,
section 5.3)."""


def headers_by_name(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Raw headers by their names, as these are; values of a repeated one are joined."""
    headers: dict[str, str] = {}
    repeated: dict[str, list[str]] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if name in headers:
            repeated.setdefault(name, [headers[name]]).append(value)
        else:
            headers[name] = value
    for name, values in repeated.items():
        headers[name] = _SEPARATORS.get(name.lower(), ", ").join(values)
    return headers
