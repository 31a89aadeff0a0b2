"""Public keys of an issuer: from a JSON Web Key Set (RFC 7517) to what verifies.

A key serves only algorithms of its own kind, and, if it names one, only that one; the
algorithms themselves are the operator's. Keys that cannot serve are left out rather than
refused, as a set may hold keys for other purposes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import AllowedPublicKeys, get_default_algorithms

from gateway_graphql.policy.authentication.documents import DocumentUnavailable

MIN_RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 8192
MAX_KEYS: Final = 100

_KINDS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    **{
        name: ("RSA", frozenset())
        for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
    },
    "ES256": ("EC", frozenset({"P-256"})),
    "ES384": ("EC", frozenset({"P-384"})),
    "ES512": ("EC", frozenset({"P-521"})),
    "EdDSA": ("OKP", frozenset({"Ed25519", "Ed448"})),
}
"""Algorithm -> the type of its keys, and their curves (RFC 7518 and RFC 8037)."""

_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


@dataclass(frozen=True, slots=True, eq=False)
class VerificationKey:
    """A public key.

    Attributes:
        kid: Its name in the set.
        algorithms: What it may verify.
        public_key: The key itself.
        jwk: What it was made from.
    """

    kid: str
    algorithms: frozenset[str]
    public_key: AllowedPublicKeys = field(repr=False)
    jwk: Mapping[str, Any] = field(repr=False)


KeysById: TypeAlias = Mapping[str, VerificationKey]


def read_key_set(
    document: object, algorithms: frozenset[str], known: KeysById
) -> KeysById:
    """The keys of a set that can verify, by `kid`.

    Args:
        document: The key set.
        algorithms: What the operator allows.
        known: Keys read before; one that has not changed stays the same object.

    Raises:
        DocumentUnavailable: It is not a key set.
    """
    match document:
        case {"keys": list(entries)}:
            pass
        case _:
            raise DocumentUnavailable("not a JSON Web Key Set")
    keys: dict[str, VerificationKey] = {}
    ambiguous: set[str] = set()
    for entry in entries[:MAX_KEYS]:
        key = _read_key(entry, algorithms, known)
        if key is None:
            continue
        if key.kid in keys:
            ambiguous.add(key.kid)
        keys[key.kid] = key
    return {kid: key for kid, key in keys.items() if kid not in ambiguous}


def _read_key(
    entry: object, algorithms: frozenset[str], known: KeysById
) -> VerificationKey | None:
    if not isinstance(entry, dict):
        return None
    kid = entry.get("kid")
    if not (isinstance(kid, str) and kid):
        return None
    jwk = {name: value for name, value in entry.items() if name not in _PRIVATE}
    if (before := known.get(kid)) is not None and before.jwk == jwk:
        return before
    usable = frozenset(name for name in algorithms if _fits(jwk, name))
    if not usable:
        return None
    # Of one type of keys, every algorithm makes the same key object.
    algorithm = get_default_algorithms()[min(usable)]
    try:
        public_key = algorithm.from_jwk(jwk)
    except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError, KeyError):
        return None
    is_strong = _is_strong(public_key)
    return VerificationKey(kid, usable, public_key, jwk) if is_strong else None


def _is_strong(key: AllowedPublicKeys) -> bool:
    """Whether breaking it is out of reach, and checking with it is not too slow."""
    if not isinstance(key, RSAPublicKey):
        return True
    return MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS


def _fits(jwk: Mapping[str, Any], algorithm: str) -> bool:
    key_type, curves = _KINDS[algorithm]
    curve, operations = jwk.get("crv"), jwk.get("key_ops")
    return (
        jwk.get("kty") == key_type
        and (not curves or (isinstance(curve, str) and curve in curves))
        # RFC 9864 names the algorithm of Edwards curves by the curve.
        and jwk.get("alg", algorithm) in (algorithm, curve)
        and jwk.get("use", "sig") == "sig"
        and (not isinstance(operations, list) or "verify" in operations)
    )
