"""JSON Web Tokens: from a text to claims that can be believed.

Nothing of a token is believed before its signature, and of its header only two members
are ever read: `alg`, which must be one that the operator allows for the issuer, and `kid`,
which must name a key of that issuer's own set. `jku`, `jwk`, `x5u` and `x5c`, by which a
token could bring its own key, are not looked at (RFC 8725, section 3.10). The issuer is
read from the claims before the signature is checked, but only to know whose keys to try.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import jwt
from jwt.utils import base64url_decode

from gateway_graphql.errors import InvalidToken
from gateway_graphql.policy.authentication.documents import parse_json
from gateway_graphql.policy.authentication.keys import VerificationKey
from gateway_graphql.policy.authentication.settings import Issuer

_SEGMENTS: Final = 3
_jws = jwt.PyJWS(options={"enforce_minimum_key_length": True})


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """What a token says of itself; only good for finding the key.

    Attributes:
        text: The token.
        algorithm: `alg` of its header.
        kid: `kid` of its header.
        type: `typ` of its header, in lower case; empty without one.
        issuer: `iss` of its claims.
    """

    text: str
    algorithm: str
    kid: str
    type: str
    issuer: str


def read_unverified(text: str, *, max_token_bytes: int) -> UnverifiedToken:
    """Read what is needed to find the key of a token.

    Raises:
        InvalidToken: It is no signed JWT, or demands what is not understood here.
    """
    if len(text) > max_token_bytes:
        raise InvalidToken("The token is too long.")
    segments = text.split(".")
    if len(segments) != _SEGMENTS:
        raise InvalidToken
    header, claims = _object(segments[0]), _object(segments[1])
    match header, claims:
        case {"crit": _}, _:
            # No extension is understood, so none may be critical (RFC 7515, 4.1.11).
            raise InvalidToken
        case {"b64": _}, _:
            raise InvalidToken
        case {"alg": str(algorithm), "kid": str(kid)}, {"iss": str(issuer)}:
            return UnverifiedToken(text, algorithm, kid, _type(header), issuer)
        case _:
            raise InvalidToken


def verify(
    token: UnverifiedToken, key: VerificationKey, issuer: Issuer
) -> dict[str, Any]:
    """The claims of a token whose signature holds.

    Raises:
        InvalidToken: It does not hold, or not with this key of this issuer.
    """
    if token.algorithm not in issuer.algorithms:
        raise InvalidToken
    if token.algorithm not in key.algorithms:
        raise InvalidToken
    if token.type and token.type not in issuer.types:
        raise InvalidToken
    try:
        content = _jws.decode_complete(
            token.text, key.public_key, algorithms=[token.algorithm]
        )["payload"]
        claims = parse_json(content)
    except (jwt.PyJWTError, ValueError) as error:
        raise InvalidToken from error
    if not isinstance(claims, dict):
        raise InvalidToken
    return claims


def _object(segment: str) -> Mapping[str, Any]:
    try:
        value = parse_json(base64url_decode(segment))
    except ValueError as error:
        raise InvalidToken from error
    if not isinstance(value, dict):
        raise InvalidToken
    return value


def _type(header: Mapping[str, Any]) -> str:
    match header.get("typ", ""):
        case str(name):
            return name.lower().removeprefix("application/")
        case _:
            raise InvalidToken
