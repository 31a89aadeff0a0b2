"""Who shares a turn in the thread that prepares documents."""

import asyncio
import threading

import pytest
from graphql import ASTValidationRule

from gateway_graphql import Gateway, GraphQLRequest, RequestContext, Subgraph
from gateway_graphql.exchange import Caller
from gateway_graphql.transport.mock import MockTransport


class Turns:
    """A gateway that begins with nothing after `First` until it is told to."""

    def __init__(self):
        may_go_on = threading.Event()
        begun = []

        class Held(ASTValidationRule):
            def enter_operation_definition(self, node, *_):
                begun.append(node.name.value)
                may_go_on.wait()

        self.begun, self.go_on = begun, may_go_on.set
        self._gateway = Gateway.compose(
            Subgraph("a", sdl="type Query { a: Int }", url="http://a"),
            transports={"a": MockTransport(lambda _: {"data": {"a": 1}})},
            rules=[Held],
        )

    def ask(self, name, **who):
        request = GraphQLRequest(f"query {name} {{ a }}")
        return asyncio.ensure_future(
            self._gateway.handle(request, RequestContext(**who))
        )

    async def order(self, *asked):
        """Ask for documents one after the other; how they were begun with."""
        running = [self.ask("First", address="203.0.113.1")]
        for name, who in asked:
            running.append(self.ask(name, **who))
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.go_on()
        await asyncio.gather(*running)
        await self._gateway.aclose()
        return self.begun[1:]


def caller(subject, issuer):
    return {"caller": Caller(subject, claims={"iss": issuer})}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (caller("1", "https://a"), caller("1", "https://b")),
        (caller(None, "https://a") | {"address": "192.0.2.1"}, caller("1", "a")),
        ({"address": "192.0.2.1"}, {"address": "192.0.2.2"}),
        ({"address": "2001:db8:0:1::1"}, {"address": "2001:db8:0:2::1"}),
    ],
    ids=["issuers", "nobody named", "addresses", "networks"],
)
async def test_those_with_limits_of_their_own_take_turns(one, other):
    order = await Turns().order(("A", one), ("B", one), ("C", other))

    assert ["A", "C", "B"] == order


@pytest.mark.parametrize(
    ("one", "same"),
    [
        (
            caller("1", "https://a") | {"address": "192.0.2.1"},
            caller("1", "https://a") | {"address": "192.0.2.2"},
        ),
        ({"address": "2001:db8:0:1::1"}, {"address": "2001:db8:0:1::2"}),
        ({"address": "192.0.2.1"}, {"address": "::ffff:192.0.2.1"}),
    ],
    ids=["addresses of one caller", "one network", "one address"],
)
async def test_those_who_share_a_limit_share_their_turn(one, same):
    order = await Turns().order(("A", one), ("B", same), ("C", {"address": "::1"}))

    assert ["A", "C", "B"] == order
