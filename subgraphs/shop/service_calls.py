"""How services of the shop prove to each other that they are the shop.

A call carries a short-lived token in a header of its own, signed with a secret
that only services know. It never travels in `Authorization`: what clients send
there is checked with public keys, and the two cannot be confused.
"""

import secrets
from datetime import UTC, datetime, timedelta

import jwt

from subgraphs.shop.errors import Forbidden
from subgraphs.shop.keyfile import read_or_create
from subgraphs.shop.settings import Settings

HEADER = "Service-Authorization"
ALGORITHM = "HS256"
LIFETIME = timedelta(seconds=60)
SECRET_BYTES = 32
SHORTEST_SECRET = 32


def service_secret(settings: Settings) -> str:
    """Return the configured secret, or the one kept in the data directory.

    Raises:
        ValueError: The configured secret is too short to be one.
    """
    if settings.service_secret is None:
        path = settings.data_dir / "service-secret"
        return read_or_create(path, _make_secret).decode()
    if len(settings.service_secret) < SHORTEST_SECRET:
        raise ValueError(f"SERVICE_SECRET needs at least {SHORTEST_SECRET} characters.")
    return settings.service_secret


def sign_call(secret: str, *, caller: str, callee: str) -> str:
    """Return the header value for a call from one service to another."""
    expires = datetime.now(UTC) + LIFETIME
    claims = {"iss": caller, "aud": callee, "exp": expires}
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def require_service(
    header: str | None, secret: str, *, caller: str, callee: str
) -> None:
    """Raise `Forbidden` unless the header is a call of that service to this one."""
    try:
        jwt.decode(
            header or "",
            secret,
            algorithms=[ALGORITHM],
            issuer=caller,
            audience=callee,
            options={"require": ["exp", "iss", "aud"]},
        )
    except jwt.PyJWTError as error:
        raise Forbidden("Only services of the shop may do this.") from error


def _make_secret() -> bytes:
    return secrets.token_urlsafe(SECRET_BYTES).encode()
