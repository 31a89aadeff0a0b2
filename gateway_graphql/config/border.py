"""Parts of section `server`: who may ask, from where, and how much at a time."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from gateway_graphql.config.section import Section, Window
from gateway_graphql.wire.address import network_of

_ORIGIN = re.compile(r"\*|null|[a-z][a-z0-9+.-]*://[^/\s*]+")


def _origin(origin: str) -> str:
    if _ORIGIN.fullmatch(origin) is None:
        raise ValueError("should be like https://shop.example, without a path, or *")
    return origin


def _network(text: object) -> IPv4Network | IPv6Network:
    try:
        return network_of(text if isinstance(text, str) else "")
    except ValueError:
        raise ValueError("should be a network such as 10.0.0.0/8") from None


Origin: TypeAlias = Annotated[str, AfterValidator(_origin)]
TrustedNetwork: TypeAlias = Annotated[
    IPv4Network | IPv6Network,
    PlainValidator(_network),
    PlainSerializer(str),
    WithJsonSchema({"type": "string"}),
]
"""A network such as `10.0.0.0/8`, or one address."""


class CSRFConfig(Section):
    """Which GETs must show that no foreign page made a browser send them.

    A POST must be JSON, which no page can send without the browser asking first.

    Attributes:
        applies_to: `all` clients, those that may be `browsers`, or `none`.
        headers: Any of these, not empty, is enough; so is a JSON content type.
    """

    applies_to: Literal["all", "browsers", "none"] = "browsers"
    headers: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "apollo-require-preflight",
        "x-apollo-operation-name",
        "graphql-require-preflight",
    )


class CORSPolicyConfig(Section):
    """What pages of some origins may do.

    Attributes:
        origins: As browsers write them, such as `https://shop.example`; `*` for all.
        matching: Regular expressions that fit whole origins.
        allow_credentials: Whether cookies are sent along; not with `*`.
        headers: Request headers that pages may set.
        expose_headers: Answer headers that pages may read.
        max_age: How long a browser remembers the answer to its question.
    """

    origins: tuple[Origin, ...] = ()
    matching: tuple[re.Pattern[str], ...] = ()
    allow_credentials: bool = False
    headers: tuple[str, ...] = (
        "content-type",
        "authorization",
        "apollo-require-preflight",
        "graphql-require-preflight",
    )
    expose_headers: tuple[str, ...] = ()
    max_age: Window = 600

    @model_validator(mode="after")
    def _names_origins(self) -> Self:
        if not (self.origins or self.matching):
            raise ValueError("should have origins or matching")
        if self.allow_credentials and "*" in self.origins:
            raise ValueError("'*' cannot go with allow_credentials; name the origins")
        return self


class BatchingConfig(Section):
    """Bodies that hold a list of requests.

    Attributes:
        enabled: Whether they are answered.
        max_size: How many requests one may hold.
    """

    enabled: bool = False
    max_size: Annotated[int, Field(ge=1)] = 10


class CompressionConfig(Section):
    """Answers compressed by zstd, br or gzip for clients that accept it.

    Bodies of requests may be compressed in any case; `server.max_body_bytes` holds for
    what they become.

    Attributes:
        enabled: Whether answers are compressed.
        min_bytes: Shorter answers are sent as they are.
    """

    enabled: bool = True
    min_bytes: Annotated[int, Field(ge=1)] = 1024
