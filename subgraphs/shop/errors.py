"""The errors a client of the shop may read, each with a code.

A `ShopError` says what the client can act on and is sent as it stands; every
other exception is a bug or a broken dependency and leaves the service masked.

    ShopError
    ├── Unauthenticated        no token, but one is needed
    ├── Forbidden              the token does not allow this
    ├── BadUserInput           the input breaks a stated rule
    ├── NotFound               what the input names does not exist
    └── ServiceUnavailable     another service did not answer; try again
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from graphql import GraphQLError


class ShopError(GraphQLError):
    """The client can act on this; message and facts are sent as they stand."""

    code: ClassVar[str] = "BAD_REQUEST"

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message, extensions={"code": self.code, **facts})


class Unauthenticated(ShopError):
    """Nobody is signed in, and somebody must be."""

    code = "UNAUTHENTICATED"

    def __init__(self, message: str = "Sign in to do this.") -> None:
        super().__init__(message)


class Forbidden(ShopError):
    """Whoever is signed in may not do this."""

    code = "FORBIDDEN"

    def __init__(self, message: str = "You may not do this.") -> None:
        super().__init__(message)


class BadUserInput(ShopError):
    """The input breaks a rule that the message states."""

    code = "BAD_USER_INPUT"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message, field=field)


class NotFound(ShopError):
    """The input names something that does not exist."""

    code = "NOT_FOUND"

    def __init__(self, what: str, key: str) -> None:
        super().__init__(f"There is no {what} {key!r}.")


class ServiceUnavailable(ShopError):
    """A service this one depends on did not answer; trying again is safe."""

    code = "SERVICE_UNAVAILABLE"

    def __init__(self, service: str) -> None:
        super().__init__(f"The {service} service does not answer; try again later.")


def error_body(code: str, message: str) -> Mapping[str, Any]:
    """Return a GraphQL response that is nothing but one error."""
    return {"errors": [{"message": message, "extensions": {"code": code}}]}
