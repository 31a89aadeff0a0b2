"""What each process that serves runs: `serve` itself, or every one of its workers.

A worker is a fresh process. What is sent to it are functions of this module, by name, so
that it loads nothing before it is told to keep what it loads.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from gateway_graphql.cli.garbage import all_is_kept, keep_what_is_there

if TYPE_CHECKING:
    from fastapi import FastAPI

    from gateway_graphql.server.head_limit import BoundedHeadProtocol


def create_application() -> FastAPI:
    """Make the application from the environment, and leave it to no collection."""
    with all_is_kept():
        from gateway_graphql.config.assembly.application import (  # noqa: PLC0415
            create_app,
        )

    app = create_app()
    keep_what_is_there()
    return app


def create_in_worker() -> FastAPI:
    """Make the application of a worker, and what makes its protocols."""
    app = create_application()
    _protocol()
    return app


def protocol_in_worker(*args: Any, **options: Any) -> BoundedHeadProtocol:
    """The protocol of one connection of a worker."""
    return _protocol()(*args, **options)


@cache
def _protocol() -> type[BoundedHeadProtocol]:
    """The protocol of a worker, which counts its own connections."""
    from gateway_graphql.config.assembly.application import (  # noqa: PLC0415
        environment_config,
    )
    from gateway_graphql.config.assembly.server import (  # noqa: PLC0415
        head_limits_of,
    )
    from gateway_graphql.server.whole_post import whole_post_protocol  # noqa: PLC0415

    return whole_post_protocol(head_limits_of(environment_config().server))
