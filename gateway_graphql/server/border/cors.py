"""Pages of other origins that may read answers (CORS, the Fetch standard, section 3.3).

An origin gets what the first policy allows that names it; any other gets an answer
without a single CORS header, which its browser then keeps from the page. An origin is
repeated in an answer only when a policy names it, and `*` never goes with credentials.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway_graphql.spelling import tells_options

ANY = "*"

MAX_MATCHED: Final = 512
"""Characters of an origin that patterns are tried on; a host's name has 253."""


@tells_options
@dataclass(frozen=True, slots=True)
class OriginPolicy:
    """What some origins may do.

    Attributes:
        origins: As browsers write them (`https://shop.example`); `*` for all.
        patterns: Further ones, each matching an origin as a whole.
        allow_credentials: Whether cookies and the like are sent along.
        headers: Request headers that pages may set.
        expose_headers: Answer headers that pages may read.
        max_age_s: How long a browser may remember the answer to its question.

    Raises:
        ValueError: Every origin would be allowed to use credentials.
    """

    origins: tuple[str, ...] = ()
    patterns: tuple[re.Pattern[str], ...] = ()
    allow_credentials: bool = False
    headers: tuple[str, ...] = (
        "content-type",
        "authorization",
        "apollo-require-preflight",
        "graphql-require-preflight",
    )
    expose_headers: tuple[str, ...] = ()
    max_age_s: int = 600

    def __post_init__(self) -> None:
        if self.allow_credentials and ANY in self.origins:
            raise ValueError("'*' cannot go with credentials; name the origins")

    def allows(self, origin: str) -> bool:
        """Whether the policy is for that origin."""
        return (
            origin in self.origins
            or ANY in self.origins
            or (
                len(origin) <= MAX_MATCHED
                and any(pattern.fullmatch(origin) for pattern in self.patterns)
            )
        )


@tells_options
class CrossOrigin:
    """Puts CORS headers on what an application answers, and answers preflights.

    Args:
        app: The application.
        policies: The first one that names an origin counts.
        methods: What pages may use.
    """

    def __init__(
        self,
        app: ASGIApp,
        policies: Sequence[OriginPolicy],
        *,
        methods: str = "GET, POST",
    ) -> None:
        self._app = app
        self._policies = tuple(policies)
        self._methods = methods

    def __repr__(self) -> str:
        return f"<CrossOrigin {len(self._policies)} policies>"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        policy = self._policy(origin)
        if (
            scope["method"] == "OPTIONS"
            and policy is not None
            and b"access-control-request-method" in headers
        ):
            await _answer_preflight(policy, origin, self._methods, send)
            return
        # Answers differ by origin, so a cache must not give one's to another.
        added = {"vary": "Origin"}
        if policy is not None:
            added |= _readable(policy, origin)
        await self._app(scope, receive, _adding(added, send))

    def _policy(self, origin: str) -> OriginPolicy | None:
        if not origin:
            return None
        return next((p for p in self._policies if p.allows(origin)), None)


def _readable(policy: OriginPolicy, origin: str) -> dict[str, str]:
    """The headers by which a browser lets the page read the answer."""
    is_named = policy.allow_credentials or ANY not in policy.origins
    headers = {"access-control-allow-origin": origin if is_named else ANY}
    if policy.allow_credentials:
        headers["access-control-allow-credentials"] = "true"
    if policy.expose_headers:
        headers["access-control-expose-headers"] = ", ".join(policy.expose_headers)
    return headers


async def _answer_preflight(
    policy: OriginPolicy, origin: str, methods: str, send: Send
) -> None:
    headers = {
        **_readable(policy, origin),
        "access-control-allow-methods": methods,
        "access-control-allow-headers": ", ".join(policy.headers),
        "access-control-max-age": str(policy.max_age_s),
        "vary": "Origin",
    }
    await send(
        {
            "type": "http.response.start",
            "status": int(HTTPStatus.NO_CONTENT),
            "headers": _raw(headers),
        }
    )
    await send({"type": "http.response.body", "body": b""})


def _adding(headers: Mapping[str, str], send: Send) -> Send:
    raw = _raw(headers)

    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *raw]}
        await send(message)

    return send_more


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
