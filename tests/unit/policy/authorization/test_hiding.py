"""What a caller may not have is answered as what was never there."""

import json

import pytest
from graphql import ASTValidationRule

from gateway_graphql.errors import ValidationFailed
from gateway_graphql.exchange import GraphQLRequest
from gateway_graphql.gateway import Gateway
from gateway_graphql.policy.authorization import AuthorizationSettings
from gateway_graphql.policy.gate import Policies
from gateway_graphql.transport.mock import MockTransport

from .conftest import signed_in, supergraph_of

OPEN = """
  type Query { news(first: Int): String, shape: Shape, thing: Thing
    mood(is: Mood): String }
  interface Shape { area: Int }
  type Round implements Shape { area: Int }
  union Thing = Round
  enum Mood { GOOD }
"""
HIDDEN = """
  type Query {
    news(first: Int): String, shape: Shape, thing: Thing
    mood(is: Mood): String
    secret(of: SecretInput, at: SecretKind): Secret @requiresScopes(scopes: [["s"]])
    either: Either @requiresScopes(scopes: [["s"]])
  }
  type Mutation { secrecy: Int @requiresScopes(scopes: [["s"]]) }
  interface Shape { area: Int }
  type Round implements Shape {
    area: Int
    secretRadius: Int @requiresScopes(scopes: [["s"]])
  }
  type Secret @requiresScopes(scopes: [["s"]]) { area: Int }
  union Thing = Round | Secret
  union Either = Round | Secret
  input SecretInput { secretMember: SecretKind }
  enum SecretKind { MOST LEAST }
  enum Mood { GOOD }
"""
HIDING = supergraph_of({"a": HIDDEN})
LACKING = supergraph_of({"a": OPEN})

KINDS = {
    "field": "{ secret { area } }",
    "field beside others": "{ news secret { area } }",
    "field of a type": "{ shape { ... on Round { secretRadius } } }",
    "field that is nearly right": "{ secre }",
    "argument of a field": "{ secret(of: {secretMember: MOST}) { area } }",
    "enum value": "{ secret(at: MOST) { area } }",
    "type in a fragment": "{ thing { ... on Secret { area } } }",
    "type in a named fragment": "{ thing { ...F } } fragment F on Secret { area }",
    "union in a fragment": "{ shape { ... on Either { __typename } } }",
    "input type": "query ($v: SecretInput) { news secret(of: $v) { area } }",
    "enum type": "query ($v: SecretKind) { mood(is: $v) }",
    "type that is nearly right": "{ shape { ... on Secre { area } } }",
    "union": "{ either { __typename } }",
    "root type": "mutation { secrecy }",
}


async def answer(it, query, context=None):
    """All that the endpoint tells of a document."""
    try:
        response = await it.gateway.handle(
            GraphQLRequest(query), context or signed_in()
        )
    except ValidationFailed as refusal:
        return refusal.status, [error.to_json() for error in refusal.details]
    return json.loads(response.body)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_hidden_is_answered_as_what_does_not_exist(world, kind):
    answers = {"a": {"news": "n"}}
    hiding = world({}, answers, HIDING, mode="hide")
    lacking = world({}, answers, LACKING, mode="hide")
    expected = await answer(lacking, KINDS[kind])

    first, again = [await answer(hiding, KINDS[kind]) for _ in range(2)]

    assert isinstance(expected, tuple), "it exists where nothing is hidden"
    assert expected == first == again
    assert [] == hiding.asked


async def test_who_may_have_it_is_answered_before_and_after(world):
    it = world({}, {"a": {"secret": {"area": 1}}}, HIDING, mode="hide")

    for _ in range(2):
        allowed = await answer(it, "{ secret { area } }", signed_in("s"))
        assert {"data": {"secret": {"area": 1}}} == allowed
        refused = await answer(it, "{ secret { area } }")
        assert isinstance(refused, tuple)
    assert 2 == len(it.asked)


@pytest.mark.parametrize("selection", ["__typename", "... on Round { area }"])
async def test_an_object_of_a_hidden_type_is_not_there(world, selection):
    answers = {"a": {"thing": {"__typename": "Secret"}}}
    it = world({}, answers, HIDING, mode="hide")
    query = f"{{ thing {{ {selection} }} }}"

    assert {"data": {"thing": None}} == await answer(it, query)
    assert (await answer(it, query, signed_in("s")))["data"]["thing"] is not None


async def test_what_everybody_may_have_is_answered(world):
    it = world({}, {"a": {"news": "n"}}, HIDING, mode="hide")

    assert [{"data": {"news": "n"}}] * 2 == [
        await answer(it, "{ news }") for _ in range(2)
    ]


class Counting(ASTValidationRule):
    """Counts how many documents are validated."""

    count = 0

    def __init__(self, context):
        super().__init__(context)
        type(self).count += 1


@pytest.mark.parametrize("query", ["{ news }", "{ secret { area } }", "{ nonsense }"])
async def test_a_document_is_validated_once_by_what_its_caller_sees(query):
    Counting.count = 0
    settings = AuthorizationSettings(mode="hide")
    async with Gateway.from_supergraph(
        HIDING,
        gate=Policies(authorization=settings),
        rules=[Counting],
        transports={"a": MockTransport(lambda _: {"data": {"news": "n"}})},
    ) as it:
        await it.execute(query)

    assert 1 == Counting.count


async def test_a_known_document_is_validated_once_for_each_kind_of_caller():
    Counting.count = 0
    settings = AuthorizationSettings(mode="hide")
    async with Gateway.from_supergraph(
        HIDING,
        gate=Policies(authorization=settings),
        rules=[Counting],
        transports={"a": MockTransport(lambda _: {"data": {"news": "n"}})},
    ) as it:
        for context in (signed_in(), signed_in("s"), signed_in(), signed_in("t")):
            assert {"news": "n"} == (await it.execute("{ news }", context=context)).data

    # What is valid by a part is valid by the whole, and who lacks the same sees the same.
    assert 1 == Counting.count


async def test_the_field_of_an_empty_schema_cannot_be_asked(world):
    it = world(
        {},
        {},
        supergraph_of({"a": "type Query { me: String @authenticated }"}),
        mode="hide",
    )
    result = await it.gateway.execute("{ _empty }")

    assert ["Cannot query field '_empty' on type 'Query'."] == [
        error["message"] for error in result.errors
    ]
