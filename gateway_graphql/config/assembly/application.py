"""Settings -> the whole server: GraphQL, REST endpoints, playground and health.

This is the one place where a server is put together: `gateway-graphql serve`, each of
its workers and `gateway-graphql dev` run what `create_app` makes, and so does any other
ASGI server.
"""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path
from typing import Final, TypeAlias, Unpack

from fastapi import FastAPI

from gateway_graphql import server
from gateway_graphql.config.assembly.gateway import make_gateway
from gateway_graphql.config.assembly.server import border_of, limits_of, playground_of
from gateway_graphql.config.config import Config
from gateway_graphql.config.loading import load_config
from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.gateway import Gateway
from gateway_graphql.server import Face, Faces
from gateway_graphql.spelling import refuse_unknown

CONFIG_VARIABLE: Final = "GATEWAY_CONFIG"
"""Names the settings' file where no one else does."""

AppSource: TypeAlias = str | PathLike[str] | Config | Gateway
"""A file of settings, settings, or a gateway."""


def create_app(source: AppSource | None = None, **faces: Unpack[Faces]) -> FastAPI:
    """Make the whole server of a file of settings, of settings, or of a gateway.

    The application closes the gateway when it ends. Without a source the environment
    says what to serve (`GATEWAY_CONFIG`, `GATEWAY_SUPERGRAPH`), which is what
    `uvicorn --factory gateway_graphql:create_app` needs.

    Args:
        source: What to serve. A gateway brings no settings: what it is to have beside
            GraphQL, a playground and health is given by `faces`.
        **faces: What goes before the settings; see `gateway_graphql.server.create_app`.

    Raises:
        ConfigInvalid: The settings are wrong, or name no supergraph.
        SupergraphInvalid: The supergraph cannot be read or served.
    """
    refuse_unknown(create_app.__name__, faces, Faces.__annotations__)
    match source:
        case Gateway():
            return server.create_app(source, **faces)
        case Config():
            return application(source, _gateway_of(source), **faces)
        case str() | PathLike():
            return create_app(load_config(Path(source)), **faces)
        case None:
            return create_app(environment_config(), **faces)
        case _:
            # Whoever writes for a type checker cannot come here; a program may.
            raise TypeError(
                "create_app() takes the path of a file of settings, a Config or a "
                f"Gateway, not {type(source).__name__}"
            )


def environment_config() -> Config:
    """The settings that the environment names, or is.

    Raises:
        ConfigInvalid: They are wrong.
    """
    path = os.environ.get(CONFIG_VARIABLE)
    return load_config(Path(path) if path else None)


def application(settings: Config, gateway: Gateway, **faces: Unpack[Faces]) -> FastAPI:
    """Make the server of a gateway, as settings want it."""
    wanted: Faces = {**_faces_of(settings), **faces}
    return server.create_app(gateway, **wanted)


def _gateway_of(settings: Config) -> Gateway:
    if settings.supergraph is None:
        raise ConfigInvalid(
            "There is no supergraph to serve: name one by `supergraph` in the "
            "settings, by GATEWAY_SUPERGRAPH, or by --supergraph FILE of the command."
        )
    return make_gateway(settings, settings.path_of(settings.supergraph))


def _faces_of(settings: Config) -> Faces:
    return Faces(
        graphiql=settings.server.graphiql,
        playground=playground_of(settings),
        limits=limits_of(settings.server),
        border=border_of(settings.server),
        rest=_rest_of(settings),
    )


def _rest_of(settings: Config) -> Face | None:
    if settings.rest is None:
        return None
    # Who has no endpoints does not wait for what compiles and describes them.
    from gateway_graphql.config.assembly.rest import rest_of  # noqa: PLC0415

    return rest_of(settings.rest, settings)
