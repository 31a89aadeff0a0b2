"""Answers that caches may keep: `ETag`, `If-None-Match`, `Cache-Control`, `Vary`.

Whoever has an answer asks again with its entity tag, and learns that it is still the same
without getting it again (RFC 9110, section 13.1.2; RFC 9111). Tags are weak, since the
same answer travels in several codings.

How long an answer may be used without asking again is for the subgraphs to say, in their
`Cache-Control`, and for a REST endpoint beside them. Where nobody says anything, only the
client itself may keep it, and asks. Every answer over HTTP has it from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final, NamedTuple

from gateway_graphql.exchange import GatewayResponse
from gateway_graphql.wire.cache_control import (
    NO_STORE,
    merged_cache_control,
)

UNLESS_SOMEBODY_SAYS: Final = "private, no-cache"

_CACHE_CONTROL: Final = "cache-control"
_NOT_KEPT: Final = {_CACHE_CONTROL: NO_STORE}
_VARY: Final = "accept, accept-encoding, authorization"
_TAG_BYTES: Final = 16


class Kept(NamedTuple):
    """What caches are told of an answer to a GET.

    Attributes:
        headers: To add to those of the answer.
        is_known: Whether the client has the very same already: it gets 304 and no body.
    """

    headers: Mapping[str, str]
    is_known: bool = False


def not_kept(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of an answer that no cache may keep."""
    return {**headers, **_NOT_KEPT}


def kept(
    response: GatewayResponse,
    body: bytes,
    asked: Mapping[str, str],
    own: str | None = None,
) -> Kept:
    """What caches are told of what is answered to a GET.

    Args:
        response: What it is made of; with errors it is not kept.
        body: What is answered.
        asked: The request's headers.
        own: What the face that answers says of it, held to what the subgraphs say.
    """
    added = {"vary": vary(response.headers)}
    control = NO_STORE if response.has_errors else _cache_control(response, own)
    added[_CACHE_CONTROL] = control
    if NO_STORE in control:
        return Kept(added)
    added["etag"] = tag = entity_tag(body)
    return Kept(added, names(asked.get("if-none-match", ""), tag))


def _cache_control(response: GatewayResponse, own: str | None) -> str:
    of_subgraphs = response.headers.get(_CACHE_CONTROL)
    said = [one for one in (of_subgraphs, own) if one is not None]
    is_personal = response.caller is not None
    if len(said) <= 1 and not is_personal:
        return said[0] if said else UNLESS_SOMEBODY_SAYS
    # What somebody in particular was given is not for everybody.
    return merged_cache_control(said or [UNLESS_SOMEBODY_SAYS], is_personal=is_personal)


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
