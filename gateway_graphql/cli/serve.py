"""`gateway-graphql serve`: a gateway for a composed supergraph."""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from rich.text import Text
from uvicorn.supervisors import Multiprocess

from gateway_graphql.cli.console import CommandFailed, stderr
from gateway_graphql.cli.listening import listen
from gateway_graphql.cli.worker import (
    create_application,
    create_in_worker,
    protocol_in_worker,
)
from gateway_graphql.config import load_config, printed
from gateway_graphql.config.assembly.application import CONFIG_VARIABLE
from gateway_graphql.config.assembly.server import head_limits_of
from gateway_graphql.server.app import GRAPHQL_PATH
from gateway_graphql.server.whole_post import whole_post_protocol

_SUPERGRAPH_VARIABLE = "GATEWAY_SUPERGRAPH"

_SHUTDOWN_TIMEOUT_S = 30


def serve_command(
    supergraph: Annotated[
        Path | None, typer.Option(help="The supergraph SDL; else the settings' own.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Settings (YAML).", envvar=CONFIG_VARIABLE)
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on.", min=1, max=65535)
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="How many processes.", min=1)
    ] = None,
    print_config: Annotated[
        bool,
        typer.Option("--print-config", help="Print the settings, no secret, and exit."),
    ] = False,
) -> None:
    """Serve a supergraph at /graphql."""
    # Workers are fresh processes: what they must know travels in the environment, by
    # the same variables that an operator may set.
    if supergraph is not None:
        os.environ[_SUPERGRAPH_VARIABLE] = str(supergraph.absolute())
    if config is not None:
        os.environ[CONFIG_VARIABLE] = str(config.absolute())
    settings = load_config(config)
    if print_config:
        typer.echo(printed(settings), nl=False)
        return
    app = create_application()  # in any case: what is wrong shows before serving
    host, port = host or settings.server.host, port or settings.server.port
    workers = workers or settings.server.workers
    listener = listen(host, port, "The gateway")
    protocol = whole_post_protocol(head_limits_of(settings.server))
    uvicorn_config = uvicorn.Config(
        app if workers == 1 else create_in_worker,
        factory=workers > 1,
        workers=workers,
        http=protocol if workers == 1 else protocol_in_worker,  # type: ignore[arg-type] # uvicorn only calls it
        ws="none",
        log_level="info" if settings.server.access_log else "warning",
        access_log=settings.server.access_log,
        server_header=False,
        # Who is behind a proxy is for `server.trusted_proxies` to say.
        proxy_headers=False,
        timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT_S,
    )
    stderr.print(
        Text.assemble(
            "Gateway at ", (f"http://{host}:{port}{GRAPHQL_PATH}", "bold cyan")
        )
    )
    # uvicorn ends in order and raises the signal again; to be asked to end is success.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if workers > 1:
        Multiprocess(uvicorn_config, [listener]).run()
    else:
        _run(uvicorn_config, listener)


def _run(config: uvicorn.Config, listener: socket.socket) -> None:
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    if not server.started:
        raise CommandFailed("The gateway did not start; see the log above.")
