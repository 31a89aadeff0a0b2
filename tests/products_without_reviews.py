"""The answer of the products' supergraph when its reviews cannot be had."""

from __future__ import annotations

from unittest.mock import ANY

REVIEWS = (("products", 0, "reviews"), ("products", 1, "reviews"))
SERVED_BY_REVIEWS = (("serviceName", "reviews"),)
FAILED_IN_REVIEWS = (*SERVED_BY_REVIEWS, ("errorId", ANY))
PRODUCTS_WITHOUT_REVIEWS = {
    "products": [
        {"id": "1", "name": "Laptop", "reviews": None},
        {"id": "2", "name": "Phone", "reviews": None},
    ]
}


def failing(error):
    """A handler of a mock transport that raises an error."""

    def handler(_):
        raise error

    return handler
