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
from gateway_graphql.errors import ClientError
from gateway_graphql.exchange import GraphQLRequest, RequestContext
from gateway_graphql.pipeline.insight.explanation import EXPLAIN_HEADER, explanation
from gateway_graphql.policy.explained import Explained


def explain_command(  # noqa: PLR0913 - they are the command's options
    *,
    config: Annotated[Path, typer.Option(help="Settings (YAML).")],
    operation: Annotated[
        Path | None, typer.Option(help="The document to explain.")
    ] = None,
    document_id: Annotated[
        str | None,
        typer.Option("--id", help="The id of a document that is known in advance."),
    ] = None,
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
    """Print plan, cost, limits and withheld fields, as JSON.

    A request that would be refused is explained, too: `refused` says why.
    """
    if operation is None and document_id is None:
        raise typer.BadParameter("Give the document by --operation FILE or --id ID.")
    settings = load_config(config)
    source = supergraph or settings.supergraph
    if source is None:
        raise CommandFailed("There is no supergraph: give --supergraph FILE.")
    request = GraphQLRequest(
        "" if operation is None else _text(operation),
        operation_name,
        _object(variables),
        document_id=document_id,
    )
    context = RequestContext({**_headers(header or []), EXPLAIN_HEADER: "true"})
    path = supergraph or settings.path_of(source)
    told = asyncio.run(_ask(settings, path, request, context))
    typer.echo(json.dumps(told, indent=2, ensure_ascii=False))


async def _ask(
    settings: Config, source: Path, request: GraphQLRequest, context: RequestContext
) -> Any:
    server = settings.server.model_copy(update={"explain": True})
    explaining = settings.model_copy(update={"server": server})
    async with make_gateway(explaining, source) as gateway:
        try:
            answer = json.loads((await gateway.handle(request, context)).body)
        except ClientError as refusal:
            return explanation(Explained().refused(refusal))
    return answer["extensions"]["explain"]


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
