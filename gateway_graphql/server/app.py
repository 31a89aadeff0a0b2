"""A gateway as a FastAPI application, or as a router for one's own.

`create_app` puts the GraphQL endpoint in front of FastAPI's router: a POST never sees
it. `graphql_router` is for an application that has other routes beside the gateway and
wants the gateway's address to be one of them.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Protocol, TypedDict

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway_graphql.gateway import Gateway
from gateway_graphql.server.border.cors import CrossOrigin
from gateway_graphql.server.border.rules import Border
from gateway_graphql.server.graphql.endpoint import GraphQLEndpoint, RequestLimits
from gateway_graphql.server.pages.health import health_router
from gateway_graphql.server.pages.landing import landing_router
from gateway_graphql.server.pages.playground import (
    PAGE_HEADERS,
    Playground,
    PlaygroundOptions,
)
from gateway_graphql.spelling import tells_options
from gateway_graphql.wire.accept import wants_page

GRAPHQL_PATH = "/graphql"

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
"""All of them come to the endpoint, which knows how to refuse in GraphQL's terms."""

_STORED_DOCUMENT_PARAMETERS = frozenset({"documentId", "id", "extensions"})
"""A GET that names a document by one of these alone asks for data, whatever it accepts:
the page has nothing to show of it. One with its text is a link to the page."""


class Face(Protocol):
    """Another way to ask a gateway, in the application that answers GraphQL."""

    @property
    def has_documentation(self) -> bool:
        """Whether there are pages about it at `/docs`."""
        ...

    def mount(
        self,
        app: FastAPI,
        gateway: Gateway,
        limits: RequestLimits | None,
        border: Border | None,
    ) -> None:
        """Let the application answer by it, before its own routes.

        Raises:
            ConfigInvalid: It cannot be there.
        """
        ...


class Faces(TypedDict, total=False):
    """What `create_app` takes beside a gateway, to be passed on."""

    graphiql: bool
    playground: PlaygroundOptions | None
    limits: RequestLimits | None
    border: Border | None
    rest: Face | None


@tells_options
def create_app(
    gateway: Gateway,
    *,
    graphiql: bool = True,
    playground: PlaygroundOptions | None = None,
    limits: RequestLimits | None = None,
    border: Border | None = None,
    rest: Face | None = None,
) -> FastAPI:
    """Make the application that `gateway-graphql serve` runs.

    Args:
        gateway: Closed when the application ends.
        graphiql: Whether browsers get GraphiQL at `/graphql`.
        playground: What GraphiQL offers beside an editor.
        limits: What a client may ask.
        border: Who may ask, and from where.
        rest: What answers beside `/graphql`, such as `RestSettings`, if anything does.
    """
    app = FastAPI(
        title="GraphQL gateway",
        lifespan=gateway.lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # A redirect would be built from the Host that the client sends.
        redirect_slashes=False,
    )
    router = graphql_router(
        gateway,
        graphiql=graphiql,
        playground=playground,
        limits=limits,
        border=border,
    )
    app.include_router(router, prefix=GRAPHQL_PATH)
    has_docs = rest is not None and rest.has_documentation
    app.include_router(landing_router(has_playground=graphiql, has_docs=has_docs))
    app.include_router(health_router(gateway), prefix="/health")
    if rest is not None:
        rest.mount(app, gateway, limits, border)
    endpoint = _endpoint(gateway, limits, border)
    app.add_middleware(_PostFirst, endpoint=endpoint)
    app.state.endpoint = endpoint
    return app


def whole_post_endpoint(app: object) -> GraphQLEndpoint | None:
    """What answers a POST to `GRAPHQL_PATH` that a server has whole, past ASGI.

    Returns:
        `None` if the application is none of `create_app`, or has to change the answer.
    """
    endpoint = (
        getattr(app.state, "endpoint", None) if isinstance(app, FastAPI) else None
    )
    return endpoint if isinstance(endpoint, GraphQLEndpoint) else None


@tells_options
def graphql_router(
    gateway: Gateway,
    *,
    graphiql: bool = True,
    playground: PlaygroundOptions | None = None,
    limits: RequestLimits | None = None,
    border: Border | None = None,
) -> APIRouter:
    """Make a router that answers GraphQL at its own prefix.

    Include it with `app.include_router(graphql_router(gateway), prefix="/graphql")`,
    and give the application `lifespan=gateway.lifespan`.
    """
    router = APIRouter()
    endpoint = _endpoint(gateway, limits, border)
    if not graphiql:
        router.add_api_route(
            "",
            lambda: _Delegated(endpoint),
            methods=_METHODS,
            include_in_schema=False,
            response_model=None,
        )
        return router
    page = Playground(playground)

    @router.api_route(
        "", methods=_METHODS, include_in_schema=False, response_model=None
    )
    async def graphql(request: Request) -> Response:
        if _asks_for_page(request):
            path = request.scope["root_path"] + request.url.path
            return HTMLResponse(page.page(path), headers=PAGE_HEADERS)
        return _Delegated(endpoint)

    @router.head("/static/{name}", include_in_schema=False, response_model=None)
    @router.get("/static/{name}", include_in_schema=False, response_model=None)
    async def static(name: str, request: Request) -> Response:
        asset = page.asset(name)
        if asset is None:
            return PlainTextResponse("Not found", HTTPStatus.NOT_FOUND)
        body, headers = asset.body(request.headers.get("accept-encoding", ""))
        return Response(body, media_type=asset.media_type, headers=dict(headers))

    return router


def _endpoint(
    gateway: Gateway, limits: RequestLimits | None, border: Border | None
) -> ASGIApp:
    """The endpoint, in CORS if a page of another origin may read its answers."""
    endpoint = GraphQLEndpoint(gateway, limits, border)
    if border is None or not border.origins:
        return endpoint
    return CrossOrigin(endpoint, border.origins)


def _asks_for_page(request: Request) -> bool:
    parameters = request.query_params.keys()
    return (
        request.method == "GET"
        and ("query" in parameters or not _STORED_DOCUMENT_PARAMETERS & parameters)
        and wants_page(request.headers.get("accept", ""))
    )


class _Delegated(Response):
    """A response that an ASGI application gives, the request's body still unread."""

    def __init__(self, application: ASGIApp) -> None:
        super().__init__()
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._application(scope, receive, send)


class _PostFirst:
    """Takes a POST to `/graphql` before the router, a route costing four times as much."""

    def __init__(self, app: ASGIApp, endpoint: ASGIApp) -> None:
        self._app = app
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_post = (
            scope["type"] == "http"
            and scope["method"] == "POST"
            and scope["path"] == GRAPHQL_PATH
        )
        await (self._endpoint if is_post else self._app)(scope, receive, send)
