"""Measure what a REST call costs beside the same GraphQL call (`make bench-rest`).

Both go through the whole application, called as ASGI in this process, over a subgraph that
answers at once: so what is compared is all that the gateway does, and nothing that a
network or a client adds to both. The GraphQL call is a POST of the endpoint's own
operation and variables. Figures are CPU microseconds a call, the least of many short rounds
in which the two take turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway_graphql import Gateway, Subgraph
from gateway_graphql.cli.garbage import keep_what_is_there
from gateway_graphql.rest import RestSettings, read_endpoints, world_of
from gateway_graphql.server import create_app
from gateway_graphql.transport.base import SubgraphReply, SubgraphRequest

TARGET = 1.3

SDL = """
type Query {
  product(id: ID!): Product
  products(sort: Sort = NEW, first: Int = 10, after: String): Products!
}
type Mutation { add(product: NewProduct!): Product }
type Product { id: ID! name: String! price: Int! stock: Int tags: [String!]! }
type Products { nodes: [Product!]! pageInfo: PageInfo! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
enum Sort { NEW CHEAP }
input NewProduct { name: String! price: Int! tags: [String!] }
"""

OPERATIONS = """
query Product($id: ID!) @rest(path: "/products/{id}", unwrap: "product") {
  product(id: $id) { id name price stock tags }
}
query Products($sort: Sort, $first: Int, $after: String) @rest(
  path: "/products", unwrap: "products.nodes"
) {
  products(sort: $sort, first: $first, after: $after) {
    nodes { id name price stock tags }
    pageInfo { hasNextPage endCursor }
  }
}
query Reshaped($id: ID!) @rest(
  path: "/reshaped/{id}", unwrap: "product"
  select: "{product_id: to_number(id), name: name, price: price}"
) { product(id: $id) { id name price } }
mutation Add($product: NewProduct! @body) @rest(
  path: "/products", method: POST, unwrap: "add", status: 201, location: "/products/{id}"
) { add(product: $product) { id name price stock tags } }
"""

PRODUCT = {"id": "7", "name": "Lamp", "price": 2990, "stock": 3, "tags": ["a", "b"]}
PAGE = {"hasNextPage": True, "endCursor": "abc"}


@dataclass(frozen=True, slots=True)
class Call:
    """One endpoint's call, and what GraphQL takes for the same."""

    name: str
    endpoint: str
    method: str
    path: str
    variables: Mapping[str, Any]
    query: str = ""
    body: Any = None


CALLS = (
    Call("one product", "Product", "GET", "/products/7", {"id": "7"}),
    Call(
        "ten products, links",
        "Products",
        "GET",
        "/products",
        {"sort": "CHEAP", "first": 10},
        query="sort=CHEAP&first=10",
    ),
    Call("one product, select", "Reshaped", "GET", "/reshaped/7", {"id": "7"}),
    Call(
        "a mutation, location",
        "Add",
        "POST",
        "/products",
        {"product": {"name": "Lamp", "price": 2990}},
        body={"name": "Lamp", "price": 2990},
    ),
)


class Instant:
    """A subgraph that has every answer ready."""

    async def send(self, request: SubgraphRequest) -> SubgraphReply:
        """Answer with what the operation is about."""
        text = request.query
        if "mutation" in text:
            return _MUTATION
        return _LIST if "products" in text else _ONE


def _reply(data: Mapping[str, Any]) -> SubgraphReply:
    return SubgraphReply(status=200, body=json.dumps({"data": data}).encode())


_ONE = _reply({"product": PRODUCT})
_LIST = _reply({"products": {"nodes": [PRODUCT] * 10, "pageInfo": PAGE}})
_MUTATION = _reply({"add": PRODUCT})

Ask = Callable[[], Awaitable[None]]


def asking(app: Any, method: str, path: str, query: str, body: bytes) -> Ask:
    """A call of an application, without a client's costs."""
    scope_of = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [
            (b"host", b"gateway"),
            (b"user-agent", b"bench"),
            (b"accept", b"application/json"),
            *([(b"content-type", b"application/json")] if body else []),
        ],
        "client": ("127.0.0.1", 1234),
        "server": ("127.0.0.1", 4000),
    }
    message = {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        if message.get("status", 200) >= 400:  # noqa: PLR2004 - the classes of failure
            raise AssertionError(message)

    async def ask() -> None:
        waiting = [message]

        async def receive() -> Mapping[str, Any]:
            # After the body a server says nothing more until the client is gone.
            return waiting.pop() if waiting else await asyncio.Future()

        await app(dict(scope_of), receive, send)

    return ask


async def cpu_us(ask: Ask, calls: int) -> float:
    """CPU microseconds a call."""
    started = time.process_time()
    for _ in range(calls):
        await ask()
    return (time.process_time() - started) / calls * 1e6


async def measure(rounds: int, calls: int) -> dict[str, tuple[float, float]]:
    """Name of a call -> microseconds of GraphQL and of REST."""
    gateway = Gateway.compose(
        Subgraph("shop", sdl=SDL, url="http://shop"), transports={"shop": Instant()}
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "endpoints.graphql"
        path.write_text(OPERATIONS)
        app = create_app(gateway, rest=RestSettings((path,)))
        endpoints = read_endpoints([path], world_of(gateway.runtime))
    text_by_name = {endpoint.name: endpoint.text for endpoint in endpoints}
    keep_what_is_there()
    figures: dict[str, tuple[float, float]] = {}
    for call in CALLS:
        graphql_body = json.dumps(
            {"query": text_by_name[call.endpoint], "variables": call.variables}
        ).encode()
        rest_body = b"" if call.body is None else json.dumps(call.body).encode()
        graphql = asking(app, "POST", "/graphql", "", graphql_body)
        rest = asking(app, call.method, call.path, call.query, rest_body)
        pairs = [
            (await cpu_us(graphql, calls), await cpu_us(rest, calls))
            for _ in range(rounds)
        ]
        figures[call.name] = (min(g for g, _ in pairs), min(r for _, r in pairs))
    await gateway.aclose()
    return figures


def main() -> None:
    """Print the figures; fail if REST costs more than the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--calls", type=int, default=150)
    options = parser.parse_args()
    figures = asyncio.run(measure(options.rounds, options.calls))
    print(f"{'CPU us a call':<24}{'GraphQL':>10}{'REST':>10}{'REST/GraphQL':>15}")
    for name, (graphql, rest) in figures.items():
        print(f"  {name:<22}{graphql:>10.1f}{rest:>10.1f}{rest / graphql:>15.2f}")
    print(f"  target: at most {TARGET:g}")
    if any(rest > graphql * TARGET for graphql, rest in figures.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
