"""Who asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from gateway_graphql.exchange.request import JSON


class Caller(msgspec.Struct, frozen=True):
    """Who asks, as a verified credential says.

    Attributes:
        subject: Who it is (`sub`), `None` when the credential names nobody.
        scopes: What the credential was issued for.
        claims: All that the credential says.
        expires_at: When it stops being valid, in Unix seconds; `None` for never.
        credential: What kind of credential it was.
    """

    subject: str | None
    scopes: frozenset[str] = frozenset()
    claims: Mapping[str, JSON] = msgspec.field(default_factory=dict)
    expires_at: float | None = None
    credential: Literal["jwt", "api_key", "opaque"] = "jwt"

    def facts(self) -> tuple[object, ...]:
        """All that is said of the caller, as plain data; equal callers say it equally."""
        return tuple(map(_plain, msgspec.structs.astuple(self)))


def _plain(fact: object) -> object:
    if isinstance(fact, Mapping):
        return dict(fact)
    return sorted(fact, key=str) if isinstance(fact, frozenset) else fact
