"""A supergraph with limits, and one call that counts a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from graphql import parse

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.exchange import RequestContext
from gateway_graphql.execution import compile_coercer
from gateway_graphql.language.pruning import NOTHING
from gateway_graphql.policy.rate_limit import (
    MemoryStore,
    RateLimiter,
    RateLimits,
    Schedule,
)
from gateway_graphql.policy.rate_limit.directive import DEFINITION, FEATURE_URL
from gateway_graphql.supergraph.operations import read_operation

LINKS = f"""
  @link(url: "https://specs.apollo.dev/federation/v2.9",
        import: ["@key", "@composeDirective"])
  @link(url: "{FEATURE_URL}", import: ["@rateLimit"])
  @composeDirective(name: "@rateLimit")
"""
SDL = """
type Query {
  me: User
  search(text: String = "all", limits: [Int!]): [Media!]!
    @rateLimit(limit: 2, by: ["ip", "arg:text"])
  report: Report
  node(id: ID!): Node @rateLimit(limit: 3, by: ["arg:id"])
  anything: [Anything!]!
}
type Mutation {
  login(email: String, username: String, password: String!): String
    @rateLimit(limit: 5, window: "1m", by: ["arg:email"])
    @rateLimit(limit: 5, window: "1m", by: ["arg:username"])
  register(input: Registration!): User
    @rateLimit(limit: 1, window: "1h", by: ["arg:input.contact.email"])
}
input Registration { contact: Contact! tags: [String!] = [] }
input Contact { email: String! }
interface Node { id: ID! rating: Int @rateLimit(limit: 1, window: "30s") }
interface Media { title: String! preview: String }
type Book implements Media & Node @key(fields: "id") {
  id: ID!
  title: String!
  preview: String @rateLimit(limit: 1)
  rating: Int
}
type Film implements Media { title: String! preview: String }
type Report @rateLimit(limit: 1, window: "1h") { text: String! author: User }
union Anything = Report | Book
type User @key(fields: "id") {
  id: ID!
  orders: [Order!]! @rateLimit(limit: 2)
}
type Order { items: [Book!]! @rateLimit(limit: 2) total: Int }
"""


def supergraph_of(sdl=SDL, links=LINKS, definition=DEFINITION):
    text = f"extend schema {links}\n{definition}\n{sdl}"
    result = compose([Subgraph("shop", url="http://shop", sdl=text)])
    assert [] == list(result.errors)
    return result.supergraph


@pytest.fixture(scope="session")
def supergraph():
    return supergraph_of()


class Clock:
    def __init__(self):
        self.now_us = 10**15

    def __call__(self):
        return self.now_us


@dataclass
class World:
    """A limiter, and requests to it."""

    supergraph: object
    settings: RateLimits = field(default_factory=RateLimits)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self):
        self.store = MemoryStore(clock=self.clock)
        self.limiter = RateLimiter(Schedule(self.settings, self.supergraph), self.store)

    def operation(self, text, name=None):
        return read_operation(parse(text), self.supergraph, name)

    def study(self, text, name=None):
        return self.limiter.study(self.operation(text, name))

    async def ask(
        self,
        text,
        variables: Mapping = (),
        context=None,
        *,
        points=0,
        removals=NOTHING,
        name=None,
    ):
        operation = self.operation(text, name)
        return await self.limiter.admit(
            self.limiter.study(operation),
            compile_coercer(operation, self.supergraph)(dict(variables)),
            context or RequestContext(address="192.0.2.1"),
            points=points,
            removals=removals,
        )


@pytest.fixture
def world(supergraph):
    def make(**settings):
        return World(supergraph, RateLimits(**settings))

    return make
