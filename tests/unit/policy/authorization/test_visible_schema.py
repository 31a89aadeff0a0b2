"""Introspection shows a caller only what the caller may use, as a valid schema."""

from itertools import chain, combinations

import pytest
from graphql import build_client_schema, get_introspection_query, print_schema
from graphql import validate_schema as problems_of

from gateway_graphql.policy.authorization import Policy
from gateway_graphql.policy.authorization.rules import AccessRules
from gateway_graphql.policy.authorization.visible import visible_supergraph
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.supergraph.reading import read_supergraph

from .conftest import supergraph_of

SUBGRAPHS = {
    "a": """
      type Query {
        open: String
        me: User @authenticated
        find(by: Filter): [Found] @requiresScopes(scopes: [["find"]])
        node: Node
        holder: Holder
        mood: Mood
        staff: String @policy(policies: [["staff"]])
        mine: Mine
      }
      type Mutation { rename(name: String): User @authenticated }
      type User { name: String, email: String @requiresScopes(scopes: [["email"]]) }
      input Filter { text: String, kind: Kind }
      enum Kind { A B }
      union Found = User | Secret
      type Secret @requiresScopes(scopes: [["secret"]]) { code: String }
      interface Node { label: String, next: Next }
      type Open implements Node { label: String, next: Next }
      type Closed implements Node { label: String @authenticated, next: Last }
      interface Next { to: String }
      type Last implements Next @requiresScopes(scopes: [["secret"]]) { to: String }
      type Other implements Next { to: String }
      type Holder { only: Secret }
      enum Mood @requiresScopes(scopes: [["email"]]) { GOOD BAD }
      type Mine { id: ID, own: String @policy(policies: [["owner"]]) }
    """
}
SDL = supergraph_of(SUBGRAPHS)


async def shown(it, context=None):
    result = await it.gateway.execute(get_introspection_query(), context=context)
    assert () == result.errors
    return print_schema(build_client_schema(result.data))


async def test_anonymous_callers_see_what_is_open(world):
    it = world({}, {}, SDL)

    assert (
        """\
type Mine {
  id: ID
}

type Query {
  open: String
  mine: Mine
}"""
        == await shown(it)
    )


async def test_whoever_may_have_everything_sees_everything(world, caller):
    async def yes(_context, questions):
        return [True for _ in questions]

    it = world(
        {}, {}, SDL, policies={"staff": Policy(yes), "owner": Policy(yes, ("id",))}
    )
    context = caller("find", "email", "secret")

    assert print_schema(it.gateway.runtime.api_schema) == await shown(it, context)


async def test_a_policy_about_objects_hides_nothing(world):
    async def no(_context, questions):
        return [False for _ in questions]

    it = world(
        {}, {}, SDL, policies={"staff": Policy(no), "owner": Policy(no, ("id",))}
    )

    text = await shown(it)
    assert "own: String" in text
    assert "staff" not in text


async def test_introspection_can_be_left_whole(world):
    it = world({}, {}, SDL, filters_introspection=False)

    assert print_schema(it.gateway.runtime.api_schema) == await shown(it)


async def test_what_is_wrong_with_a_document_does_not_tell_of_hidden_fields(
    world, caller
):
    it = world({}, {}, SDL)

    hidden = await it.gateway.execute("{ staf me { nam } }")
    told = await it.gateway.execute("{ open me { nam } }", context=caller())

    assert [
        "Cannot query field 'staf' on type 'Query'.",
        "Cannot query field 'me' on type 'Query'.",
    ] == [error["message"] for error in hidden.errors]
    assert ["Cannot query field 'nam' on type 'User'. Did you mean 'name'?"] == [
        error["message"] for error in told.errors
    ]


@pytest.mark.parametrize("sdl", [SDL])
def test_every_view_is_a_valid_schema(sdl):
    supergraph = read_supergraph(sdl)
    rules = AccessRules(supergraph)
    every = sorted(rules.all, key=repr)

    for failing in chain.from_iterable(
        combinations(every, size) for size in range(len(every) + 1)
    ):
        schema = build_api_schema(visible_supergraph(supergraph, rules, failing))
        assert [] == problems_of(schema)


def test_whoever_may_ask_nothing_sees_an_empty_query():
    supergraph = read_supergraph(
        supergraph_of({"a": "type Query { me: String @authenticated }"})
    )
    rules = AccessRules(supergraph)

    schema = build_api_schema(visible_supergraph(supergraph, rules, rules.all))

    assert ["_empty"] == list(schema.query_type.fields)
    assert [] == problems_of(schema)
