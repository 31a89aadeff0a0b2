"""`gateway-graphql explain`: how a gateway would answer a request, and why."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway_graphql.cli.console import CommandFailed
from gateway_graphql.config import Config, load_config, make_gateway
from gateway_graphql.gateway.explaining import EXPLAIN_HEADER
from gateway_graphql.request import GraphQLRequest, RequestContext


def explain_command(
    operation: Annotated[Path, typer.Option(help="The document to explain.")],
    config: Annotated[Path, typer.Option(help="Settings (YAML).")],
    supergraph: Annotated[
        Path | None, typer.Option(help="The supergraph SDL; else the settings' own.")
    ] = None,
    operation_name: Annotated[
        str | None, typer.Option(help="Which of its operations.")
    ] = None,
    variables: Annotated[str, typer.Option(help="Variables, as JSON.")] = "{}",
    header: Annotated[
        list[str] | None,
        typer.Option(help="A header, `Name: value`; may be given again."),
    ] = None,
) -> None:
    """Print plan, cost, limits and withheld fields as JSON; nothing is fetched."""
    settings = load_config(config)
    source = supergraph or settings.supergraph
    if source is None:
        raise CommandFailed("There is no supergraph: give --supergraph FILE.")
    request = GraphQLRequest(_text(operation), operation_name, _object(variables))
    context = RequestContext({**_headers(header or []), EXPLAIN_HEADER: "true"})
    path = supergraph or settings.path_of(source)
    answer = asyncio.run(_ask(settings, path, request, context))
    explanation = answer["extensions"]["explain"]
    typer.echo(json.dumps(explanation, indent=2, ensure_ascii=False))


async def _ask(
    settings: Config, source: Path, request: GraphQLRequest, context: RequestContext
) -> Any:
    server = settings.server.model_copy(update={"explain": True})
    explaining = settings.model_copy(update={"server": server})
    async with make_gateway(explaining, source) as gateway:
        return json.loads((await gateway.handle(request, context)).body)


def _headers(lines: list[str]) -> Mapping[str, str]:
    pairs = [line.partition(":") for line in lines]
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise CommandFailed(f"The variables are not JSON: {error}") from error
    if not isinstance(value, dict):
        raise CommandFailed("The variables must be a JSON object.")
    return value


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{path} cannot be read: {error}") from error
