"""Whether the process lives, and whether it can answer requests.

`/health/live` answers as long as the event loop turns: an orchestrator restarts the
process when it does not. `/health/ready` says whether to send requests here: there is a
supergraph, and no shutdown has begun. A load balancer may ask by HEAD.
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from gateway_graphql.gateway import Gateway


def health_router(gateway: Gateway) -> APIRouter:
    """Make the routes `/live` and `/ready`."""
    router = APIRouter(tags=["health"])

    @router.head("/live", include_in_schema=False)
    @router.get("/live")
    async def live() -> JSONResponse:
        """Say that the process lives."""
        return JSONResponse({"status": "UP"})

    @router.head("/ready", include_in_schema=False)
    @router.get("/ready")
    async def ready() -> JSONResponse:
        """Say whether requests can be answered."""
        if gateway.is_ready:
            return JSONResponse({"status": "UP"})
        return JSONResponse({"status": "DOWN"}, HTTPStatus.SERVICE_UNAVAILABLE)

    return router
