"""Who asks: an access token becomes a `Viewer`, and rules ask the viewer.

A request without a token is anonymous. A token that does not hold is refused as a
whole, even if the operation would not need one: the client believes to be signed
in, and is not.
"""

from dataclasses import dataclass

import jwt

from subgraphs.shop.errors import Forbidden, Unauthenticated
from subgraphs.shop.keys import SIGNATURE_ALGORITHM, KeySource

ADMIN = "ADMIN"
CUSTOMER = "CUSTOMER"

PRODUCTS_WRITE = "products:write"
ORDERS_READ_ALL = "orders:read:all"
ORDERS_MANAGE = "orders:manage"
USERS_READ_ALL = "users:read:all"

CLOCK_LEEWAY_S = 10
BEARER = "bearer"
REQUIRED_CLAIMS = ("exp", "iat", "iss", "aud", "sub")


class InvalidToken(Exception):
    """The `Authorization` header is there and does not hold."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person a valid token speaks for.

    Attributes:
        user_id: Number of the user.
        username: Name the user had when the token was issued; it never changes.
        roles: What the user is.
        scopes: What the token allows.
    """

    user_id: int
    username: str
    roles: frozenset[str]
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Tell whether the token allows this."""
        return scope in self.scopes


def require_viewer(viewer: Viewer | None) -> Viewer:
    """Return who asks, or raise `Unauthenticated` if nobody is signed in."""
    if viewer is None:
        raise Unauthenticated
    return viewer


def require_scope(viewer: Viewer | None, scope: str) -> Viewer:
    """Return who asks, or raise unless the token has the scope."""
    known = require_viewer(viewer)
    if not known.may(scope):
        raise Forbidden(f"This needs the scope {scope!r}.")
    return known


def may_see(viewer: Viewer | None, owner_id: int, *, scope: str) -> bool:
    """Tell whether the viewer owns something or has the scope to see everybody's."""
    if viewer is None:
        return False
    return viewer.user_id == owner_id or viewer.may(scope)


def require_owner(viewer: Viewer | None, owner_id: int, *, scope: str) -> Viewer:
    """Return who asks, or raise unless they own it or have the scope."""
    known = require_viewer(viewer)
    if not may_see(known, owner_id, scope=scope):
        raise Forbidden
    return known


class TokenVerifier:
    """Turns `Authorization` headers into viewers."""

    def __init__(self, keys: KeySource, *, issuer: str, audience: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience

    async def viewer(self, authorization: str | None) -> Viewer | None:
        """Return who asks, or None if the request does not say.

        Raises:
            InvalidToken: There is a header, and it does not hold.
            ServiceUnavailable: The keys to check it with cannot be had.
        """
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != BEARER:
            raise InvalidToken("Only bearer tokens are accepted.")
        return await self._verify(token.strip())

    async def _verify(self, token: str) -> Viewer:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = await self._keys.key(str(kid))
            if key is None:
                raise InvalidToken("The token is signed with an unknown key.")
            claims = jwt.decode(
                token,
                key,
                algorithms=[SIGNATURE_ALGORITHM],
                audience=self._audience,
                issuer=self._issuer,
                leeway=CLOCK_LEEWAY_S,
                options={"require": list(REQUIRED_CLAIMS)},
            )
            return Viewer(
                user_id=int(claims["sub"]),
                username=str(claims["username"]),
                roles=frozenset(claims["roles"]),
                scopes=frozenset(str(claims["scope"]).split()),
            )
        except jwt.ExpiredSignatureError as error:
            raise InvalidToken("The token has expired.") from error
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise InvalidToken("The token is not valid.") from error
