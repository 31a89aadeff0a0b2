"""Opaque tokens -> callers, by asking who issued them (RFC 7662).

Answers are believed for a while, so that a token costs one question a minute and not one
per request; many requests with one token share one question. Tokens that are not active
are remembered apart from those that are, so that a flood of made-up tokens cannot push
out the real ones.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote_plus

from gateway_graphql.errors import AuthenticationUnavailable, InvalidToken
from gateway_graphql.exchange import Caller
from gateway_graphql.policy.authentication.claims import (
    is_meant_for,
    numeric_date,
    read_scopes,
)
from gateway_graphql.policy.authentication.digest import digest_of
from gateway_graphql.policy.authentication.documents import (
    DocumentUnavailable,
    fetch,
    make_client,
)
from gateway_graphql.policy.authentication.settings import IntrospectionSettings
from gateway_graphql.remembered import Remembered

MAX_TOKEN_BYTES: Final = 4096
MAX_QUESTIONS: Final = 100
"""Questions under way at once; who would be one more is told to come again."""

_logger = logging.getLogger(__name__)


class IntrospectionVerifier:
    """Turns opaque tokens into callers.

    Args:
        settings: Where to ask, and what to accept.
        clock: The time of day, in Unix seconds.
    """

    def __init__(
        self,
        settings: IntrospectionSettings,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._clock = clock
        # RFC 6749, section 2.3.1: both are form-encoded before Basic encodes them.
        self._client = make_client(
            (quote_plus(settings.client_id), quote_plus(settings.client_secret))
        )
        self._active: Remembered[bytes, Caller] = Remembered(
            settings.max_cached, clock=clock
        )
        self._inactive: Remembered[bytes, bool] = Remembered(
            settings.max_cached, clock=clock
        )
        # Digest -> the question under way; a task takes itself out when it is done.
        self._asking: dict[bytes, asyncio.Task[Caller | None]] = {}

    def __repr__(self) -> str:
        return f"<IntrospectionVerifier {self._settings.url} {self._active!r}>"

    async def caller(self, token: str) -> Caller:
        """Who a token speaks for.

        Raises:
            InvalidToken: It is not active, or not for this API.
            AuthenticationUnavailable: Nobody answers, and the token is not known.
        """
        if len(token) > MAX_TOKEN_BYTES:
            raise InvalidToken("The token is too long.")
        digest = digest_of(token)
        if (known := self._active.get(digest)) is not None:
            return known
        if self._inactive.get(digest):
            raise InvalidToken
        caller = await self._answer(digest, token)
        if caller is None:
            raise InvalidToken
        return caller

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _answer(self, digest: bytes, token: str) -> Caller | None:
        """Ask, or share the question under way."""
        question = self._asking.get(digest)
        if question is None:
            if len(self._asking) >= MAX_QUESTIONS:
                raise AuthenticationUnavailable
            question = asyncio.create_task(self._ask(digest, token))
            self._asking[digest] = question
            question.add_done_callback(partial(self._forget_question, digest))
        # A client that goes away must not end the question for the others.
        return await asyncio.shield(question)

    def _forget_question(self, digest: bytes, question: asyncio.Task[Any]) -> None:
        del self._asking[digest]
        if not question.cancelled():
            question.exception()  # seen, even if everybody who asked has gone

    async def _ask(self, digest: bytes, token: str) -> Caller | None:
        form = {"token": token, "token_type_hint": "access_token"}
        try:
            answer = await fetch(self._client, self._settings.url, form=form)
        except DocumentUnavailable as error:
            _logger.warning("Introspection: %s", error)
            raise AuthenticationUnavailable from error
        now = self._clock()
        until = now + self._settings.max_cached_s
        caller = self._read(answer, now)
        if caller is None:
            self._inactive.put(digest, value=True, until=until)
            return None
        expires_at = until if caller.expires_at is None else caller.expires_at
        self._active.put(digest, caller, min(until, expires_at))
        return caller

    def _read(self, answer: object, now: float) -> Caller | None:
        """Whom an answer names (section 2.2); `None` if it names nobody we accept."""
        if not isinstance(answer, Mapping):
            _logger.warning("Introspection: the answer is not an object")
            raise AuthenticationUnavailable
        if answer.get("active") is not True or not self._is_acceptable(answer):
            return None
        try:
            expires_at = numeric_date(answer["exp"]) if "exp" in answer else None
            starts_at = numeric_date(answer.get("nbf", 0))
        except InvalidToken:
            return None
        if starts_at > now or (expires_at is not None and expires_at <= now):
            return None
        subject = answer.get("sub")
        return Caller(
            subject=subject if isinstance(subject, str) else None,
            scopes=read_scopes(answer, self._settings.scope_claims),
            claims=MappingProxyType(dict(answer)),
            expires_at=expires_at,
            credential="opaque",
        )

    def _is_acceptable(self, answer: Mapping[str, Any]) -> bool:
        issuers, audiences = self._settings.issuers, self._settings.audiences
        return (not issuers or answer.get("iss") in issuers) and (
            not audiences or is_meant_for(answer.get("aud"), audiences)
        )
