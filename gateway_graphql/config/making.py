"""Settings -> subgraphs to compose, and a gateway."""

from __future__ import annotations

from pathlib import Path

from gateway_graphql.composition import Subgraph
from gateway_graphql.config.config import Config
from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.gateway import Gateway
from gateway_graphql.transport.introspection import fetch_sdl


def read_subgraphs(config: Config) -> tuple[Subgraph, ...]:
    """The subgraphs with their SDLs, from files or by asking them.

    Raises:
        ConfigInvalid: There are none, or a schema file cannot be read.
        SubgraphFailed: A subgraph without a schema file could not be asked.
    """
    if not config.subgraphs:
        raise ConfigInvalid("The settings name no subgraphs (key `subgraphs`).")
    return tuple(
        Subgraph(name=name, url=subgraph.url, sdl=_sdl(config, name))
        for name, subgraph in config.subgraphs.items()
    )


def make_gateway(config: Config, source: str | Path) -> Gateway:
    """Make the gateway for a supergraph; where settings give a URL, it is the one used.

    Raises:
        SupergraphInvalid: The supergraph cannot be read or served.
    """
    timeout_s = config.server.subgraph_timeout_s
    return Gateway.from_supergraph(
        source,
        urls={name: subgraph.url for name, subgraph in config.subgraphs.items()},
        subgraph_timeout_s=timeout_s,
        forward_headers=config.server.forward_headers,
    )


def _sdl(config: Config, name: str) -> str:
    subgraph = config.subgraphs[name]
    if subgraph.schema_file is None:
        return fetch_sdl(name, subgraph.url)
    path = config.path_of(subgraph.schema_file)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(
            f"The schema file of subgraph '{name}' cannot be read: {error}"
        ) from error
