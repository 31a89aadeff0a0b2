"""Section `subgraphs`: where they answer, and how a developer starts them."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from gateway_graphql.config.section import Section, SubgraphURL


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


class SubgraphConfig(Section):
    """One subgraph.

    Attributes:
        url: Where its GraphQL endpoint answers: `http://`, `https://`, or
            `unix:///run/reviews.sock:/graphql`, a socket's path and the endpoint's.
        schema_file: Its SDL, relative to the file; without it, the
            subgraph is asked for its SDL.
        dev: How `gateway-graphql dev` starts it.
    """

    url: SubgraphURL
    schema_file: Path | None = Field(default=None, alias="schema")
    dev: DevProcess | None = None

    @model_validator(mode="after")
    def _can_be_placed(self) -> Self:
        """What `dev` starts gets a port from it."""
        if self.dev is not None and self.url.startswith("unix:"):
            raise ValueError("dev starts subgraphs at a port, not behind a Unix socket")
        return self
