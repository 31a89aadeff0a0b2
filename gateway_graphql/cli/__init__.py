"""The command line: compose, plan, explain, serve, dev.

Each command is a module; this one joins them and is the rim where errors become a line
on stderr and exit status 1. Wrong usage is status 2, as usual.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from gateway_graphql.cli.client import client_command
from gateway_graphql.cli.compose import compose_command
from gateway_graphql.cli.console import complain
from gateway_graphql.cli.dev import dev_command
from gateway_graphql.cli.explain import explain_command
from gateway_graphql.cli.plan import plan_command
from gateway_graphql.cli.serve import serve_command
from gateway_graphql.errors import GatewayError

__all__ = ["main"]

_cli = typer.Typer(
    help="A GraphQL federation gateway.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
_cli.command("serve")(serve_command)
_cli.command("compose")(compose_command)
_cli.command("plan")(plan_command)
_cli.command("explain")(explain_command)
_cli.command("dev")(dev_command)
_cli.command("client")(client_command)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"gateway-graphql {version('gateway-graphql')}")
        raise typer.Exit


@_cli.callback()
def _options(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    """A GraphQL federation gateway: compose subgraphs, plan, serve."""


def main() -> None:
    """Run the command line."""
    try:
        _cli()
    except GatewayError as error:
        complain(error)
        sys.exit(1)
