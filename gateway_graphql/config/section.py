"""What all sections share: how they are read, and the types of their values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SecretStr,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from gateway_graphql.addresses import subgraph_url_problem, url_problem
from gateway_graphql.config.description import described

_directory: ContextVar[Path] = ContextVar("directory")
"""Where relative paths start, while settings are read."""


class Section(BaseModel):
    """A part of the settings: frozen, and an unknown key is an error.

    Attributes are described in the docstring's `Attributes:`; the reference and the
    schema for editors are made from it.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=False,
        # What reads all sections is made with them; few are ever read alone.
        defer_build=True,
    )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the keys as the docstring does."""
        schema = handler(core_schema)
        target = handler.resolve_ref_schema(schema)
        target.update(described(cls, target))
        return schema


@contextmanager
def paths_from(directory: Path) -> Iterator[None]:
    """Let relative paths start at a directory while settings are read."""
    token = _directory.set(directory)
    try:
        yield
    finally:
        _directory.reset(token)


def _file(path: Path) -> Path:
    full = _directory.get(Path()) / path
    try:
        with full.open("rb"):
            return full
    except OSError as error:
        raise ValueError(f"cannot be read: {full}: {error.strerror}") from None


def _file_or_directory(path: Path) -> Path:
    full = _directory.get(Path()) / path
    return full if full.is_dir() else _file(path)


_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_WINDOW = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)", re.ASCII)


def _window_s(value: object) -> object:
    """The seconds of a window such as `1m`; other values as they are."""
    if not isinstance(value, str):
        return value
    match = _WINDOW.fullmatch(value.strip())
    if match is None:
        raise ValueError("should be a number of seconds or like 500ms, 10s, 1m, 2h, 1d")
    return float(match[1]) * _UNITS_S[match[2]]


def _url(url: str) -> str:
    if problem := url_problem(url):
        raise ValueError(problem)
    return url


def _subgraph_url(url: str) -> str:
    if problem := subgraph_url_problem(url):
        raise ValueError(problem)
    return url


URL: TypeAlias = Annotated[str, AfterValidator(_url)]
"""The address of something that is asked over HTTP."""

SubgraphURL: TypeAlias = Annotated[str, AfterValidator(_subgraph_url)]
"""The address of a subgraph, which may be behind a Unix socket."""

Count: TypeAlias = Annotated[int, Field(ge=1)]
Port: TypeAlias = Annotated[int, Field(ge=1, le=65535)]
Seconds: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Window: TypeAlias = Annotated[
    float,
    Field(gt=0, allow_inf_nan=False),
    BeforeValidator(_window_s),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0},
                {"type": "string", "pattern": r"^\d+(\.\d+)?\s*(ms|s|m|h|d)$"},
            ]
        }
    ),
]
"""A span of time in seconds, or written `500ms`, `10s`, `1m`, `2h`, `1d`."""

Secret: TypeAlias = SecretStr
"""Never shown; belongs into the file as `${env.NAME}` or `${file.PATH}`."""

ReadableFile: TypeAlias = Annotated[Path, AfterValidator(_file)]
"""A file that is there when the settings are read; its path is full then."""

ReadablePath: TypeAlias = Annotated[Path, AfterValidator(_file_or_directory)]
"""A file or a directory that is there when the settings are read."""
