"""Section `subgraphs`: where they answer, and how a developer starts them."""

from __future__ import annotations

import ssl
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from gateway_graphql.config.section import URL, ReadableFile, Section, SubgraphURL
from gateway_graphql.transport.http1.tls import private_context
from gateway_graphql.transport.options import DEFAULT_HTTP_OPTIONS


class DevProcess(Section):
    """How `gateway-graphql dev` starts a subgraph.

    Placeholders in braces are filled in: `{port}` is the subgraph's own port,
    `{subgraphs.NAME.origin}` and `{subgraphs.NAME.url}` where another one answers, and
    `{directory}` the directory of the file.

    Attributes:
        command: Program and arguments; `python` means the running interpreter.
        env: Environment variables beside those of the gateway's own process.
        health: The path that answers 2xx when the subgraph is ready.
    """

    command: tuple[str, ...] = Field(min_length=1)
    env: dict[str, str] = Field(default={})
    health: str = "/health"


class TLSConfig(Section):
    """Who is believed to be a subgraph over TLS, and what is shown of the gateway.

    Attributes:
        authorities_file: A PEM file of the only authorities that are believed; without
            it, those that browsers believe.
        certificate_file: A PEM file with the gateway's own certificate, for subgraphs
            that want to know who asks (mutual TLS).
        key_file: The certificate's private key, if it is not in the same file.
    """

    authorities_file: ReadableFile | None = None
    certificate_file: ReadableFile | None = None
    key_file: ReadableFile | None = None

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        if self.key_file is not None and self.certificate_file is None:
            raise ValueError("should have certificate_file where it has key_file")
        try:
            self.to_context()
        except OSError:
            raise ValueError(
                "cannot be used: a file holds no certificate, or not its key, or the key"
                " has a password"
            ) from None
        return self

    def to_context(self) -> ssl.SSLContext:
        """The context of connections to the subgraph."""
        return private_context(
            authorities=self.authorities_file,
            certificate=self.certificate_file,
            key=self.key_file,
        )


class SubgraphConfig(Section):
    """One subgraph.

    Attributes:
        url: Where its GraphQL endpoint answers: `http://`, `https://`, or
            `unix:///run/reviews.sock:/graphql`, a socket's path and the endpoint's.
        schema_file: Its SDL, relative to the file; without it, the
            subgraph is asked for its SDL.
        tls: Who is believed over TLS, and what is shown of the gateway itself.
        http2: Whether HTTP/2 is spoken where the subgraph does. It needs the package
            `h2`, and many times the CPU of HTTP/1.1.
        proxy: The URL of a proxy that is asked in the subgraph's place; it takes many
            times the CPU, too.
        max_connections: How many requests to it are under way at once; more wait.
        dev: How `gateway-graphql dev` starts it.
    """

    url: SubgraphURL
    schema_file: Path | None = Field(default=None, alias="schema")
    tls: TLSConfig | None = None
    http2: bool = False
    proxy: URL | None = None
    max_connections: int = Field(default=DEFAULT_HTTP_OPTIONS.max_connections, ge=1)
    dev: DevProcess | None = None

    @field_validator("http2")
    @classmethod
    def _has_http2(cls, http2: bool) -> bool:
        if http2 and find_spec("h2") is None:
            raise ValueError("needs a package: pip install 'gateway-graphql[http2]'")
        return http2

    @model_validator(mode="after")
    def _can_be_placed(self) -> Self:
        """What `dev` starts gets a port from it."""
        if self.dev is not None and self.url.startswith("unix:"):
            raise ValueError("dev starts subgraphs at a port, not behind a Unix socket")
        return self
