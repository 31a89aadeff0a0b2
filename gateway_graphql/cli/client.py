"""`gateway-graphql client`: what clients of the REST endpoints are written with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from gateway_graphql.cli.console import CommandFailed, stderr
from gateway_graphql.config import load_config
from gateway_graphql.gateway import Gateway
from gateway_graphql.rest import read_endpoints, world_of
from gateway_graphql.rest.describing.clients import postman_collection, python_client


def client_command(
    config: Annotated[
        Path, typer.Option(help="Settings with a section `rest`.")
    ] = Path("schema/gateway.yaml"),
    supergraph: Annotated[
        Path | None, typer.Option(help="The supergraph SDL; else the settings' own.")
    ] = None,
    python: Annotated[
        Path | None, typer.Option(help="Write a Python module (needs httpx).")
    ] = None,
    postman: Annotated[
        Path | None, typer.Option(help="Write a Postman collection (v2.1).")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="Where the gateway answers.")
    ] = None,
) -> None:
    """Write a Python client or a Postman collection for REST."""
    settings = load_config(config)
    source = supergraph or (
        settings.path_of(settings.supergraph) if settings.supergraph else None
    )
    if settings.rest is None:
        raise CommandFailed(f"{config} has no section `rest`.")
    if source is None:
        raise CommandFailed("There is no supergraph: give --supergraph FILE.")
    if python is None and postman is None:
        raise CommandFailed("Say what to write: --python FILE, --postman FILE.")
    runtime = Gateway.from_supergraph(source).runtime
    endpoints = read_endpoints(
        settings.rest.endpoints, world_of(runtime), prefix=settings.rest.prefix
    )
    url = base_url or f"http://{settings.server.host}:{settings.server.port}"
    title = settings.rest.title
    if python is not None:
        _write(python, lambda: python_client(endpoints, title=title, base_url=url))
    if postman is not None:
        _write(
            postman, lambda: postman_collection(endpoints, title=title, base_url=url)
        )


def _write(path: Path, make: Callable[[], str]) -> None:
    try:
        path.write_text(make(), encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error.strerror}") from error
    stderr.print(f"Wrote {path}", markup=False)
