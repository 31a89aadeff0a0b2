"""REST as a face of a server: settings that let an application answer by them."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import FastAPI

from gateway_graphql.gateway import Gateway
from gateway_graphql.rest.serving.routes import add_endpoints, nothing_here
from gateway_graphql.rest.settings import EndpointSettings
from gateway_graphql.server.border.rules import Border
from gateway_graphql.server.graphql.endpoint import RequestLimits
from gateway_graphql.spelling import tells_options


@tells_options
@dataclass(frozen=True, slots=True)
class RestSettings(EndpointSettings):
    """Which endpoints a server has, and what is said of them."""

    def mount(
        self,
        app: FastAPI,
        gateway: Gateway,
        limits: RequestLimits | None,
        border: Border | None,
    ) -> None:
        """Let an application answer at the endpoints' paths, before its own routes.

        Raises:
            ConfigInvalid: An endpoint is wrong, or is where something else is.
        """
        add_endpoints(app, gateway, self, limits, border)
        app.add_exception_handler(HTTPStatus.NOT_FOUND, nothing_here)
