"""Which endpoints there are: what serving and describing them need to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Literal

from gateway_graphql.spelling import tells_options


@tells_options
@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """One place for a credential, as the OpenAPI document says it.

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


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """Which endpoints there are, and what is said of them.

    Attributes:
        paths: Files and folders with their operations.
        prefix: What every path begins with; empty or like `/api`.
        statuses: Code of an error -> status, for all endpoints.
        security: Where credentials may be.
        has_documentation: Whether `/openapi.json`, `/docs` and `/redoc` are answered.
        title: What the documentation is headed.
        version: The version that it names.
        description: What it begins with, in Markdown.
    """

    paths: tuple[Path, ...]
    prefix: str = ""
    statuses: Mapping[str, HTTPStatus] = field(default_factory=dict)
    security: tuple[SecurityScheme, ...] = ()
    has_documentation: bool = True
    title: str = "REST endpoints"
    version: str = "1"
    description: str = ""
