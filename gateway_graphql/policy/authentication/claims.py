"""What claims say, whoever vouches for them: a signature, or an introspection endpoint.

(RFC 7519, section 4.1; RFC 7662, section 2.2.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from gateway_graphql.errors import InvalidToken
from gateway_graphql.policy.authentication.settings import Issuer

_LAST_DATE: Final = 253_402_300_800.0  # the year 10000


def check_claims(
    claims: Mapping[str, Any], issuer: Issuer, *, now: float, leeway_s: float
) -> float:
    """Check the registered claims (RFC 7519, section 4.1); gives `exp`.

    Raises:
        InvalidToken: `exp`, `aud` or `iss` is missing, or a claim does not hold.
    """
    if claims.get("iss") not in issuer.issuers:
        raise InvalidToken("The token's issuer is not one that is accepted.")
    if not is_meant_for(claims.get("aud"), issuer.audiences):
        raise InvalidToken("The token is not meant for this API.")
    if not isinstance(claims.get("sub", ""), str):
        raise InvalidToken
    if "exp" not in claims:
        raise InvalidToken
    expires_at = numeric_date(claims["exp"])
    if expires_at + leeway_s <= now:
        raise InvalidToken("The token has expired.")
    for name in ("nbf", "iat"):
        if name in claims and numeric_date(claims[name]) - leeway_s > now:
            raise InvalidToken("The token is not valid yet.")
    return expires_at


def is_meant_for(audience: object, accepted: tuple[str, ...]) -> bool:
    """Whether `aud`, a string or a list of them, names one that is accepted."""
    match audience:
        case str(name):
            return name in accepted
        case [*names] if all(isinstance(name, str) for name in names):
            return any(name in accepted for name in names)
        case _:
            return False


def numeric_date(value: object) -> float:
    """A NumericDate (RFC 7519, section 2), if it is a date that can come.

    Raises:
        InvalidToken: It is no number, not finite, or beyond all calendars.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidToken
    if not (abs(value) < _LAST_DATE and math.isfinite(value)):
        raise InvalidToken
    return float(value)


def read_scopes(claims: Mapping[str, Any], names: tuple[str, ...]) -> frozenset[str]:
    """The scopes, from the first of the named claims that is there.

    A string of names or a list of them (RFC 8693, section 4.2); in any other form it
    grants nothing.
    """
    for name in names:
        match claims.get(name):
            case None:
                continue
            case str(text):
                return frozenset(text.split())
            case [*items] if all(isinstance(item, str) for item in items):
                return frozenset(items)
            case _:
                return frozenset()
    return frozenset()
