"""What `gateway-graphql dev` shows when all of it runs."""

from __future__ import annotations

from textwrap import indent

from rich.console import Group, RenderableType
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from gateway_graphql.cli.placement import Placement
from gateway_graphql.rest.describing.documentation import SWAGGER_PATH
from gateway_graphql.server.app import GRAPHQL_PATH


def banner(placement: Placement) -> RenderableType:
    """Say what runs where, what to ask and as whom."""
    settings = placement.settings
    url = f"http://{placement.host}:{placement.port}{GRAPHQL_PATH}"
    table = Table.grid(padding=(0, 2))
    for name, subgraph in settings.subgraphs.items():
        table.add_row(Text(name, style="bold"), Text(subgraph.url))
    table.add_row(Text("gateway", style="bold"), Text(url, style="bold cyan"))
    parts: list[RenderableType] = [Text(), Text("Ready.", style="bold green"), table]
    if settings.server.graphiql:
        parts += [Text(), Text.assemble("Playground: ", (url, "bold cyan underline"))]
    if settings.rest is not None and settings.rest.documentation:
        docs = f"http://{placement.host}:{placement.port}{SWAGGER_PATH}"
        parts += [Text(), Text.assemble("REST: ", (docs, "bold cyan underline"))]
    if settings.server.example:
        parts += [Text(), Text("A query to paste:", style="bold")]
        parts.append(_highlighted(settings.server.example))
    if settings.dev.notes:
        parts.append(Text())
        parts += [Text(note) for note in settings.dev.notes]
    parts += [Text(), Text("Ctrl-C ends all of it.", style="dim"), Text()]
    return Group(*parts)


def _highlighted(operation: str) -> Text:
    """The operation in colours, and without the padding that a box would give it."""
    syntax = Syntax("", "graphql", theme="ansi_dark", background_color="default")
    return syntax.highlight(indent(operation.strip(), "  "))
