"""The HTTP side of a service: `/graphql`, `/health`, and who may come in.

A service is an ASGI app made by `build_app`. Database and HTTP client are handed
in, so a test or a gateway in the same process can connect apps without sockets.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from strawberry.fastapi import BaseContext, GraphQLRouter

from gateway_graphql.wire.signature import RequireSignature
from subgraphs.shop.database import Database
from subgraphs.shop.errors import ServiceUnavailable, Unauthenticated, error_body
from subgraphs.shop.identity import InvalidToken, TokenVerifier, Viewer
from subgraphs.shop.schema import ShopSchema

ContextMaker: TypeAlias = Callable[[Request, Viewer | None], BaseContext]
Background: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]

HEALTH_PATH = "/health"
JWKS_PATH = "/.well-known/jwks.json"


@dataclass(frozen=True, slots=True)
class Service:
    """What makes one service different from the next.

    Attributes:
        name: What it is called.
        schema: What it answers.
        database: Where its data is; closed when the app ends.
        verifier: Who tells whose token is whose.
        make_context: Makes what resolvers get, once per request.
        background: What is open while the app runs, in order.
        gateway_secret: What the gateway signs its requests with; with it, GraphQL is
            answered to nobody else.
    """

    name: str
    schema: ShopSchema
    database: Database
    verifier: TokenVerifier
    make_context: ContextMaker
    background: Sequence[Background] = ()
    gateway_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HttpClient:
    """A client, and who closes it: the app only if it made it.

    Attributes:
        client: Talks to other services.
        lifetime: Open while the app runs.
    """

    client: httpx.AsyncClient
    lifetime: Background


def client_for(given: httpx.AsyncClient | None) -> HttpClient:
    """Return the client that was handed in, or a new one that the app closes."""
    client = given or httpx.AsyncClient()

    @asynccontextmanager
    async def lifetime() -> AsyncIterator[None]:
        yield
        if given is None:
            await client.aclose()

    return HttpClient(client, lifetime)


def build_app(service: Service) -> FastAPI:
    """Return the ASGI app of a service."""
    app = FastAPI(
        title=f"{service.name} subgraph",
        lifespan=_lifespan(service),
        openapi_url=None,
        redirect_slashes=False,  # it would be to the Host that the client sends
    )
    router = GraphQLRouter(
        service.schema,
        path="/graphql",
        graphql_ide=None,
        context_getter=_context_getter(service),
    )
    app.include_router(router)
    app.add_api_route(HEALTH_PATH, _health, methods=["GET"])
    app.add_exception_handler(InvalidToken, _refuse_token)
    app.add_exception_handler(ServiceUnavailable, _report_unavailable)
    if service.gateway_secret is not None:
        app.add_middleware(
            RequireSignature,
            secrets=[service.gateway_secret],
            subgraph=service.name,
            open_paths=[HEALTH_PATH, JWKS_PATH],
        )
    return app


def _lifespan(
    service: Service,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        async with AsyncExitStack() as stack:
            stack.push_async_callback(service.database.close)
            await service.database.prepare()
            for start in service.background:
                await stack.enter_async_context(start())
            yield

    return lifespan


def _context_getter(service: Service) -> Callable[[Request], Awaitable[BaseContext]]:
    async def context_getter(request: Request) -> BaseContext:
        header = request.headers.get("Authorization")
        viewer = await service.verifier.viewer(header)
        return service.make_context(request, viewer)

    return context_getter


async def _health() -> JSONResponse:
    return JSONResponse({"status": "UP"})


async def _refuse_token(request: Request, error: Exception) -> JSONResponse:
    del request
    return JSONResponse(
        error_body(Unauthenticated.code, str(error)),
        status_code=401,
        headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )


async def _report_unavailable(request: Request, error: Exception) -> JSONResponse:
    del request
    body = error_body(ServiceUnavailable.code, str(error))
    return JSONResponse(body, status_code=503, headers={"Retry-After": "1"})
