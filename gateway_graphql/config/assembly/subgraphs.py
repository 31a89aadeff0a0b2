"""Settings -> subgraphs to compose."""

from __future__ import annotations

from collections.abc import Mapping

from gateway_graphql.composition import Subgraph
from gateway_graphql.config.config import Config
from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.transport.base import RequestSigner
from gateway_graphql.transport.sdl import fetch_sdl
from gateway_graphql.wire.signature import SIGNATURE_HEADER, sign


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


def _signer(config: Config, subgraph: str) -> RequestSigner | None:
    """Signs a request for a subgraph as the gateway does; `None` if it does not."""
    secret = config.authentication.propagation.to_settings().secret
    if not secret:
        return None

    def headers_for(path: str, body: bytes) -> Mapping[str, str]:
        return {SIGNATURE_HEADER: sign(secret, body, subgraph=subgraph, path=path)}

    return headers_for


def _sdl(config: Config, name: str) -> str:
    subgraph = config.subgraphs[name]
    if subgraph.schema_file is None:
        return fetch_sdl(
            name,
            subgraph.url,
            sign=_signer(config, name),
            tls=subgraph.tls.to_context() if subgraph.tls else None,
            proxy=subgraph.proxy,
        )
    path = config.path_of(subgraph.schema_file)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(
            f"The schema file of subgraph '{name}' cannot be read: {error}"
        ) from error
