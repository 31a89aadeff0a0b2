"""The command line: compose, plan, explain, serve, dev.

Each command is a module, loaded when it is run; this one is the rim where errors become
a line on stderr and exit status 1. Wrong usage is status 2, as usual.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gateway_graphql.cli.commands import LazyCommands, listed_in
from gateway_graphql.errors import GatewayError

__all__ = ["main"]

_cli = typer.Typer(
    cls=LazyCommands,
    help="A GraphQL federation gateway.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    # Boxes around the list of commands would take as long as the list itself.
    rich_markup_mode=None,
)
listed_in(_cli)


def _print_version(value: bool) -> None:
    if value:
        from importlib.metadata import version  # noqa: PLC0415 - slow to load

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
        # Loads what writes in colours; who makes no mistake does not wait for it.
        from gateway_graphql.cli.console import complain  # noqa: PLC0415

        complain(error)
        sys.exit(1)
