"""What composition keeps, the gateway serves: field sets in braces, `@oneOf`."""

from __future__ import annotations

import pytest
import strawberry

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.gateway import Gateway
from gateway_graphql.transport.mock import MockTransport

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",'
    ' import: ["@key", "@external", "@requires"])\n'
)


def supergraph(*sdls):
    result = compose(
        [
            Subgraph(name=f"s{n}", url=f"http://s{n}", sdl=LINK + sdl)
            for n, sdl in enumerate(sdls)
        ]
    )
    assert () == result.errors
    return result.supergraph_sdl


async def test_field_sets_in_braces_are_served():
    sdl = supergraph(
        'type Query { visit: Guest } type Guest @key(fields: "{ id }") { id: ID!'
        ' age: Int @external half: Int @requires(fields: "{ age }") }',
        'type Guest @key(fields: "id") { id: ID! age: Int }',
    )
    guest = {"__typename": "Guest", "id": "1"}

    def first(request):
        if "_entities" in request.query:
            return {"data": {"_entities": [{"half": 2}]}}
        return {"data": {"visit": guest}}

    transports = {
        "s0": MockTransport(first),
        "s1": MockTransport(lambda _: {"data": {"_entities": [{"age": 4}]}}),
    }
    assert '"{ id }"' in sdl

    async with Gateway.from_supergraph(sdl, transports=transports) as gateway:
        result = await gateway.execute("{ visit { age half } }")

    assert {"visit": {"age": 4, "half": 2}} == result.data


ONE_OF = """
directive @oneOf on INPUT_OBJECT
type Query { pick(by: By!): String }
input By @oneOf { id: ID no: Int }
"""


@pytest.fixture
def picking():
    transports = {"s0": MockTransport(lambda _: {"data": {"pick": "x"}})}
    return Gateway.from_supergraph(supergraph(ONE_OF), transports=transports)


@strawberry.type
class Query:
    """Of a schema that is served in the same process."""

    a: int


async def test_one_of_is_told_by_introspection(picking):
    strawberry.Schema(query=Query)
    async with picking:
        result = await picking.execute('{ __type(name: "By") { isOneOf } }')

    assert {"__type": {"isOneOf": True}} == result.data


@pytest.mark.parametrize(
    ("query", "by"),
    [
        ('{ pick(by: { id: "1", no: 2 }) }', None),
        ("{ pick(by: {}) }", None),
        ("query($b: By!) { pick(by: $b) }", {"id": "1", "no": 2}),
        ("query($b: By!) { pick(by: $b) }", {"id": None}),
    ],
)
async def test_one_of_is_enforced(picking, query, by):
    async with picking:
        result = await picking.execute(query, variables={"b": by} if by else None)

    assert result.data is None
    assert result.errors


def test_one_of_in_one_subgraph_is_one_of_for_clients():
    sdl = supergraph(ONE_OF, "type Query { other(by: By): Int } input By { id: ID }")

    assert "input By\n  @join__type(graph: S0)\n  @join__type(graph: S1)" in sdl
    assert "  @oneOf\n" in sdl


def test_one_of_with_a_field_that_another_subgraph_demands_is_an_error():
    result = compose(
        [
            Subgraph(name="a", sdl=LINK + ONE_OF),
            Subgraph(
                name="b",
                sdl=LINK + "type Query { b(by: By): Int } input By { id: ID! no: Int }",
            ),
        ]
    )

    assert [("INVALID_GRAPHQL", "By.id")] == [
        (error.code, error.coordinate) for error in result.errors
    ]
