"""Section `rest`: operations that have addresses."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from gateway_graphql.config.section import ReadablePath, Section

_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*", re.ASCII)
_FAILURES = frozenset(int(status) for status in HTTPStatus if status >= 400)  # noqa: PLR2004 - the classes of failure


def _prefix(prefix: str) -> str:
    if _PREFIX.fullmatch(prefix) is None:
        raise ValueError("should be like /api, without a slash at its end")
    return prefix


def _failure(status: int) -> int:
    if status not in _FAILURES:
        raise ValueError("should be an HTTP status of failure, like 409")
    return status


Prefix: TypeAlias = Annotated[str, AfterValidator(_prefix)]
Failure: TypeAlias = Annotated[int, Field(ge=400, le=599), AfterValidator(_failure)]


class RestConfig(Section):
    """Operations that have addresses.

    Attributes:
        endpoints: Files, and folders whose `.graphql` files are read: operations with
            `@rest`.
        prefix: What every path begins with, such as `/api`.
        statuses: The HTTP status that an error's code means, by code.
        documentation: Whether `/openapi.json`, `/docs` and `/redoc` describe them.
        title: What the documentation is headed.
        version: The version that it names.
        description: What it begins with, in Markdown.
    """

    endpoints: Annotated[tuple[ReadablePath, ...], Field(min_length=1)]
    prefix: Prefix = ""
    statuses: dict[str, Failure] = Field(default={})
    documentation: bool = True
    title: str = "REST endpoints"
    version: str = "1"
    description: str = ""
