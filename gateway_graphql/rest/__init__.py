"""REST endpoints: named operations with addresses.

An endpoint is an operation with `@rest`: a persisted operation that is asked for by a
path. It goes through the same `gateway.handle` as any other operation, so there is no
second executor, and what holds for GraphQL (who may, how often, how much) holds here.

    settings             which endpoints there are
    definition           files -> endpoints, checked at start
    serving              HTTP request -> variables -> the gateway's answer -> HTTP
    describing           endpoints -> OpenAPI 3.1 and its pages, a Python client, a
                         Postman collection
"""

from gateway_graphql.rest.definition.compile import World
from gateway_graphql.rest.definition.endpoint import Endpoint
from gateway_graphql.rest.definition.files import read_endpoints
from gateway_graphql.rest.describing.openapi import openapi_document
from gateway_graphql.rest.serving.application import (
    RestEndpoints,
    world_of,
)
from gateway_graphql.rest.serving.face import RestSettings
from gateway_graphql.rest.serving.routes import add_endpoints
from gateway_graphql.rest.settings import SecurityScheme

__all__ = [
    "Endpoint",
    "RestEndpoints",
    "RestSettings",
    "SecurityScheme",
    "World",
    "add_endpoints",
    "openapi_document",
    "read_endpoints",
    "world_of",
]
