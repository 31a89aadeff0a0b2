"""Access tokens: short-lived JWTs signed with Ed25519, and their public key."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from subgraphs.shop.identity import (
    ADMIN,
    CUSTOMER,
    ORDERS_MANAGE,
    ORDERS_READ_ALL,
    PRODUCTS_WRITE,
    USERS_READ_ALL,
)
from subgraphs.shop.keyfile import read_or_create
from subgraphs.shop.keys import SIGNATURE_ALGORITHM
from subgraphs.shop.settings import Settings
from subgraphs.users.models import Account

LIFETIME = timedelta(minutes=15)

SCOPES_BY_ROLE: Mapping[str, tuple[str, ...]] = {
    CUSTOMER: (),
    ADMIN: (ORDERS_MANAGE, ORDERS_READ_ALL, PRODUCTS_WRITE, USERS_READ_ALL),
}


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A signed token and the moment it ends."""

    text: str
    expires_at: datetime


class SigningKey:
    """The private key of the service, known to others by its public half."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self.private_key = private_key
        public = private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        key = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public)}
        self.kid = _thumbprint(key)
        self.public_jwk: Mapping[str, Any] = {
            **key,
            "alg": SIGNATURE_ALGORITHM,
            "kid": self.kid,
            "use": "sig",
        }

    def __repr__(self) -> str:
        """Name the key by its public id only."""
        return f"<SigningKey {self.kid}>"

    @classmethod
    def load(cls, data_dir: Path) -> Self:
        """Read the key kept in the data directory, making it the first time."""
        pem = read_or_create(data_dir / "users-signing-key.pem", _make_pem)
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("users-signing-key.pem does not hold an Ed25519 key.")
        return cls(key)


class TokenIssuer:
    """Issues access tokens for accounts."""

    def __init__(self, key: SigningKey, settings: Settings) -> None:
        self._key = key
        self._issuer = settings.issuer
        self._audience = settings.audience

    def issue(self, account: Account) -> AccessToken:
        """Return a token that says who the account is and what it may do."""
        now = datetime.now(UTC).replace(microsecond=0)
        expires_at = now + LIFETIME
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(account.id),
            "iat": now,
            "exp": expires_at,
            "jti": secrets.token_urlsafe(12),
            "username": account.username,
            "roles": [account.role],
            "scope": " ".join(SCOPES_BY_ROLE[account.role]),
        }
        text = jwt.encode(
            claims,
            self._key.private_key,
            algorithm=SIGNATURE_ALGORITHM,
            headers={"kid": self._key.kid},
        )
        return AccessToken(text, expires_at)


def _make_pem() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def _thumbprint(key: Mapping[str, str]) -> str:
    """Name a key by what it is (https://www.rfc-editor.org/rfc/rfc7638)."""
    canonical = json.dumps(key, sort_keys=True, separators=(",", ":"))
    return _base64url(hashlib.sha256(canonical.encode()).digest())


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
