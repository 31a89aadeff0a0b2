"""The orders service as an ASGI app."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
from fastapi import FastAPI, Request

from subgraphs.orders.context import OrdersContext
from subgraphs.orders.desk import OrderDesk
from subgraphs.orders.models import Base
from subgraphs.orders.schema import schema
from subgraphs.orders.seed import seed
from subgraphs.orders.warehouse import Warehouse
from subgraphs.shop.database import Database
from subgraphs.shop.identity import TokenVerifier, Viewer
from subgraphs.shop.keys import RemoteKeys
from subgraphs.shop.service import Service, build_app, client_for
from subgraphs.shop.service_calls import service_secret
from subgraphs.shop.settings import Settings

logger = logging.getLogger(__name__)

SWEEP_INTERVAL_S = 30.0


def create_app(settings: Settings, client: httpx.AsyncClient | None = None) -> FastAPI:
    """Return the app; it opens its database when it starts or is first asked.

    Args:
        settings: Where its data is and where to find the other services.
        client: Talks to them; the app makes and closes its own without one.
    """
    secret = service_secret(settings)
    database = Database(settings.database_url_for("orders"), Base.metadata, seed)
    http = client_for(client)
    warehouse = Warehouse(
        http.client, settings.products_url, secret, settings.gateway_secret
    )
    desk = OrderDesk(database, warehouse)
    verifier = TokenVerifier(
        RemoteKeys(settings.users_jwks_url, http.client),
        issuer=settings.issuer,
        audience=settings.audience,
    )

    def make_context(request: Request, viewer: Viewer | None) -> OrdersContext:
        del request
        return OrdersContext(viewer, database, desk)

    @asynccontextmanager
    async def sweeping() -> AsyncIterator[None]:
        task = asyncio.create_task(sweep_forever(desk, SWEEP_INTERVAL_S))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return build_app(
        Service(
            "orders",
            schema,
            database,
            verifier,
            make_context,
            background=(http.lifetime, sweeping),
            gateway_secret=settings.gateway_secret,
        )
    )


async def sweep_forever(desk: OrderDesk, interval_s: float) -> None:
    """Settle what was left unsettled, again and again."""
    while True:
        await asyncio.sleep(interval_s)
        try:
            await desk.sweep()
        except Exception:
            # The next round may succeed; the service goes on without this one.
            logger.exception("Cannot settle orders")
