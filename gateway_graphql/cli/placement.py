"""Where `gateway-graphql dev` puts what: ports, addresses, and filled-in commands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from gateway_graphql.cli.console import CommandFailed
from gateway_graphql.cli.processes import ChildCommand
from gateway_graphql.config import Config, DevProcess
from gateway_graphql.errors import ConfigInvalid

_MAX_PORT = 65535
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class PlacedSubgraph:
    """A subgraph that is started here.

    Attributes:
        name: Its name.
        port: Where it listens.
        command: How it is started.
        health_url: What answers when it is ready.
    """

    name: str
    port: int
    command: ChildCommand
    health_url: str


@dataclass(frozen=True, slots=True)
class Placement:
    """Everything that is started, and the settings that go with it.

    Attributes:
        settings: URLs are those of the placed subgraphs, which are asked for their
            SDL since their files may be older than their code.
        host: Where all of it listens.
        port: The gateway's port.
        subgraphs: In start order.
    """

    settings: Config
    host: str
    port: int
    subgraphs: tuple[PlacedSubgraph, ...]


def place(settings: Config, host: str, port: int) -> Placement:
    """Give the gateway the port, and each subgraph to be started the next one.

    Raises:
        ConfigInvalid: A placeholder stands for nothing.
        CommandFailed: There are not enough ports above the gateway's.
    """
    started = {
        name: subgraph.dev
        for name, subgraph in settings.subgraphs.items()
        if subgraph.dev is not None
    }
    if port + len(started) > _MAX_PORT:
        raise CommandFailed(
            f"Port {port} leaves no room for {len(started)} subgraphs after it."
        )
    ports = {name: port + 1 + index for index, name in enumerate(started)}
    placed = settings.model_copy(
        update={
            "subgraphs": {
                name: subgraph.model_copy(
                    update={
                        "url": _moved(subgraph.url, host, ports[name]),
                        "schema_file": None,
                    }
                )
                if name in ports
                else subgraph
                for name, subgraph in settings.subgraphs.items()
            }
        }
    )
    values = _values(placed)
    return Placement(
        placed,
        host,
        port,
        tuple(
            _placed(name, process, host, {**values, "port": str(ports[name])})
            for name, process in started.items()
        ),
    )


def _placed(
    name: str, process: DevProcess, host: str, values: Mapping[str, str]
) -> PlacedSubgraph:
    def fill(text: str) -> str:
        return _PLACEHOLDER.sub(lambda found: _value(found[1], values, name), text)

    return PlacedSubgraph(
        name,
        int(values["port"]),
        ChildCommand(
            name,
            tuple(fill(word) for word in process.command),
            {key: fill(value) for key, value in process.env.items()},
        ),
        f"http://{host}:{values['port']}{process.health}",
    )


def _value(placeholder: str, values: Mapping[str, str], subgraph: str) -> str:
    try:
        return values[placeholder]
    except KeyError:
        raise ConfigInvalid(
            f"subgraphs.{subgraph}.dev: there is no {{{placeholder}}}; "
            f"there are {', '.join(f'{{{name}}}' for name in values)}."
        ) from None


def _values(settings: Config) -> dict[str, str]:
    values = {"directory": str(settings.directory.absolute())}
    for name, subgraph in settings.subgraphs.items():
        values[f"subgraphs.{name}.url"] = subgraph.url
        scheme, location, *_ = urlsplit(subgraph.url)
        values[f"subgraphs.{name}.origin"] = f"{scheme}://{location}"
    return values


def _moved(url: str, host: str, port: int) -> str:
    return urlunsplit(urlsplit(url)._replace(scheme="http", netloc=f"{host}:{port}"))
