"""A gateway with access rules, and what its subgraphs were asked."""

from __future__ import annotations

import pytest

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.exchange import Caller, RequestContext
from gateway_graphql.gateway import Gateway
from gateway_graphql.policy.authorization import AuthorizationSettings
from gateway_graphql.policy.gate import Policies
from gateway_graphql.transport.mock import MockTransport

LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@shareable", "@requires", "@external", "@interfaceObject",
  "@authenticated", "@requiresScopes", "@policy"])
"""


def signed_in(*scopes, subject="alice", **claims):
    return RequestContext(caller=Caller(subject, frozenset(scopes), claims))


def supergraph_of(subgraphs):
    composed = compose(
        [
            Subgraph(name=name, sdl=sdl if "@link(" in sdl else LINK + sdl)
            for name, sdl in subgraphs.items()
        ]
    )
    assert () == tuple(composed.errors)
    return composed.supergraph_sdl


class World:
    """A gateway over subgraphs with fixed answers.

    Attributes:
        asked: Every request to a subgraph, as `name: document`.
    """

    def __init__(self, subgraphs, answers, sdl=None, **settings):
        self.asked = []
        self.variables = []
        self.gateway = Gateway.from_supergraph(
            sdl or supergraph_of(subgraphs),
            transports={
                name: MockTransport(self._answering(name, answer))
                for name, answer in answers.items()
            },
            gate=Policies(authorization=AuthorizationSettings(**settings)),
        )

    def _answering(self, name, answer):
        def respond(request):
            self.asked.append(f"{name}: {request.query}")
            self.variables.append(dict(request.variables))
            return {"data": answer(request) if callable(answer) else answer}

        return respond

    async def ask(self, query, context=None, **variables):
        """The answer's data, and its errors as pairs of path and affected path."""
        result = await self.gateway.execute(query, variables, context=context)
        return result.data, [
            (e.get("path"), e["extensions"].get("affectedPath"))
            if e["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
            else e
            for e in result.errors
        ]


@pytest.fixture
async def world():
    made = []

    def make(*args, **kwargs):
        made.append(World(*args, **kwargs))
        return made[-1]

    yield make
    for one in made:
        await one.gateway.aclose()


@pytest.fixture
def caller():
    return signed_in
