"""`gateway-graphql dev`: subgraphs, composition and gateway in one command.

What to start is said in the settings (`subgraphs.NAME.dev`); nothing here knows the
subgraphs. The gateway takes the port, the subgraphs the ones after it in order. From
the first child on there is one way out, whatever happens: end the server, end all
children.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, nullcontext
from itertools import cycle
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
import uvicorn
from fastapi import FastAPI
from rich.text import Text

from gateway_graphql.cli.banner import banner
from gateway_graphql.cli.console import CommandFailed, stdout
from gateway_graphql.cli.listening import listen
from gateway_graphql.cli.placement import PlacedSubgraph, Placement, place
from gateway_graphql.cli.processes import Child, end_all, start
from gateway_graphql.composition import compose
from gateway_graphql.config import (
    Config,
    Mode,
    load_config,
    make_gateway,
)
from gateway_graphql.config.assembly.application import application
from gateway_graphql.config.assembly.server import head_limits_of
from gateway_graphql.config.assembly.subgraphs import read_subgraphs
from gateway_graphql.errors import CompositionFailed
from gateway_graphql.server.head_limit import bounded_protocol

_HOST = "127.0.0.1"
_POLL_S = 0.1
_GRACEFUL_S = 5
_COLOURS = ("green", "magenta", "blue", "yellow", "cyan", "red")


def dev_command(
    config: Annotated[
        Path, typer.Option(help="Settings that say how to start the subgraphs.")
    ] = Path("schema/gateway.yaml"),
    port: Annotated[
        int | None,
        typer.Option(
            help="The gateway's port; the subgraphs take the next ones.",
            min=1,
            max=65535,
        ),
    ] = None,
) -> None:
    """Start the subgraphs, compose and serve them, until Ctrl-C."""
    settings = load_config(config)
    asyncio.run(_develop(place(settings, _HOST, port or settings.server.port)))


async def _develop(placement: Placement) -> None:
    stopped = _stop_on_signals()
    for subgraph in placement.subgraphs:
        listen(placement.host, subgraph.port, f"Subgraph '{subgraph.name}'").close()
    with listen(placement.host, placement.port, "The gateway") as listener:
        children: list[Child] = []
        readers: list[asyncio.Task[None]] = []
        try:
            for subgraph, colour in zip(
                placement.subgraphs, cycle(_COLOURS), strict=False
            ):
                child = await start(subgraph.command)
                children.append(child)
                show = _prefixed(subgraph.name, colour)
                readers.append(asyncio.create_task(child.read_lines(show)))
            await _first_of(
                _serve(placement, listener),
                *(child.wait() for child in children),
                stopped.wait(),
            )
        finally:
            await end_all(children)
            await asyncio.gather(*readers)
    stdout.print(Text("Ended.", style="dim"))


async def _serve(placement: Placement, listener: socket.socket) -> None:
    """Wait for the subgraphs, compose them and serve, until cancelled."""
    timeout_s = placement.settings.dev.start_timeout_s
    async with httpx.AsyncClient(trust_env=False) as client:
        await asyncio.gather(
            *(
                _wait_until_healthy(client, subgraph, timeout_s)
                for subgraph in placement.subgraphs
            )
        )
    app = await asyncio.to_thread(_composed_application, placement.settings)
    server = _Server(
        uvicorn.Config(
            app,
            http=bounded_protocol(head_limits_of(placement.settings.server)),
            ws="none",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACEFUL_S,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    stdout.print(banner(placement))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving


def _composed_application(settings: Config) -> FastAPI:
    result = compose(list(read_subgraphs(settings)))
    if result.supergraph is None:
        raise CompositionFailed([str(error) for error in result.errors])
    settings = _open_for_developers(settings)
    gateway = make_gateway(settings, result.supergraph)
    return application(settings, gateway)


def _open_for_developers(settings: Config) -> Config:
    """The settings in development, traces and log-in, unless they say otherwise."""
    server, playground = settings.server, settings.playground
    if server.trace is None:
        server = server.model_copy(update={"trace": True})
    if playground.offers_login is None:
        playground = playground.model_copy(update={"offers_login": True})
    mode = settings.mode or Mode.DEVELOPMENT
    return settings.model_copy(
        update={"server": server, "playground": playground, "mode": mode}
    )


async def _wait_until_healthy(
    client: httpx.AsyncClient, subgraph: PlacedSubgraph, timeout_s: float
) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            while not await _is_healthy(client, subgraph.health_url):  # noqa: ASYNC110 - another process has no event to wait for
                await asyncio.sleep(_POLL_S)
    except TimeoutError as error:
        raise CommandFailed(
            f"Subgraph '{subgraph.name}' was not healthy within {timeout_s:g} s "
            f"({subgraph.health_url})."
        ) from error


async def _is_healthy(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).is_success
    except httpx.HTTPError:
        return False


class _Server(uvicorn.Server):
    """uvicorn without handlers of its own: signals end more than the server here."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()


def _stop_on_signals() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped


async def _first_of(*work: Coroutine[Any, Any, object]) -> None:
    """Run all until one is done, cancel the others, and raise what it raised."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def _prefixed(name: str, colour: str) -> Callable[[str], None]:
    def show(line: str) -> None:
        stdout.print(Text.assemble((f"{name} | ", colour), line))

    return show
