"""Who asks: a middleware that puts the caller into the context, or refuses.

A request without a credential is anonymous, unless everybody must have one. A credential
that does not hold is refused as a whole, even if the operation would not need one: the
client believes to be signed in, and is not. Credentials that nobody can check at this
moment are refused with 503: letting them in would be wrong, and so would be telling the
client to sign in anew.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from gateway_graphql.errors import InvalidToken, Unauthenticated
from gateway_graphql.exchange import (
    JSON,
    Caller,
    GatewayAnswer,
    GraphQLRequest,
    RequestContext,
)
from gateway_graphql.pipeline import Next
from gateway_graphql.policy.authentication.api_keys import APIKeyVerifier
from gateway_graphql.policy.authentication.settings import (
    AuthenticationSettings,
    HeaderSource,
    IntrospectionSettings,
    JWTSettings,
    Source,
)
from gateway_graphql.policy.authentication.sources import (
    find_credential,
    headers_of_init_payload,
    is_jwt,
)
from gateway_graphql.spelling import tells_options

if TYPE_CHECKING:
    from gateway_graphql.policy.authentication.introspection import (
        IntrospectionVerifier,
    )
    from gateway_graphql.policy.authentication.jwt_verifier import JWTVerifier


@tells_options
class Authentication:
    """Finds and checks the credential of every request.

    Use it as a middleware of a gateway. Close it in the end (`aclose`, or `async with`)
    if it asks an introspection endpoint.

    Args:
        settings: Which credentials are accepted.
        clock: The time of day, in Unix seconds.
        monotonic: Seconds that only ever go forward.
    """

    def __init__(
        self,
        settings: AuthenticationSettings,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._jwt = _jwt_verifier(settings.jwt, clock, monotonic)
        self._opaque = _introspection_verifier(settings.introspection, clock)
        self._api_keys = APIKeyVerifier(settings.api_keys, clock=clock)
        self._key_sources = settings.key_sources if settings.api_keys else ()
        self._token_sources = (
            settings.token_sources if self._jwt or self._opaque else ()
        )
        self._first_header = _first_header(self._key_sources, self._token_sources)
        # A scheme that means nothing as a key may still be that of a token.
        self._may_be_token = settings.ignore_other_prefixes or not (
            _header_names(self._key_sources).isdisjoint(
                _header_names(self._token_sources)
            )
        )

    def __repr__(self) -> str:
        return f"<Authentication {self._jwt} {self._opaque} {self._api_keys}>"

    def __call__(
        self, request: GraphQLRequest, context: RequestContext, proceed: Next
    ) -> Awaitable[GatewayAnswer]:
        """Say who asks and go on, or refuse.

        A caller that the context already has was put there by the application itself,
        and stays.
        """
        if context.caller is not None:
            return proceed(request, context)
        caller = self._known(context.headers)
        if caller is None:
            return self._after_checking(request, context, proceed)
        return proceed(request, context.with_caller(caller))

    async def _after_checking(
        self, request: GraphQLRequest, context: RequestContext, proceed: Next
    ) -> GatewayAnswer:
        caller = await self.caller_of(context.headers)
        if caller is not None:
            context = context.with_caller(caller)
        return await proceed(request, context)

    async def caller_of(self, headers: Mapping[str, str]) -> Caller | None:
        """Who sent these headers (names in lower case); `None` for anonymous.

        Raises:
            InvalidToken: There is a credential, and it does not hold.
            Unauthenticated: There is none, and everybody must have one.
            AuthenticationUnavailable: Nobody can tell at this moment.
        """
        key = find_credential(
            headers, self._key_sources, ignore_other_prefixes=self._may_be_token
        )
        if key is not None:
            return self._api_keys.caller(key)
        token = find_credential(
            headers,
            self._token_sources,
            ignore_other_prefixes=self._settings.ignore_other_prefixes,
        )
        if token is not None:
            return await self._caller_of_token(token)
        if self._settings.require_authentication:
            raise Unauthenticated
        return None

    async def caller_of_init_payload(self, payload: JSON) -> Caller | None:
        """Who sent this payload of a WebSocket's `connection_init`.

        Credentials are looked for under the names of the headers that may hold them.

        Raises:
            InvalidToken, Unauthenticated, AuthenticationUnavailable: As `caller_of`.
        """
        return await self.caller_of(headers_of_init_payload(payload))

    async def aclose(self) -> None:
        """Close connections."""
        if self._opaque is not None:
            await self._opaque.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _known(self, headers: Mapping[str, str]) -> Caller | None:
        """The caller of a JWT that was seen before, sent as nearly all clients do.

        It is what `caller_of` would find, without waiting and without looking at more
        than the one header.
        """
        if self._jwt is None or self._first_header is None:
            return None
        name, start = self._first_header
        value = headers.get(name)
        if value is None or not value.startswith(start):
            return None
        return self._jwt.known(value[len(start) :])

    async def _caller_of_token(self, token: str) -> Caller:
        if self._jwt is not None and (self._opaque is None or is_jwt(token)):
            return await self._jwt.caller(token)
        if self._opaque is not None:
            return await self._opaque.caller(token)
        raise InvalidToken


def _jwt_verifier(
    settings: JWTSettings | None,
    clock: Callable[[], float],
    monotonic: Callable[[], float],
) -> JWTVerifier | None:
    if settings is None:
        return None
    # Loads what checks signatures; who accepts no token does not wait for it.
    from gateway_graphql.policy.authentication.jwt_verifier import (  # noqa: PLC0415
        JWTVerifier,
    )

    return JWTVerifier(settings, clock=clock, monotonic=monotonic)


def _introspection_verifier(
    settings: IntrospectionSettings | None, clock: Callable[[], float]
) -> IntrospectionVerifier | None:
    if settings is None:
        return None
    # Loads an HTTP client, as who checks signatures is loaded above.
    from gateway_graphql.policy.authentication.introspection import (  # noqa: PLC0415
        IntrospectionVerifier,
    )

    return IntrospectionVerifier(settings, clock=clock)


def _first_header(
    key_sources: Sequence[Source], token_sources: Sequence[Source]
) -> tuple[str, str] | None:
    """The header that is looked at first, and what is before a token in it.

    `None` if something else is looked at before, or there is nothing to tell it by.
    """
    match key_sources, token_sources:
        case (), (HeaderSource(name, prefix), *_) if prefix:
            return name, f"{prefix} "
    return None


def _header_names(sources: Sequence[Source]) -> frozenset[str]:
    return frozenset(
        source.name for source in sources if isinstance(source, HeaderSource)
    )
