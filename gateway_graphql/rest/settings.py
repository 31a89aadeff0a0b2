"""Which endpoints there are: what serving and describing them need to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from gateway_graphql.rest.describing.security import SecurityScheme


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
