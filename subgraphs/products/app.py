"""The products service as an ASGI app."""

import httpx
from fastapi import FastAPI, Request

from subgraphs.products.context import ProductsContext
from subgraphs.products.models import Base
from subgraphs.products.schema import schema
from subgraphs.products.seed import seed
from subgraphs.shop.database import Database
from subgraphs.shop.identity import TokenVerifier, Viewer
from subgraphs.shop.keys import RemoteKeys
from subgraphs.shop.service import Service, build_app, client_for
from subgraphs.shop.service_calls import HEADER, service_secret
from subgraphs.shop.settings import Settings


def create_app(settings: Settings, client: httpx.AsyncClient | None = None) -> FastAPI:
    """Return the app; it opens its database when it starts or is first asked.

    Args:
        settings: Where its data is and where to find the users service.
        client: Fetches public keys; the app makes and closes its own without one.
    """
    secret = service_secret(settings)
    database = Database(settings.database_url_for("products"), Base.metadata, seed)
    http = client_for(client)
    verifier = TokenVerifier(
        RemoteKeys(settings.users_jwks_url, http.client),
        issuer=settings.issuer,
        audience=settings.audience,
    )

    def make_context(request: Request, viewer: Viewer | None) -> ProductsContext:
        return ProductsContext(
            viewer,
            database,
            service_header=request.headers.get(HEADER),
            service_secret=secret,
        )

    return build_app(
        Service(
            "products",
            schema,
            database,
            verifier,
            make_context,
            background=(http.lifetime,),
            gateway_secret=settings.gateway_secret,
        )
    )
