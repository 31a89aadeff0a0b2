"""The commands by name, each loaded when it is run.

Listing them, as `--help` does, needs no more than what stands here.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command

from gateway_graphql.cli.garbage import all_is_kept

COMMANDS: Final = {
    "serve": "Serve a supergraph at /graphql.",
    "compose": "Compose subgraphs into a supergraph.",
    "plan": "Print the query plan of an operation.",
    "explain": "Print plan, cost, limits and withheld fields, as JSON.",
    "dev": "Start the subgraphs, compose and serve them, until Ctrl-C.",
    "client": "Write a Python client or a Postman collection for REST.",
}
"""Name -> what the list says of it; the module is called like the command."""


class LazyCommands(TyperGroup):
    """The commands, of which only the one that is run is loaded."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        """Load the command that is run; what stands for it in lists is no command."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, listed and loaded(str(name)), rest


def listed_in(cli: typer.Typer) -> None:
    """List all commands without loading any."""
    for name, summary in COMMANDS.items():
        cli.command(name, help=summary)(_stand_in)


def loaded(name: str) -> Any:
    """The command of that name."""
    with all_is_kept():
        module = import_module(f"gateway_graphql.cli.{name}")
    cli = typer.Typer(
        pretty_exceptions_enable=False, add_completion=False, rich_markup_mode=None
    )
    cli.command(name)(getattr(module, f"{name}_command"))
    return get_command(cli)


def _stand_in() -> None:
    """Never runs: `resolve_command` gives the command itself."""
