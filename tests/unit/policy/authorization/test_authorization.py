"""Who may have which fields: removal before planning, nulls and errors."""

import json

import pytest

from gateway_graphql.exchange import Caller, GraphQLRequest, RequestContext
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.policy.authorization import OperationRule

from .conftest import supergraph_of

USERS = {
    "users": """
      type Query {
        me: User @authenticated
        users: [User!]!
        version: String!
        secretVersion: String @requiresScopes(scopes: [["version:read"], ["admin", "ops"]])
        level: Level
        at: Moment
        audit: Audit!
      }
      type Mutation { rename(name: String!): User @authenticated, ping: String }
      type User @key(fields: "id") {
        id: ID! @authenticated
        name: String!
        email: String @requiresScopes(scopes: [["email", "users"]])
        phone: String! @authenticated
        friends: [User!]
      }
      enum Level @authenticated { LOW HIGH }
      scalar Moment @requiresScopes(scopes: [["time"]])
      type Audit { entries: [String!] @authenticated }
    """,
    "scores": """
      type Query { unused: Int }
      type User @key(fields: "id") { id: ID! score: Int rank: Int @authenticated }
    """,
}

PEOPLE = [
    {"__typename": "User", "id": "1", "name": "Ada", "email": "a@x", "phone": "1"},
    {"__typename": "User", "id": "2", "name": "Bob", "email": "b@x", "phone": "2"},
]
ANSWERS = {
    "users": {
        "me": PEOPLE[0],
        "users": PEOPLE,
        "a": PEOPLE,
        "b": PEOPLE,
        "version": "1",
        "secretVersion": "2",
        "level": "LOW",
        "at": "now",
        "audit": {"__typename": "Audit", "entries": ["a"]},
        "ping": "pong",
    },
    "scores": lambda request: {
        "_entities": [
            {"__typename": "User", "score": int(r["id"]) * 10, "rank": 1}
            for r in request.variables["representations"]
        ]
    },
}


@pytest.fixture
def shop(world):
    return world(USERS, ANSWERS)


async def test_what_anybody_may_have_is_answered_as_ever(shop):
    assert ({"version": "1"}, []) == await shop.ask("{ version }")


async def test_a_withheld_field_is_null_with_one_error_and_no_fetch(shop):
    answer = await shop.ask("{ me { id name } version }")

    assert ({"me": None, "version": "1"}, [(["me"], None)]) == answer
    assert ["users: { version }"] == shop.asked


async def test_whoever_is_signed_in_gets_it(shop, caller):
    answer = await shop.ask("{ me { id name } }", caller())

    assert ({"me": {"id": "1", "name": "Ada"}}, []) == answer


async def test_when_all_is_withheld_the_data_is_null_and_nobody_is_asked(shop):
    assert (None, [(["me"], None)]) == await shop.ask("{ me { id } }")
    assert (None, [(["audit", "entries"], None)]) == await shop.ask(
        "{ audit { entries } }"
    )
    assert [] == shop.asked


async def test_an_object_of_which_all_is_withheld_is_still_there(shop):
    answer = await shop.ask("{ audit { entries } version }")

    assert (
        {"audit": {"entries": None}, "version": "1"},
        [(["audit", "entries"], None)],
    ) == answer
    assert ["users: { audit { __typename } version }"] == shop.asked


async def test_an_errors_path_ends_at_the_list(shop, caller):
    answer = await shop.ask("{ users { name email } }", caller("email"))

    assert (
        {"users": [{"name": "Ada", "email": None}, {"name": "Bob", "email": None}]},
        [(["users"], "users.email")],
    ) == answer


async def test_a_withheld_non_null_field_takes_its_object_along(shop):
    assert (None, [(["users"], "users.phone")]) == await shop.ask(
        "{ users { name phone } version }"
    )


@pytest.mark.parametrize(
    ("scopes", "is_granted"),
    [
        ((), False),
        (("admin",), False),
        (("version:read",), True),
        (("admin", "ops"), True),
        (("admin", "ops", "more"), True),
    ],
)
async def test_one_whole_set_of_scopes_must_be_had(shop, caller, scopes, is_granted):
    data, _ = await shop.ask("{ secretVersion version }", caller(*scopes))

    assert {"secretVersion": "2" if is_granted else None, "version": "1"} == data


async def test_a_types_rule_holds_wherever_the_type_is_returned(shop, caller):
    query = "{ level at version }"

    assert [(["level"], None), (["at"], None)] == (await shop.ask(query))[1]
    assert [(["at"], None)] == (await shop.ask(query, caller()))[1]
    assert [] == (await shop.ask(query, caller("time")))[1]


async def test_a_withheld_key_is_fetched_for_the_gateway_and_not_answered(shop):
    answer = await shop.ask("{ users { id2: id name score } version }")

    assert (None, [(["users"], "users.id2")]) == answer
    answer = await shop.ask("{ users { name score } }")
    assert (
        {"users": [{"name": "Ada", "score": 10}, {"name": "Bob", "score": 20}]},
        [],
    ) == answer


async def test_a_key_that_is_asked_under_its_name_stays_withheld(world):
    it = world(
        {
            "a": 'type Query { user: User } type User @key(fields: "id")'
            " { id: ID @authenticated, name: String }",
            "b": 'type Query { b: Int } type User @key(fields: "id")'
            " { id: ID, score: Int }",
        },
        {
            "a": {"user": {"__typename": "User", "id": "1", "name": "Ada"}},
            "b": {"_entities": [{"score": 5}]},
        },
    )

    answer = await it.ask("{ user { id score } }")

    assert (
        {"user": {"id": None, "score": 5}},
        [(["user", "id"], None)],
    ) == answer


async def test_a_fragment_is_withheld_at_every_place_that_it_is_written_at(shop):
    query = """
      { a: users { ...A friends { ...A } } b: users { ...A } }
      fragment A on User { name email }
    """

    data, errors = await shop.ask(query)

    assert [
        (["a"], "a.email"),
        (["a"], "a.friends.email"),
        (["b"], "b.email"),
    ] == errors
    assert "@x" not in str(data)


async def test_aliases_are_places_of_their_own(shop):
    answer = await shop.ask("{ a: users { name email } b: users { mail: email } }")

    assert [
        (["a"], "a.email"),
        (["b"], "b.mail"),
    ] == answer[1]


async def test_one_query_path_has_one_error_however_often_it_is_written(shop):
    query = """
      { users { ...A ... on User { email } friends { email } } version }
      fragment A on User { email name }
    """

    assert [
        (["users"], "users.email"),
        (["users"], "users.friends.email"),
    ] == (await shop.ask(query))[1]


async def test_what_is_skipped_is_no_error(shop):
    query = "query ($with: Boolean!) { me @include(if: $with) { id } version }"

    assert ({"version": "1"}, []) == await shop.ask(query, **{"with": False})
    assert ({"me": None, "version": "1"}, [(["me"], None)]) == await shop.ask(
        query, **{"with": True}
    )


@pytest.mark.parametrize(
    ("a", "b", "errors"),
    [
        (False, False, []),
        (False, True, [(["users"], "users.email")]),
        (True, False, [(["users"], "users.email")]),
    ],
)
async def test_a_path_is_an_error_when_one_place_that_asks_for_it_is_not_skipped(
    world, a, b, errors
):
    person = '{ email: String @requiresScopes(scopes: [["email"]]), name: String }'
    it = world(
        {
            "users": f"""
              type Query {{ users: [User] }}
              union User = Guest | Member
              type Guest {person}
              type Member {person}
            """
        },
        {"users": {"users": [{"__typename": "Guest", "name": "Ada"}]}},
    )
    query = """
      query ($a: Boolean!, $b: Boolean!) {
        users {
          ... on Guest { name email @include(if: $a) }
          ... on Member { name email @include(if: $b) }
        }
      }
    """

    assert errors == (await it.ask(query, a=a, b=b))[1]


async def test_a_mutation_that_is_withheld_does_not_run(shop):
    answer = await shop.ask('mutation { rename(name: "x") { name } ping }')

    assert ({"rename": None, "ping": "pong"}, [(["rename"], None)]) == answer
    assert ["users: mutation { ping }"] == shop.asked


async def test_entities_are_not_asked_for_withheld_fields(shop):
    await shop.ask("{ users { name rank } }")

    assert ["users: { users { name } }"] == shop.asked


async def test_what_a_resolver_requires_is_read_on_the_gateways_behalf(world):
    # Composition refuses a field that is guarded less than what it requires; this
    # supergraph is as a composition without that rule would have written it.
    sdl = supergraph_of(
        {
            "a": """
              type Query { item: Item }
              type Item @key(fields: "id") { id: ID, weight: Int }
            """,
            "b": """
              type Query { b: Int }
              type Item @key(fields: "id") {
                id: ID, weight: Int @external, price: Int @requires(fields: "weight")
              }
            """,
        }
    )
    guarded = sdl.replace("weight: Int ", "weight: Int @authenticated ")
    item = {"__typename": "Item", "id": "1", "weight": 7}
    it = world({}, {"a": {"item": item}, "b": {"_entities": [{"price": 14}]}}, guarded)

    assert guarded != sdl
    assert (
        {"item": {"weight": None, "price": 14}},
        [(["item", "weight"], None)],
    ) == await it.ask("{ item { weight price } }")
    assert 7 == it.variables[1]["representations"][0]["weight"]


async def test_reject_refuses_the_operation_and_lists_the_paths(world):
    it = world(USERS, ANSWERS, mode="reject")

    assert (None, [(["me"], None), (["level"], None)]) == await it.ask(
        "{ me { id } level version }"
    )
    assert ({"version": "1"}, []) == await it.ask("{ version }")
    assert ["users: { version }"] == it.asked


async def test_a_dry_run_answers_all_and_reports(world):
    it = world(USERS, ANSWERS, mode="dry_run")

    response = await it.gateway.handle(
        GraphQLRequest("{ level version }"), RequestContext()
    )

    assert {
        "data": {"level": "LOW", "version": "1"},
        "extensions": {
            "authorizationErrors": [
                {
                    "message": "Unauthorized field or type",
                    "path": ["level"],
                    "extensions": {"code": "UNAUTHORIZED_FIELD_OR_TYPE"},
                }
            ]
        },
    } == json.loads(response.body)


async def test_of_all_that_is_required_only_scopes_are_told(world):
    it = world(
        {
            "a": """
              type Query {
                open: Int
                ruled: Int @authenticated @policy(policies: [["p"]])
                  @requiresScopes(scopes: [["s"]])
                signed: Int @authenticated
              }
            """
        },
        {"a": {"open": 1}},
        shows_required_scopes=True,
    )

    result = await it.gateway.execute("{ open ruled signed }")

    assert [
        {"code": "UNAUTHORIZED_FIELD_OR_TYPE", "requiredScopes": [[["s"]]]},
        {"code": "UNAUTHORIZED_FIELD_OR_TYPE"},
    ] == [error["extensions"] for error in result.errors]


async def test_required_scopes_are_told_only_where_the_operator_says_so(world):
    silent = await world(USERS, ANSWERS).gateway.execute("{ secretVersion version }")
    telling = await world(USERS, ANSWERS, shows_required_scopes=True).gateway.execute(
        "{ secretVersion version }"
    )

    assert {"code": "UNAUTHORIZED_FIELD_OR_TYPE"} == silent.errors[0]["extensions"]
    assert {
        "code": "UNAUTHORIZED_FIELD_OR_TYPE",
        "requiredScopes": [[["admin", "ops"], ["version:read"]]],
    } == telling.errors[0]["extensions"]


@pytest.mark.parametrize(
    ("rule", "query", "is_refused"),
    [
        (OperationRule("deny", names=("Get*",)), "query GetIt { version }", True),
        (OperationRule("deny", names=("Get*",)), "query Other { version }", False),
        (OperationRule("deny", names=("",)), "{ version }", True),
        (OperationRule("deny", clients=("old-app",)), "{ version }", True),
        (OperationRule("deny", clients=("new-*",)), "{ version }", False),
        (OperationRule("deny", kinds=(OperationKind.MUTATION,)), "{ version }", False),
        (
            OperationRule("deny", kinds=(OperationKind.MUTATION,)),
            "mutation { ping }",
            True,
        ),
        (
            OperationRule("deny", lacks_scopes=frozenset({"beta"})),
            "{ version }",
            True,
        ),
        (OperationRule("deny", scopes=frozenset({"guest"})), "{ version }", False),
        (OperationRule("deny", scopes=frozenset({"a"})), "{ version }", True),
        (OperationRule("deny", scopes=frozenset({"a", "b"})), "{ version }", True),
        (OperationRule("deny", scopes=frozenset({"a", "c"})), "{ version }", False),
        (OperationRule("deny", lacks_scopes=frozenset({"a"})), "{ version }", False),
        (
            OperationRule("deny", lacks_scopes=frozenset({"a", "b"})),
            "{ version }",
            False,
        ),
        (
            OperationRule("deny", lacks_scopes=frozenset({"a", "c"})),
            "{ version }",
            True,
        ),
        (
            OperationRule("deny", names=("Get?t",), clients=("old-app", "other")),
            "query Gett { version }",
            False,
        ),
        (
            OperationRule("deny", names=("Other", "Get?t"), clients=("*-app",)),
            "query Get1t { version }",
            True,
        ),
        (
            OperationRule("deny", names=("Get*",), clients=("new-app",)),
            "query GetIt { version }",
            False,
        ),
        (
            OperationRule("deny", names=("Get*",), kinds=(OperationKind.MUTATION,)),
            "query GetIt { version }",
            False,
        ),
    ],
)
async def test_operation_rules_refuse_whole_operations(world, rule, query, is_refused):
    it = world(USERS, ANSWERS, operation_rules=(rule,))
    context = RequestContext(
        {"apollographql-client-name": "old-app"},
        caller=Caller("alice", frozenset({"a", "b"})),
    )

    data, errors = await it.ask(query, context)

    assert is_refused == (data is None)
    assert (["FORBIDDEN"] if is_refused else []) == [
        error["extensions"]["code"] for error in errors
    ]


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({"x-client": "app"}, True),
        ({"x-name": "app"}, True),
        ({"x-name": "app", "x-client": "other"}, False),
        ({"x-name": "other", "x-client": "app"}, True),
        ({"apollographql-client-name": "app"}, False),
        ({}, False),
    ],
)
async def test_the_first_header_that_is_there_names_the_client(
    world, headers, is_refused
):
    it = world(
        USERS,
        ANSWERS,
        operation_rules=(OperationRule("deny", clients=("app",)),),
        client_name_headers=("x-client", "x-name"),
    )

    data, _ = await it.ask("{ version }", RequestContext(headers))

    assert is_refused == (data is None)


async def test_a_client_without_a_name_is_refused_where_only_named_ones_may_ask(world):
    rules = (OperationRule("allow", clients=("?*",)), OperationRule("deny"))
    it = world(USERS, ANSWERS, operation_rules=rules)
    named = RequestContext({"graphql-client-name": "app"})

    assert {"version": "1"} == (await it.ask("{ version }", named))[0]
    assert (await it.ask("{ version }"))[0] is None


async def test_the_first_operation_rule_that_applies_decides(world, caller):
    it = world(
        USERS,
        ANSWERS,
        operation_rules=(
            OperationRule("allow", scopes=frozenset({"ops"})),
            OperationRule("deny"),
        ),
    )

    assert {"version": "1"} == (await it.ask("{ version }", caller("ops")))[0]
    assert (await it.ask("{ version }", caller()))[0] is None
