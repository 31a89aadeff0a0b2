"""Subgraphs that are composed where they are served: their supergraph and transports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.errors import CompositionFailed
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.transport.in_process.executable import (
    ExecutableSchema,
    SchemaObjectTransport,
)


def composed(subgraphs: Sequence[Subgraph]) -> Supergraph:
    """The supergraph of subgraphs; those without an SDL are asked for it.

    Raises:
        CompositionFailed: They do not compose.
        SubgraphFailed: One could not be asked for its SDL.
    """
    result = compose([_with_sdl(subgraph) for subgraph in subgraphs])
    if result.supergraph is None:
        raise CompositionFailed([str(error) for error in result.errors])
    return result.supergraph


def in_process(subgraphs: Sequence[Subgraph]) -> dict[str, SchemaObjectTransport]:
    """How those are asked whose schema is in this process, by name."""
    return {
        subgraph.name: SchemaObjectTransport(subgraph.schema, subgraph.context)
        for subgraph in subgraphs
        if isinstance(subgraph.schema, ExecutableSchema)
    }


def _with_sdl(subgraph: Subgraph) -> Subgraph:
    """The subgraph with its SDL, asked for at its URL if it has none here."""
    if subgraph.to_sdl() or not subgraph.url:
        return subgraph
    # Loads httpx; who has all SDLs at hand asks nobody.
    from gateway_graphql.transport.sdl import fetch_sdl  # noqa: PLC0415

    return replace(subgraph, sdl=fetch_sdl(subgraph.name, subgraph.url))
