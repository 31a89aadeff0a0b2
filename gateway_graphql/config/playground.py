"""Section `playground`: what GraphiQL offers beside an editor."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from gateway_graphql.config.section import Section


class ExampleConfig(Section):
    """An operation to begin with.

    Attributes:
        name: What it is called in the list of examples.
        query: Its document.
        variables: The values of its variables.
    """

    name: str
    query: str
    variables: dict[str, Any] = Field(default_factory=dict)


class AccountConfig(Section):
    """Somebody to log in as; the page shows all of it, so it is for demos.

    Attributes:
        name: Who it is.
        variables: The log-in's variables.
    """

    name: str
    variables: dict[str, Any] = Field(default_factory=dict)


class LoginConfig(Section):
    """How to get a token.

    Attributes:
        query: The mutation that logs in.
        token: Where the token is in the mutation's data, names joined by dots.
        header: The header that takes it.
        prefix: What stands before it in the header.
        accounts: Whom to log in as.
    """

    query: str
    token: str
    header: str = "Authorization"
    prefix: str = "Bearer "
    accounts: tuple[AccountConfig, ...] = ()


class PlaygroundConfig(Section):
    """What GraphiQL offers beside an editor.

    Attributes:
        examples: Operations to begin with.
        login: How to get a token.
        offers_login: Whether the page offers the log-in, accounts and their passwords to
            whoever opens it. Without this key, it does under `gateway-graphql dev` only.
    """

    examples: tuple[ExampleConfig, ...] = ()
    login: LoginConfig | None = None
    offers_login: bool | None = None
