"""The endpoints and their documentation in a FastAPI application."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.gateway import Gateway
from gateway_graphql.rest.definition.endpoint import PROBLEM_JSON, Endpoint
from gateway_graphql.rest.describing.documentation import (
    OPENAPI_PATH,
    documentation_router,
)
from gateway_graphql.rest.describing.openapi import openapi_document
from gateway_graphql.rest.serving.application import RestEndpoints
from gateway_graphql.rest.serving.problems import NOT_FOUND
from gateway_graphql.rest.settings import EndpointSettings
from gateway_graphql.server.border.cors import CrossOrigin
from gateway_graphql.server.border.revalidation import not_kept
from gateway_graphql.server.border.rules import Border
from gateway_graphql.server.graphql.endpoint import RequestLimits
from gateway_graphql.spelling import tells_options

_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"


@tells_options
def add_endpoints(
    app: FastAPI,
    gateway: Gateway,
    settings: EndpointSettings,
    limits: RequestLimits | None = None,
    border: Border | None = None,
) -> None:
    """Let an application answer at the endpoints' paths, before its own routes.

    With documentation, its `/openapi.json` describes the endpoints, and `/docs` and
    `/redoc` show it.

    Args:
        app: The application; its routes must be there already.
        gateway: Executes the operations.
        settings: Which endpoints there are.
        limits: What a client may ask.
        border: Who may ask, and from where.

    Raises:
        ConfigInvalid: An endpoint is wrong, or is where something else is.
    """
    endpoints = RestEndpoints(gateway, settings, limits, border)
    if settings.has_documentation:
        _describe(app, endpoints, settings)
    _refuse_taken(endpoints.endpoints, app)
    app.add_middleware(_EndpointsFirst, endpoints=endpoints, border=border)


async def nothing_here(_request: Request, _error: Exception) -> Response:
    """Answer where nothing is as an endpoint does that finds nothing."""
    body = NOT_FOUND.encoded(0)
    return Response(body, NOT_FOUND.status, not_kept({}), PROBLEM_JSON)


def _refuse_taken(endpoints: Sequence[Endpoint], app: FastAPI) -> None:
    problems = [
        f"{one.origin}: the path {one.path.text} is taken by the gateway itself."
        for one in endpoints
        if any(_is_at(route, one.path.text) for route in app.routes)
    ]
    if problems:
        raise ConfigInvalid("\n".join(problems))


def _is_at(route: BaseRoute, path: str) -> bool:
    scope = {"type": "http", "method": "GET", "path": path, "root_path": ""}
    return route.matches(scope)[0] is not Match.NONE


def _describe(
    app: FastAPI, endpoints: RestEndpoints, settings: EndpointSettings
) -> None:
    # For which endpoints the document was made last, and the document.
    made: list[tuple[tuple[Endpoint, ...], dict[str, Any]]] = []

    def document() -> dict[str, Any]:
        current = endpoints.endpoints
        if not made or made[0][0] is not current:
            made[:] = [(current, openapi_document(current, settings))]
        return made[0][1]

    async def openapi(request: Request) -> Response:
        root = request.scope.get("root_path", "")
        described = document()
        if root:
            described = {**described, "servers": [{"url": root}]}
        return JSONResponse(described)

    app.add_api_route(
        OPENAPI_PATH, openapi, methods=["GET", "HEAD"], include_in_schema=False
    )
    app.include_router(documentation_router(settings.title))
    app.openapi = document  # type: ignore[method-assign] # FastAPI's documented hook


class _EndpointsFirst:
    """Takes what has an endpoint; the rest is for the application."""

    def __init__(
        self, app: ASGIApp, endpoints: RestEndpoints, border: Border | None
    ) -> None:
        self._app = app
        self._endpoints = endpoints
        self._crossing: ASGIApp | None = None
        if border is not None and border.origins:
            self._crossing = CrossOrigin(self._answer, border.origins, methods=_METHODS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        matched = self._endpoints.match(scope)
        if matched is None:
            await self._app(scope, receive, send)
        elif self._crossing is not None:
            await self._crossing(scope, receive, send)
        else:
            await self._endpoints.answer(matched, scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        matched = self._endpoints.match(scope)
        if matched is None:
            raise AssertionError("it matched a moment ago")
        await self._endpoints.answer(matched, scope, receive, send)
