"""Two callers never share a plan or an answer that differs.

One gateway serves everybody, in any order. Each caller has a twin that has a gateway to
itself, where nothing of others can be found. Both must be answered alike, byte for byte;
and since every guarded value names what guards it, a value that reaches the wrong caller
gives itself away.
"""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway_graphql.exchange import Caller, GraphQLRequest, RequestContext
from gateway_graphql.gateway import Gateway
from gateway_graphql.policy.authorization import AuthorizationSettings, Policy
from gateway_graphql.policy.gate import Policies
from gateway_graphql.transport.mock import MockTransport

from .conftest import supergraph_of

SUBGRAPHS = {
    "a": """
      type Query {
        open: String
        signedIn: String @authenticated
        scoped: String @requiresScopes(scopes: [["x"], ["y", "z"]])
        asked(who: String): String @policy(policies: [["is"]])
        item: Item
        items: [Item]
        node: Node
        any: [Any]
      }
      interface Node { id: ID, label: String }
      type Item implements Node @key(fields: "id") {
        id: ID @requiresScopes(scopes: [["x"]])
        label: String @authenticated
        own: String @policy(policies: [["owns"]])
      }
      type Box implements Node { id: ID, label: String, box: String }
      type Vault @requiresScopes(scopes: [["z"]]) { gold: String }
      union Any = Item | Box | Vault
    """,
    "b": """
      type Query { b: String }
      type Item @key(fields: "id") {
        id: ID
        price: String
        margin: String @requiresScopes(scopes: [["y"]])
      }
    """,
}

SDL = supergraph_of(SUBGRAPHS)
ITEMS = [
    {
        "__typename": "Item",
        "id": f"[scope x]{n}",
        "_policy_id": f"[scope x]{n}",
        "label": "[signed in]",
        "own": f"[owner {n}]",
    }
    for n in (1, 2)
]
BOX = {"__typename": "Box", "id": "b", "label": "box", "box": "box"}
VAULT = {"__typename": "Vault", "gold": "[scope z]"}
A = {
    "open": "open",
    "signedIn": "[signed in]",
    "scoped": "[scope x or y,z]",
    "asked": "[asked]",
    "item": ITEMS[0],
    "items": ITEMS,
    "node": ITEMS[1],
    "any": [ITEMS[0], BOX, VAULT],
}


def answer_b(request):
    """The root field, or entities for however many aliases there are."""
    entity = {"__typename": "Item", "price": "p", "margin": "[scope y]"}
    counts = [len(given) for given in request.variables.values()]
    aliases = ["_entities"] if len(counts) == 1 else [f"_e{n}" for n in range(9)]
    found = {alias: [entity] * n for alias, n in zip(aliases, counts, strict=False)}
    return {"data": found or {"b": "b"}}


async def agrees(context, questions):
    caller = context.caller
    return [
        caller is not None and question.arguments["who"] == caller.subject
        for question in questions
    ]


async def owns(context, questions):
    caller = context.caller
    return [
        caller is not None and question.entity["id"].endswith(caller.subject)
        for question in questions
    ]


def make_gateway():
    return Gateway.from_supergraph(
        SDL,
        transports={
            "a": MockTransport(lambda _: {"data": A}),
            "b": MockTransport(answer_b),
        },
        gate=Policies(
            authorization=AuthorizationSettings(
                policies={"is": Policy(agrees), "owns": Policy(owns, keys=("id",))}
            )
        ),
    )


def context_of(subject, *scopes):
    return RequestContext(caller=Caller(subject, frozenset(scopes)))


CALLERS = {
    "anonymous": RequestContext(),
    "1": context_of("1"),
    "2": context_of("2"),
    "1 x": context_of("1", "x"),
    "2 x": context_of("2", "x"),
    "1 y": context_of("1", "y"),
    "1 y z": context_of("1", "y", "z"),
    "1 x y z": context_of("1", "x", "y", "z"),
}

ON_ITEM = ("id", "label", "own", "price", "margin", "again: label", "__typename")
ON_ANY = (
    "... on Item { id label }",
    "... on Box { id label box }",
    "... on Vault { gold }",
    "... on Node { label }",
    "... on Item { own margin }",
    "__typename",
)
ON_NODE = ("id", "label", "__typename", *ON_ANY[:2])


def some(members):
    return st.lists(st.sampled_from(members), min_size=1, unique=True).map(" ".join)


operations = st.lists(
    st.one_of(
        st.sampled_from(
            ["open", "signedIn", "scoped", "b", 'asked(who: "1")', "__typename"]
        ),
        some(ON_ITEM).map("item {{ {} }}".format),
        some(ON_ITEM).map("items {{ {} }}".format),
        some(ON_NODE).map("node {{ {} }}".format),
        some(ON_ANY).map("any {{ {} }}".format),
        st.just('__type(name: "Item") { fields { name } }'),
    ),
    min_size=1,
    max_size=4,
).map(lambda fields: "{ " + " ".join(fields) + " }")


def forbidden(caller):
    """What may not be in an answer to a caller."""
    if caller is None:
        return ["[signed in]", "[scope", "[asked]", "[owner"]
    scopes = caller.scopes
    marks = {
        "[scope x]": "x" in scopes,
        "[scope y]": "y" in scopes,
        "[scope z]": "z" in scopes,
        "[scope x or y,z]": "x" in scopes or {"y", "z"} <= scopes,
        "[asked]": caller.subject == "1",
        "[owner 1]": caller.subject == "1",
        "[owner 2]": caller.subject == "2",
    }
    return [mark for mark, is_granted in marks.items() if not is_granted]


@pytest.fixture(scope="module")
def gateways():
    """The shared gateway, and one for each caller alone."""
    made = {name: make_gateway() for name in CALLERS}
    return make_gateway(), made


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(query=operations, order=st.lists(st.sampled_from(sorted(CALLERS)), min_size=2))
def test_everybody_is_answered_as_if_they_were_alone(gateways, query, order):
    shared, alone = gateways
    request = GraphQLRequest(query)

    async def ask():
        together = await asyncio.gather(
            *(shared.handle(request, CALLERS[name]) for name in order)
        )
        return together, [
            await alone[name].handle(request, CALLERS[name]) for name in order
        ]

    together, apart = asyncio.run(ask())

    assert [response.body for response in apart] == [
        response.body for response in together
    ]
    for name, response in zip(order, together, strict=True):
        text = response.body.decode()
        leaked = [m for m in forbidden(CALLERS[name].caller) if m in text]
        assert [] == leaked


async def test_callers_with_the_same_rights_share_a_plan_and_others_do_not():
    plans = {}
    query = "{ signedIn scoped items { price } }"
    gateway = make_gateway()
    runtime = gateway.runtime
    for name, context in CALLERS.items():
        asked = await runtime.documents.read(GraphQLRequest(query), context)
        admission = await runtime.gate.admit(
            asked.document, asked.variables, context, asked.plan_for
        )
        plans[name] = admission.prepared
    await gateway.aclose()

    assert plans["1"] is plans["2"] is plans["1 y"]
    assert plans["1 x"] is plans["2 x"] is plans["1 y z"] is plans["1 x y z"]
    assert 3 == len({id(plan) for plan in plans.values()})
