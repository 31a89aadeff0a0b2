"""Settings -> how each subgraph is reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from gateway_graphql.config.config import Config
from gateway_graphql.config.subgraphs import SubgraphConfig
from gateway_graphql.transport.http import HTTPTransport
from gateway_graphql.transport.options import HTTPOptions

if TYPE_CHECKING:
    from gateway_graphql.transport.with_httpx import HTTPXTransport

OverHTTP: TypeAlias = "HTTPTransport | HTTPXTransport"


def transports_of(config: Config) -> Mapping[str, OverHTTP]:
    """The transports to all subgraphs that settings name; whoever has them closes them.

    They outlive a reload of the supergraph, and their connections with them.
    """
    timeout_s = config.server.subgraph_timeout_s
    return {
        name: _transport(subgraph, timeout_s)
        for name, subgraph in config.subgraphs.items()
    }


def _transport(subgraph: SubgraphConfig, timeout_s: float) -> OverHTTP:
    options = HTTPOptions(
        timeout_s=timeout_s,
        max_connections=subgraph.max_connections,
        tls=subgraph.tls.to_context() if subgraph.tls else None,
    )
    if subgraph.http2 or subgraph.proxy is not None:
        return _by_httpx(subgraph, options)
    return HTTPTransport(subgraph.url, options)


def _by_httpx(subgraph: SubgraphConfig, options: HTTPOptions) -> HTTPXTransport:
    """Only httpx has HTTP/2 and proxies, and who has neither does not load it."""
    from gateway_graphql.transport.with_httpx import HTTPXTransport  # noqa: PLC0415

    return HTTPXTransport(
        subgraph.url, options, http2=subgraph.http2, proxy=subgraph.proxy
    )
