"""Endpoints -> what clients are written with: a Python module, a Postman collection."""

from gateway_graphql.rest.describing.clients.postman import postman_collection
from gateway_graphql.rest.describing.clients.python import python_client

__all__ = ["postman_collection", "python_client"]
