"""`RateLimit` on a Strawberry subgraph, from its SDL to a counted request."""

import strawberry
from graphql import parse
from strawberry.federation import Schema

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.exchange import RequestContext
from gateway_graphql.policy.rate_limit import (
    MemoryStore,
    RateLimiter,
    RateLimits,
    Schedule,
)
from gateway_graphql.strawberry import RateLimit
from gateway_graphql.supergraph.operations import read_operation
from gateway_graphql.supergraph.reading import read_supergraph


@strawberry.federation.type(
    keys=["id"], directives=[RateLimit(limit=100, window="1h", by=["user"])]
)
class User:
    id: strawberry.ID


@strawberry.type
class Query:
    @strawberry.field
    def me(self) -> User | None:
        return None


@strawberry.type
class Mutation:
    @strawberry.mutation(
        directives=[
            RateLimit(limit=2, by=["arg:email"]),
            RateLimit(limit=50, window="1h", by=["ip"], burst=3, cost=2),
        ]
    )
    def login(self, email: str) -> str:
        return email


def supergraph_sdl():
    schema = Schema(query=Query, mutation=Mutation)
    return compose([Subgraph("users", schema=schema)]).supergraph_sdl


def test_the_directive_is_composed_with_its_arguments():
    sdl = supergraph_sdl()

    assert (
        '  @link(url: "https://gateway-graphql.dev/rateLimit/v1.0",'
        ' import: ["@rateLimit"])\n'
    ) in sdl
    assert (
        '  login(email: String!): String! @rateLimit(limit: 2, window: "1m",'
        ' by: ["arg:email"], burst: null, cost: 1) @rateLimit(limit: 50,'
        ' window: "1h", by: ["ip"], burst: 3, cost: 2)\n'
    ) in sdl
    assert (
        '  @rateLimit(limit: 100, window: "1h", by: ["user"], burst: null, cost: 1)\n'
    ) in sdl


async def test_the_limits_of_the_subgraph_are_those_of_the_gateway():
    supergraph = read_supergraph(supergraph_sdl())
    limiter = RateLimiter(Schedule(RateLimits(), supergraph), MemoryStore())
    document = parse(
        'mutation { a: login(email: "a") b: login(email: "b") c: login(email: "a") }'
    )
    operation = read_operation(document, supergraph)
    grant = await limiter.admit(limiter.study(operation), {}, RequestContext())

    # The second limit gives three at once and each call takes two.
    assert {("b",), ("c",)} == grant.removals
