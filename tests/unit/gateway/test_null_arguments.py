"""A null that only a default let stand where none is allowed is an error of the field."""

import msgspec
import pytest

from gateway_graphql import Gateway, GraphQLRequest, RequestContext, Subgraph, compose
from gateway_graphql.pipeline import OpenGate
from gateway_graphql.policy.authorization import AuthorizationSettings, Policy
from gateway_graphql.policy.gate import Policies
from gateway_graphql.policy.rate_limit import FieldLimit, Limit, Rate, RateLimits
from gateway_graphql.transport.mock import MockTransport

SDL = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9", import: ["@policy"]
)
directive @size(of: Int! = 1) on FIELD
type Query {
  a: Int
  plain(n: Int! = 5): Int
  f(i: In): Int @policy(policies: [["reader"]])
  list(of: [Int!]): Int
  strict(n: Int! = 5): Int!
  node: Node
  nodes: [Node]
  wide(i: Wide! = {}): Int
}
input In { req: Int! = 5, inner: [In!] }
input Wide { n: Int = 3 }
interface Node { n(n: Int! = 1): Int }
type Photo implements Node { n(n: Int! = 1): Int id: ID }
"""
COMPOSED = compose([Subgraph("a", sdl=SDL)])
MINUTE = 60_000_000


class World:
    """A gateway that keeps what its subgraph and its policy were asked."""

    def __init__(self):
        self.sent, self.questions, self.allows = [], [], True
        limit = Limit(Rate.per_window(1, MINUTE))
        self.gateway = Gateway.from_supergraph(
            COMPOSED.supergraph_sdl,
            transports={"a": MockTransport(self._answer)},
            gate=Policies(
                authorization=AuthorizationSettings(
                    policies={"reader": Policy(self._reader)}
                ),
                rate_limits=RateLimits(fields=(FieldLimit("Query.plain", limit),)),
            ),
            explains=True,
        )

    def _answer(self, request):
        self.sent.append(request.query)
        keys = ("a", "plain", "f", "list", "strict", "wide")
        data = {key: 1 for key in keys if key in request.query}
        nodes = {"__typename": "Photo", "n": 1, "id": "1"}
        return {"data": {**data, "node": nodes, "nodes": [nodes, nodes]}}

    async def _reader(self, _context, questions):
        self.questions += [dict(question.arguments) for question in questions]
        return [self.allows] * len(questions)

    async def ask(self, query, **variables):
        """The answer's data, and the paths of its errors."""
        result = await self.gateway.execute(query, variables)
        assert {"BAD_USER_INPUT"} >= {e["extensions"]["code"] for e in result.errors}
        return result.data, [error["path"] for error in result.errors]


@pytest.fixture
async def world():
    made = World()
    yield made
    await made.gateway.aclose()


@pytest.mark.parametrize(
    ("definition", "selected", "key"),
    [
        ("$r: Int", "plain(n: $r)", "plain"),
        ("$r: Int = 7", "plain(n: $r)", "plain"),
        ("$r: Int", "f(i: {req: $r})", "f"),
        ("$r: Int", "f(i: {inner: {req: $r}})", "f"),
        ("$r: Int", "f(i: {inner: [{}, {inner: [{req: $r}]}]})", "f"),
        ("$r: In = {}", "f(i: {inner: [$r]})", "f"),
        ("$r: Int = 7", "list(of: [1, $r])", "list"),
        ("$r: Wide", "wide(i: $r)", "wide"),
        ("$r: Int = null", "plain(n: $r)", "plain"),
    ],
)
async def test_the_field_alone_is_null_and_nobody_is_asked_for_it(
    world, definition, selected, key
):
    answer = await world.ask(f"query ({definition}) {{ a {selected} }}", r=None)

    assert ({"a": 1, key: None}, [[key]]) == answer
    assert (["{ a }"], []) == (world.sent, world.questions)


async def test_a_directive_for_subgraphs_takes_no_such_null_either(world):
    answer = await world.ask("query ($r: Int) { a list @size(of: $r) }", r=None)

    assert ({"a": 1, "list": None}, [["list"]]) == answer


@pytest.mark.parametrize(("given", "seen"), [({}, 5), ({"r": 6}, 6)])
async def test_what_is_left_out_or_given_is_asked_for_as_ever(world, given, seen):
    answer = await world.ask("query ($r: Int) { f(i: {req: $r}) }", **given)

    assert ({"f": 1}, []) == answer
    assert [{"i": {"req": seen}}] == world.questions


async def test_null_is_a_value_where_the_type_has_it(world):
    query = "query ($r: Int, $i: In) { wide(i: {n: $r}) f(i: $i) }"

    assert ({"wide": 1, "f": 1}, []) == await world.ask(query, r=None, i=None)
    assert [{"i": None}] == world.questions


async def test_an_operation_of_which_nothing_is_left_is_sent_nowhere(world):
    answer = await world.ask("query ($r: Int) { x: plain(n: $r) }", r=None)

    assert ({"x": None}, [["x"]]) == answer
    assert [] == world.sent


async def test_the_null_of_a_field_that_has_none_moves_up(world):
    answer = await world.ask("query ($r: Int) { a strict(n: $r) }", r=None)

    assert (None, [["strict"]]) == answer


async def test_a_field_that_is_not_asked_is_no_error(world):
    query = """
    query ($r: Int, $if: Boolean!) { a plain(n: $r) @include(if: $if) }
    """

    assert ({"a": 1}, []) == await world.ask(query, r=None, **{"if": False})
    assert ({"a": 1, "plain": None}, [["plain"]]) == await world.ask(
        query, r=None, **{"if": True}
    )


@pytest.mark.parametrize(
    ("definition", "selected", "data", "path"),
    [
        ('$r: String = "A"', "__type(name: $r) { name }", {"a": 1, "t": None}, "t"),
        (
            "$r: Boolean",
            '__type(name: "In") { ... { inputFields(includeDeprecated: $r) { name } } }',
            {"a": 1, "t": None},
            "t",
        ),
        (
            "$r: Boolean",
            "__schema { types { fields(includeDeprecated: $r) { name } } }",
            None,
            "t",
        ),
    ],
)
async def test_what_is_asked_of_the_schema_takes_no_such_null(
    world, definition, selected, data, path
):
    query = f"query ({definition}) {{ a t: {selected} }}"

    assert (data, [[path]]) == await world.ask(query, r=None)


async def test_a_null_that_must_not_be_costs_nothing_of_an_allowance(world):
    query = "query ($r: Int) { plain(n: $r) }"
    for _ in range(3):
        await world.ask(query, r=None)

    assert ({"plain": 1}, []) == await world.ask(query, r=1)


@pytest.mark.parametrize("field", ["node", "nodes"])
@pytest.mark.parametrize("selected", ["n(n: $r)", "... on Photo { n(n: $r) }"])
async def test_a_field_below_is_null_at_every_object(world, field, selected):
    query = f"query ($r: Int) {{ {field} {{ {selected} ... on Photo {{ id }} }} }}"
    one = {"n": None, "id": "1"}
    path = ["node", "n"] if field == "node" else ["nodes"]

    assert (
        {field: one if field == "node" else [one, one]},
        [path],
    ) == await world.ask(query, r=None)


async def test_one_error_is_told_of_a_field_and_none_below_it(world):
    query = "query ($r: Int, $s: Int) { f(i: {req: $r, inner: {req: $s}}) }"

    assert ({"f": None}, [["f"]]) == await world.ask(query, r=None, s=None)


async def test_the_error_names_variable_place_and_type(world):
    result = await world.gateway.execute(
        "query ($r: Int) { f(i: {req: $r}) }", {"r": None}
    )

    assert (
        'Variable "$r" is null, and Query.f(i:) takes a value of type Int! from it.'
        == result.errors[0]["message"]
    )


async def test_an_explanation_says_so(world):
    request = GraphQLRequest("query ($r: Int) { a plain(n: $r) }", None, {"r": None})
    headers = {"x-gateway-explain": "true"}

    answer = await world.gateway.handle(request, RequestContext(headers=headers))

    explain = msgspec.json.decode(answer.body)["extensions"]["explain"]
    assert [["plain"]] == [entry["path"] for entry in explain["nulled"]]
    assert "plain" not in explain["plan"]["text"]


async def test_an_explanation_tells_what_the_caller_may_not_have_beside_it(world):
    world.allows = False
    request = GraphQLRequest(
        "query ($r: Int) { plain(n: $r) f(i: {}) }", None, {"r": None}
    )
    headers = {"x-gateway-explain": "true"}

    answer = await world.gateway.handle(request, RequestContext(headers=headers))

    explain = msgspec.json.decode(answer.body)["extensions"]["explain"]
    assert [["plain"], ["f"]] == [entry["path"] for entry in explain["nulled"]]


async def test_an_explanation_without_gate_or_nulls_has_the_plan_alone():
    async with Gateway.from_supergraph(
        COMPOSED.supergraph_sdl,
        transports={"a": MockTransport(lambda _: {"data": {}})},
        gate=OpenGate,
        explains=True,
    ) as it:
        explain = [
            msgspec.json.decode(
                (
                    await it.handle(
                        GraphQLRequest(query, None, {"r": None}),
                        RequestContext({"x-gateway-explain": "1"}),
                    )
                ).body
            )["extensions"]["explain"]
            for query in ("{ a }", "query ($r: Int) { a plain(n: $r) }")
        ]

    assert {"plan"} == explain[0].keys()
    assert [["plain"]] == [entry["path"] for entry in explain[1]["nulled"]]
