"""`gateway-graphql compose`: subgraphs into a supergraph SDL, or every reason why not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from graphql import print_schema
from rich.text import Text

from gateway_graphql.cli.console import CommandFailed, stderr
from gateway_graphql.composition import CompositionResult, compose
from gateway_graphql.config import load_config
from gateway_graphql.config.assembly.subgraphs import read_subgraphs
from gateway_graphql.supergraph.api_schema import build_api_schema


def compose_command(
    config: Annotated[
        Path, typer.Option(help="The settings that name the subgraphs.")
    ] = Path("schema/gateway.yaml"),
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where to write the supergraph SDL."),
    ] = None,
    api: Annotated[
        Path | None,
        typer.Option(help="Where to write the API schema: what clients see."),
    ] = None,
    *,
    json: Annotated[
        bool, typer.Option("--json", help="Print a report for machines.")
    ] = False,
) -> None:
    """Compose subgraphs into a supergraph.

    A subgraph without a schema file is asked for its SDL. Exits with 1 when the
    subgraphs do not compose.
    """
    result = compose(list(read_subgraphs(load_config(config))))
    if output is not None and result.supergraph_sdl is not None:
        _write(output, result.supergraph_sdl)
    if api is not None and result.supergraph is not None:
        _write(api, print_schema(build_api_schema(result.supergraph)))
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(_report(result))).decode())
    else:
        _print(result)
        if output is None and result.supergraph_sdl is not None:
            typer.echo(result.supergraph_sdl)
    if result.errors:
        raise typer.Exit(1)


def _write(path: Path, sdl: str) -> None:
    try:
        path.write_text(sdl if sdl.endswith("\n") else sdl + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error}") from error


def _report(result: CompositionResult) -> dict[str, object]:
    return {
        "supergraphSdl": result.supergraph_sdl,
        "errors": [
            {
                "code": error.code,
                "message": error.message,
                "coordinate": error.coordinate,
                "subgraphs": error.subgraphs,
            }
            for error in result.errors
        ],
        "hints": [
            {"code": hint.code, "message": hint.message, "coordinate": hint.coordinate}
            for hint in result.hints
        ],
    }


def _print(result: CompositionResult) -> None:
    for error in result.errors:
        heading = Text.assemble(("error: ", "bold red"), (error.code, "bold"))
        if error.coordinate:
            heading.append(f" at {error.coordinate}")
        if error.subgraphs:
            heading.append(f" in {', '.join(error.subgraphs)}")
        stderr.print(heading)
        stderr.print(Text(f"  {error.message}"))
    for hint in result.hints:
        stderr.print(
            Text.assemble(("hint: ", "bold yellow"), f"{hint.code}: {hint.message}")
        )
