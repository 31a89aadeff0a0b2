"""Several `Cache-Control` headers -> the one that is true of an answer made of all.

What any part forbids the whole forbids (RFC 9111, section 5.2.2): the smallest lifetime,
`private` and `no-store` if any part says so, `public` only if all do. A part that says
nothing has promised nothing, so an answer with such a part is not to be stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

NO_STORE: Final = "no-store"

_FORBIDDING: Final = (
    "no-cache",
    "must-revalidate",
    "proxy-revalidate",
    "no-transform",
    "must-understand",
)
_LIFETIMES: Final = (
    "max-age",
    "s-maxage",
    "stale-while-revalidate",
    "stale-if-error",
)


def merged_cache_control(
    parts: Sequence[str | None], *, is_personal: bool = False
) -> str:
    """Merge the headers of all parts; `None` is a part without one.

    Args:
        parts: The header of each part.
        is_personal: Whether the whole was made for one caller, whatever its parts say.
    """
    read = [_directives(part) for part in parts if part and part.strip()]
    if len(read) < len(parts) or not read:
        return NO_STORE
    if any("no-store" in directives for directives in read):
        return NO_STORE
    merged = []
    if is_personal or any("private" in directives for directives in read):
        merged.append("private")
    elif all("public" in directives for directives in read):
        merged.append("public")
    merged += [
        name for name in _FORBIDDING if any(name in directives for directives in read)
    ]
    for name in _LIFETIMES:
        seconds = _lifetime(name, read)
        if seconds is not None and not (name == "s-maxage" and "private" in merged):
            merged.append(f"{name}={seconds}")
    return ", ".join(merged) or NO_STORE


def _lifetime(name: str, read: Sequence[dict[str, str]]) -> int | None:
    """The smallest lifetime, if every part gives one."""
    # A cache that several users share takes `max-age` where there is no `s-maxage`.
    stands_in = "max-age" if name == "s-maxage" else name
    if not any(name in directives for directives in read):
        return None
    given = [directives.get(name, directives.get(stands_in)) for directives in read]
    if any(text is None for text in given):
        return 0 if name == "max-age" else None
    # What is not a number is no promise.
    return min(
        int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0  # noqa: PLR2004 - more digits are no lifetime
        for text in given
        if text is not None
    )


def _directives(header: str) -> dict[str, str]:
    directives: dict[str, str] = {}
    for part in header.split(","):
        name, _, value = part.partition("=")
        # Of a directive that is given twice, the first one counts (section 4.2.1).
        directives.setdefault(name.strip().lower(), value.strip().strip('"'))
    return directives
