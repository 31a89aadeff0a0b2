"""Where clients put credentials, as the OpenAPI document says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gateway_graphql.spelling import tells_options


@tells_options
@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """One place for a credential.

    Attributes:
        name: What it is called in the document.
        place: A header or a cookie.
        key: The header's or the cookie's name.
        prefix: The scheme before the credential, empty for none.
        is_jwt: Whether the credential is a JWT.
    """

    name: str
    place: Literal["header", "cookie"] = "header"
    key: str = "authorization"
    prefix: str = "Bearer"
    is_jwt: bool = False

    @property
    def header(self) -> str:
        """The request header that holds it."""
        return "cookie" if self.place == "cookie" else self.key
