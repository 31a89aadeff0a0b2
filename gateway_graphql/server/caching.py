"""Answers that caches may keep: `ETag`, `If-None-Match`, `Cache-Control`, `Vary`.

Whoever has an answer asks again with its entity tag, and learns that it is still the same
without getting it again (RFC 9110, section 13.1.2; RFC 9111). Tags are weak, since the
same answer travels in several codings.

How long an answer may be used without asking again is for the subgraphs to say, in their
`Cache-Control`. Where they say nothing, only the client itself may keep it, and asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from http import HTTPStatus
from typing import Final

from msgspec.structs import replace

from gateway_graphql.server.answers import Answer

NO_STORE: Final = "no-store"

_UNLESS_SUBGRAPHS_SAY: Final = "private, no-cache"
_VARY: Final = "accept, accept-encoding, authorization"
_TAG_BYTES: Final = 16


def revalidated(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """The answer to a GET as caches want it: with its tag, or 304 to who has it.

    Args:
        answer: One that holds data and no errors.
        headers: The request's.
    """
    control = answer.headers.get("cache-control", _UNLESS_SUBGRAPHS_SAY)
    added = {"cache-control": control, "vary": vary(answer.headers)}
    if NO_STORE in control:
        return replace(answer, headers={**answer.headers, **added})
    tag = entity_tag(answer.body)
    kept = {**answer.headers, **added, "etag": tag}
    if names(headers.get("if-none-match", ""), tag):
        return replace(answer, status=HTTPStatus.NOT_MODIFIED, body=b"", headers=kept)
    return replace(answer, headers=kept)


def not_kept(answer: Answer) -> Answer:
    """An answer to a GET that no cache may keep."""
    return replace(answer, headers={**answer.headers, "cache-control": NO_STORE})


def entity_tag(body: bytes) -> str:
    """The weak tag of a body."""
    return f'W/"{blake2b(body, digest_size=_TAG_BYTES).hexdigest()}"'


def names(if_none_match: str, tag: str) -> bool:
    """Whether an `If-None-Match` names a tag, weakly compared."""
    if if_none_match.strip() == "*":
        return True
    opaque = tag.removeprefix("W/")
    return any(
        one.strip().removeprefix("W/") == opaque for one in if_none_match.split(",")
    )


def vary(headers: Mapping[str, str]) -> str:
    """The request's headers that decide what the answer is: ours and its own."""
    own = headers.get("vary")
    return f"{_VARY}, {own}" if own else _VARY
