"""The users service as an ASGI app."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from subgraphs.shop.database import Database
from subgraphs.shop.identity import TokenVerifier, Viewer
from subgraphs.shop.keys import LocalKey
from subgraphs.shop.service import JWKS_PATH, Service, build_app
from subgraphs.shop.settings import Settings
from subgraphs.users.context import UsersContext
from subgraphs.users.login_limit import LoginLimit
from subgraphs.users.models import Base
from subgraphs.users.schema import schema
from subgraphs.users.seed import seed
from subgraphs.users.tokens import SigningKey, TokenIssuer

JWKS_MAX_AGE_S = 300


def create_app(settings: Settings) -> FastAPI:
    """Return the app; it opens its database when it starts or is first asked."""
    key = SigningKey.load(settings.data_dir)
    issuer = TokenIssuer(key, settings)
    login_limit = LoginLimit()
    database = Database(settings.database_url_for("users"), Base.metadata, seed)

    def make_context(request: Request, viewer: Viewer | None) -> UsersContext:
        del request
        return UsersContext(viewer, database, issuer, login_limit)

    async def publish_keys() -> JSONResponse:
        return JSONResponse(
            {"keys": [key.public_jwk]},
            headers={"Cache-Control": f"public, max-age={JWKS_MAX_AGE_S}"},
        )

    verifier = TokenVerifier(
        LocalKey(key.public_jwk), issuer=settings.issuer, audience=settings.audience
    )
    app = build_app(
        Service(
            "users",
            schema,
            database,
            verifier,
            make_context,
            gateway_secret=settings.gateway_secret,
        )
    )
    app.add_api_route(JWKS_PATH, publish_keys, methods=["GET"])
    return app
