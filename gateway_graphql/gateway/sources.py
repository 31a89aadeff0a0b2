"""What a gateway can be given to serve: a supergraph, its SDL, or a file with it."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from gateway_graphql.errors import SupergraphInvalid
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.supergraph.reading import read_supergraph

SupergraphSource: TypeAlias = str | Path | Supergraph


def supergraph_from(source: SupergraphSource) -> Supergraph:
    """The supergraph itself; one that was composed here is taken as it is.

    Raises:
        SupergraphInvalid: The file or the SDL cannot be read.
    """
    return source if isinstance(source, Supergraph) else read_supergraph(_sdl(source))


def _sdl(source: str | Path) -> str:
    """The SDL itself: a string without a brace is a path, as no SDL is without one."""
    if isinstance(source, str) and ("{" in source or not source.strip()):
        return source
    try:
        return Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SupergraphInvalid(
            f"The supergraph file {source} cannot be read: {error}"
        ) from error
