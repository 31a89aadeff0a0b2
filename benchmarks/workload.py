"""A small shop of four subgraphs that answer from memory, and what is asked of it.

It is there wherever the repository is, so a cost that is measured on it can be measured
again by everybody, and held by a test. A subgraph answers an operation once, with
graphql-core over the values below; from then on the same operation gets the same bytes,
so that what is measured is the gateway alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any, Final, TypeAlias

import msgspec
from graphql import build_schema, graphql_sync
from starlette.types import ASGIApp

from gateway_graphql import Gateway, Subgraph
from gateway_graphql.exchange import GraphQLRequest
from gateway_graphql.gateway.composing import composed
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.transport.base import SubgraphReply, SubgraphRequest

Values: TypeAlias = dict[str, Any]
Entity: TypeAlias = Callable[[Values], Values]
"""The values of an entity, by what represents it."""

LINK: Final = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", '
    'import: ["@key", "@external", "@requires", "@shareable"])\n'
)
SDLS: Final[Mapping[str, str]] = {
    "users": """
        type Query { users: [User!]! }
        type User @key(fields: "id") { id: ID! name: String! email: String }
    """,
    "products": """
        type Query { products(first: Int = 5): [Product!]! }
        type Product @key(fields: "id") {
          id: ID! name: String! price: Int! weight: Int
        }
    """,
    "stock": """
        type Product @key(fields: "id") {
          id: ID!
          price: Int! @external
          weight: Int @external
          inStock: Boolean!
          shipping: Int @requires(fields: "price weight")
        }
    """,
    "reviews": """
        type User @key(fields: "id") { id: ID! reviews: [Review!]! }
        type Product @key(fields: "id") { id: ID! reviews: [Review!]! }
        type Review @key(fields: "id") {
          id: ID! body: String! stars: Int product: Product! author: User!
        }
    """,
}

LIGHT: Final = GraphQLRequest(
    "query Light($first: Int) { products(first: $first) { name price } }",
    variables={"first": 5},
)
HEAVY: Final = GraphQLRequest(
    """
    query Heavy($first: Int) {
      users { id name reviews { ...review product { ...product } } }
      products(first: $first) {
        ...product
        reviews { ...review author { id name reviews { ...review } } }
      }
    }
    fragment product on Product { id name price weight inStock shipping }
    fragment review on Review { id body stars }
    """,
    variables={"first": 5},
)

_SCOPE: Final[Mapping[str, Any]] = {
    "type": "http",
    "asgi": {"version": "3.0", "spec_version": "2.3"},
    "http_version": "1.1",
    "method": "POST",
    "scheme": "http",
    "path": "/graphql",
    "raw_path": b"/graphql",
    "root_path": "",
    "query_string": b"",
    "client": ("192.0.2.1", 50000),
    "server": ("192.0.2.2", 4000),
}
_HEADERS: Final = (
    (b"host", b"gateway.example.com"),
    (b"user-agent", b"workload"),
    (b"accept", b"application/graphql-response+json, application/json;q=0.9"),
    (b"content-type", b"application/json"),
)


class FromMemory:
    """A subgraph that answers what it was asked before with the same bytes.

    Args:
        sdl: Its SDL, without what the federation specification adds.
        roots: What its root fields give.
        entities: What it knows of entities, by their type.
    """

    def __init__(self, sdl: str, roots: Values, entities: Mapping[str, Entity]) -> None:
        extend = "extend " if roots else ""
        more = (
            f"scalar _Any union _Entity = {' | '.join(entities)} "
            f"{extend}type Query {{ _entities(representations: [_Any!]!): [_Entity]! }}"
        )
        self._schema = build_schema(sdl + more, assume_valid_sdl=True)
        self._roots = {**roots, "_entities": self._resolve}
        self._entities = entities
        self._replies: dict[str, SubgraphReply] = {}

    async def send(self, request: SubgraphRequest) -> SubgraphReply:
        """Answer; one text is always asked with the same variables."""
        reply = self._replies.get(request.query)
        if reply is None:
            reply = self._replies[request.query] = self._answer(request)
        return reply

    def _answer(self, request: SubgraphRequest) -> SubgraphReply:
        result = graphql_sync(
            self._schema,
            request.query,
            self._roots,
            variable_values=dict(request.variables),
        )
        if result.errors:
            raise AssertionError(result.errors)
        return SubgraphReply(200, msgspec.json.encode({"data": result.data}))

    def _resolve(
        self, _info: object, representations: Sequence[Values]
    ) -> list[Values]:
        return [
            {"__typename": one["__typename"], **self._entities[one["__typename"]](one)}
            for one in representations
        ]


@cache
def supergraph() -> Supergraph:
    """The shop, composed."""
    return supergraph_of(SDLS)


def supergraph_of(sdls: Mapping[str, str]) -> Supergraph:
    """Subgraphs composed."""
    return composed([Subgraph(name, sdl=LINK + sdl) for name, sdl in sdls.items()])


def subgraphs(*, users: int = 12, products: int = 10) -> dict[str, FromMemory]:
    """The four, with so many users and products, and five reviews of each user."""
    all_products = [_product(number) for number in range(products)]
    return {
        "users": FromMemory(
            SDLS["users"],
            {"users": [_user(number) for number in range(users)]},
            {"User": lambda one: _user(int(one["id"]))},
        ),
        "products": FromMemory(
            SDLS["products"],
            {"products": lambda _info, first: all_products[:first]},
            {"Product": lambda one: all_products[int(one["id"])]},
        ),
        "stock": FromMemory(SDLS["stock"], {}, {"Product": _stock}),
        "reviews": _reviews(users, products),
    }


def gateway(**options: Any) -> Gateway:
    """A gateway over the shop."""
    return Gateway.from_supergraph(supergraph(), transports=subgraphs(), **options)


async def posted(app: ASGIApp, request: GraphQLRequest) -> bytes:
    """The body of the answer of a whole application, asked as a server asks it."""
    text = {"query": request.query, "variables": request.variables}
    body = msgspec.json.encode(text)
    length = (b"content-length", str(len(body)).encode())
    received = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        # The client stays until it is answered.
        return received.pop() if received else await asyncio.Future()

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await app({**_SCOPE, "headers": [*_HEADERS, length]}, receive, send)
    if sent[0]["status"] != HTTPStatus.OK:
        raise AssertionError(sent)
    answer: bytes = sent[-1]["body"]
    return answer


def _user(number: int) -> Values:
    name = f"User {number}"
    return {"id": str(number), "name": name, "email": f"{number}@example.com"}


def _product(number: int) -> Values:
    price, weight = 100 + number, 10 * number
    return {
        "id": str(number),
        "name": f"Product {number}",
        "price": price,
        "weight": weight,
    }


def _stock(product: Values) -> Values:
    is_heavy = product.get("price", 0) > product.get("weight", 0)
    return {"id": product["id"], "inStock": True, "shipping": 0 if is_heavy else 5}


def _reviews(users: int, products: int) -> FromMemory:
    every: list[Values] = []

    def about(role: str, of: str) -> Values:
        return {
            "id": of,
            "reviews": lambda _info: [one for one in every if one[f"{role}Id"] == of],
        }

    def review(number: int) -> Values:
        author, product = str(number // 5), str(number % products)
        return {
            "id": str(number),
            "body": f"What was thought of it, in a sentence of some length ({number})",
            "stars": number % 5 + 1,
            "authorId": author,
            "author": about("author", author),
            "productId": product,
            "product": about("product", product),
        }

    every += map(review, range(5 * users))
    entities: dict[str, Entity] = {
        "User": lambda one: about("author", one["id"]),
        "Product": lambda one: about("product", one["id"]),
        "Review": lambda one: every[int(one["id"])],
    }
    return FromMemory(SDLS["reviews"], {}, entities)
