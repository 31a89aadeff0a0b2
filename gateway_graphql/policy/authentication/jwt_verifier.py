"""JWTs of several issuers -> callers, each token verified once.

A verified token is remembered until it expires, under its digest and together with the
key that verified it: when the issuer withdraws the key, the tokens go with it. A token
seen before costs microseconds, about a hundredth of checking its signature
(`benchmarks/authentication.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import MappingProxyType
from typing import NamedTuple

from gateway_graphql.errors import InvalidToken
from gateway_graphql.exchange import Caller
from gateway_graphql.policy.authentication.claims import check_claims, read_scopes
from gateway_graphql.policy.authentication.digest import digest_of
from gateway_graphql.policy.authentication.key_set import KeySet
from gateway_graphql.policy.authentication.keys import VerificationKey
from gateway_graphql.policy.authentication.settings import Issuer, JWTSettings
from gateway_graphql.policy.authentication.tokens import (
    read_unverified,
    verify,
)
from gateway_graphql.remembered import Remembered


class _TrustedIssuer(NamedTuple):
    settings: Issuer
    keys: KeySet


class _Verified(NamedTuple):
    caller: Caller
    key: VerificationKey
    keys: KeySet


class JWTVerifier:
    """Turns JWTs into callers.

    Args:
        settings: Which tokens are accepted.
        clock: The time of day, in Unix seconds.
        monotonic: Seconds that only ever go forward, for refreshing keys.
    """

    def __init__(
        self,
        settings: JWTSettings,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._clock = clock
        trusted = (
            _TrustedIssuer(issuer, KeySet(issuer, clock=monotonic))
            for issuer in settings.issuers
        )
        self._issuer_by_name = {
            name: issuer for issuer in trusted for name in issuer.settings.issuers
        }
        self._verified: Remembered[bytes, _Verified] = Remembered(
            settings.max_cached, clock=clock
        )

    def __repr__(self) -> str:
        return f"<JWTVerifier {list(self._issuer_by_name)} {self._verified!r}>"

    async def caller(self, token: str) -> Caller:
        """Who a token speaks for.

        Raises:
            InvalidToken: It does not hold.
            AuthenticationUnavailable: The issuer's keys have never been to be had.
        """
        known = self.known(token)
        if known is not None:
            return known
        verified = await self._verify(token)
        expires_at = verified.caller.expires_at or 0
        self._verified.put(
            digest_of(token), verified, expires_at + self._settings.leeway_s
        )
        return verified.caller

    def known(self, token: str) -> Caller | None:
        """Who a token speaks for, if it was verified before and still holds."""
        digest = digest_of(token)
        verified = self._verified.get(digest)
        if verified is None:
            return None
        if verified.keys.holds(verified.key):
            return verified.caller
        self._verified.forget(digest)
        return None

    async def _verify(self, text: str) -> _Verified:
        token = read_unverified(text, max_token_bytes=self._settings.max_token_bytes)
        issuer = self._issuer_by_name.get(token.issuer)
        if issuer is None:
            raise InvalidToken("The token's issuer is not one that is accepted.")
        if token.algorithm not in issuer.settings.algorithms:
            raise InvalidToken
        key = await issuer.keys.key(token.kid)
        if key is None:
            raise InvalidToken("The token is signed with an unknown key.")
        claims = verify(token, key, issuer.settings)
        expires_at = check_claims(
            claims,
            issuer.settings,
            now=self._clock(),
            leeway_s=self._settings.leeway_s,
        )
        caller = Caller(
            subject=claims.get("sub"),
            scopes=read_scopes(claims, self._settings.scope_claims),
            # Shared by all requests with this token, so nobody may write to it.
            claims=MappingProxyType(claims),
            expires_at=expires_at,
            credential="jwt",
        )
        return _Verified(caller, key, issuer.keys)
