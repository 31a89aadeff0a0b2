"""A small supergraph, products joined to reviews by entity, and its hand-made plan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from gateway_graphql.execution import CompiledPlan, ForRequest, compile_plan, execute
from gateway_graphql.execution.result import ExecutionResult
from gateway_graphql.language.field_set import parse_field_set
from gateway_graphql.language.operation import Operation, OperationKind
from gateway_graphql.planning.plan import (
    EntityInput,
    FetchNode,
    QueryPlan,
    RepresentationField,
)
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.supergraph.reading import read_supergraph
from gateway_graphql.transport import MockTransport
from tests.subgraph_operations import sent

SDL_HEAD = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)
{ query: Query }
directive @inaccessible on FIELD_DEFINITION | OBJECT | ENUM_VALUE | INPUT_FIELD_DEFINITION
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph) repeatable on FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT
directive @join__type(graph: join__Graph!, key: join__FieldSet, isInterfaceObject: Boolean! = false) repeatable on OBJECT
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph {
  PRODUCTS @join__graph(name: "products", url: "")
  REVIEWS @join__graph(name: "reviews", url: "")
}
"""

SHOP_SDL = (
    SDL_HEAD
    + """
type Query @join__type(graph: PRODUCTS) @join__type(graph: REVIEWS) {
  products: [Product] @join__field(graph: PRODUCTS)
}
type Product
  @join__type(graph: PRODUCTS, key: "id") @join__type(graph: REVIEWS, key: "id")
{
  id: ID!
  name: String @join__field(graph: PRODUCTS)
  reviews: [Review] @join__field(graph: REVIEWS)
  latest: Review! @join__field(graph: REVIEWS)
  rating: Float @join__field(graph: REVIEWS)
  count: Int @join__field(graph: REVIEWS)
}
type Review @join__type(graph: REVIEWS) { id: ID! body: String }
"""
)


def make_operation(
    text: str, *, kind: OperationKind = OperationKind.QUERY
) -> Operation:
    return Operation(kind, None, (), parse_field_set(text).selections)


@pytest.fixture
def operation() -> Callable[..., Operation]:
    """Selections as text -> an operation."""
    return make_operation


@pytest.fixture
def supergraph_of() -> Callable[[str], Supergraph]:
    """Types as SDL with joins -> a supergraph of the subgraphs products and reviews."""
    return lambda types: read_supergraph(SDL_HEAD + types)


@pytest.fixture
def shop() -> Supergraph:
    return read_supergraph(SHOP_SDL)


def shop_plan(query: str, entity_fields: str) -> QueryPlan:
    return QueryPlan(
        make_operation(query),
        (
            FetchNode(
                0,
                "products",
                "root",
                sent("{ products { __typename id name } }"),
            ),
            FetchNode(
                1,
                "reviews",
                "entity",
                sent(
                    "query($r: [_Any!]!) { _entities(representations: $r) "
                    f"{{ ... on Product {{ {entity_fields} }} }} }}",
                ),
                (
                    EntityInput(
                        "_entities",
                        "r",
                        (("products", "@"),),
                        (RepresentationField("id", "id", is_key=True),),
                    ),
                ),
                after=(0,),
            ),
        ),
    )


@pytest.fixture
def products_and_reviews(shop) -> CompiledPlan:
    """The plan of two products' names and reviews."""
    return compile_plan(
        shop_plan("products { id name reviews { id body } }", "reviews { id body }"),
        shop,
    )


TWO_PRODUCTS = {
    "data": {
        "products": [
            {"__typename": "Product", "id": "1", "name": "Laptop"},
            {"__typename": "Product", "id": "2", "name": "Phone"},
        ]
    }
}


@pytest.fixture
def two_products() -> dict[str, Any]:
    """The products subgraph's answer."""
    return TWO_PRODUCTS


@pytest.fixture
def plan_of_shop(shop) -> Callable[[str, str], CompiledPlan]:
    """A query and the fields of it that reviews gives -> a compiled plan."""
    return lambda query, entity_fields: compile_plan(
        shop_plan(query, entity_fields), shop
    )


Answer = Callable[[CompiledPlan, Mapping[str, Any]], Awaitable[ExecutionResult]]


@pytest.fixture(params=["at first", "again"])
def answer(request: pytest.FixtureRequest) -> Answer:
    """Execute a plan with one answer (or handler) per subgraph.

    It is a plan's first execution, or one of the later, which take the fast path. What
    the replies said beside their bodies is left out.
    """

    async def run(
        compiled: CompiledPlan,
        handlers: Mapping[str, Any],
        variables: Mapping[str, Any] | None = None,
    ) -> ExecutionResult:
        transports = {
            name: MockTransport(
                handler if callable(handler) else lambda _, given=handler: given
            )
            for name, handler in handlers.items()
        }
        if request.param == "again":
            compiled.fast.plan(variables or {})
        result = await execute(
            compiled, ForRequest(variables=variables or {}, transports=transports)
        )
        data = msgspec.json.decode(msgspec.json.encode(result.data))
        return replace(result, data=data, replies=())

    return run
