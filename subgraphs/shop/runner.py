"""The command line of a service: `python -m subgraphs.NAME`."""

import argparse
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import uvicorn
from starlette.types import ASGIApp

from subgraphs.shop.schema import ShopSchema, sdl
from subgraphs.shop.settings import Settings

AppFactory: TypeAlias = Callable[[Settings], ASGIApp]

SHUTDOWN_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class Program:
    """A service as it is started from the command line.

    Attributes:
        name: Name of the service.
        port: Where it listens unless told otherwise.
        schema: What `--print-sdl` prints.
        create_app: Makes what is served.
    """

    name: str
    port: int
    schema: ShopSchema
    create_app: AppFactory


def run(program: Program) -> None:
    """Print the SDL, or serve until told to stop."""
    options = _parser(program).parse_args()
    if options.print_sdl:
        sys.stdout.write(f"{sdl(program.schema)}\n")
        return
    # uvicorn stops in order and then raises the signal again: end with success.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        program.create_app(Settings.from_environment(os.environ)),
        host=options.host,
        port=options.port,
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
    )


def _parser(program: Program) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m subgraphs.{program.name}",
        description=f"Serve the {program.name} subgraph of the demo shop.",
    )
    host = os.environ.get("HOST") or "127.0.0.1"
    port = os.environ.get("PORT") or program.port
    parser.add_argument("--host", default=host, help="address (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=port, help="port, 0 for any free (%(default)s)"
    )
    parser.add_argument(
        "--print-sdl", action="store_true", help="print the schema and exit"
    )
    return parser
