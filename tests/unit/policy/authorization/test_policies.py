"""Policies: what they are asked, when, and that whatever breaks in them denies."""

import asyncio
import re

import pytest

from gateway_graphql.policy.authorization import Policy
from gateway_graphql.policy.authorization.policies import PolicyQuestion

ORDERS = {
    "orders": """
      type Query {
        orders: [Order]
        order(id: ID!, with: [Int!] = [1]): Order @policy(policies: [["order:reader"]])
        news: String @policy(policies: [["staff"], ["press", "adult"]])
        paper: String @policy(policies: [["staff"], ["press", "adult"]])
        version: String
      }
      type Order @key(fields: "id") {
        id: ID!
        total: Int @policy(policies: [["order:owner"]])
        note: String
      }
    """,
    "shipping": """
      type Query { shipping: Int }
      type Order @key(fields: "id") {
        id: ID!
        address: Address @policy(policies: [["order:owner"]])
        weight: Int
      }
      type Address { street: String }
    """,
}
NODES = [
    {"__typename": "Order", "id": "1", "_policy_id": "1", "total": 10, "note": "a"},
    {"__typename": "Order", "id": "2", "_policy_id": "2", "total": 20, "note": "b"},
]
ANSWERS = {
    "orders": {
        "orders": NODES,
        "order": NODES[0],
        "first": NODES[0],
        "second": NODES[1],
        "news": "n",
        "paper": "p",
        "version": "1",
    },
    "shipping": lambda request: {
        "_entities": [
            {"address": {"street": f"s{r['id']}"}, "weight": int(r["id"])}
            for r in request.variables["representations"]
        ]
    },
}


def deciding(asked, decide):
    async def policy(context, questions):
        await asyncio.sleep(0)
        asked.append(list(questions))
        return [decide(context, question) for question in questions]

    return policy


def owner(asked):
    """Alice owns the order of id 1."""
    return Policy(
        deciding(
            asked,
            lambda context, q: context.caller is not None and q.entity["id"] == "1",
        ),
        keys=("id",),
    )


async def test_a_policy_that_nobody_registered_denies(world):
    it = world(ORDERS, ANSWERS)

    assert ({"news": None, "version": "1"}, [(["news"], None)]) == await it.ask(
        "{ news version }"
    )


async def test_a_policy_sees_claims_and_arguments(world, caller):
    asked = []
    reader = deciding(
        asked,
        lambda context, q: q.arguments["id"] == context.caller.claims["order"],
    )
    it = world(ORDERS, ANSWERS, policies={"order:reader": Policy(reader)})
    query = """
      query ($id: ID!) {
        first: order(id: 1) { note } second: order(id: $id, with: 5) { note }
      }
    """

    assert (
        {"first": {"note": "a"}, "second": None},
        [(["second"], None)],
    ) == await it.ask(query, caller(order="1"), id=2)
    assert [
        [
            PolicyQuestion("Query.order", {"id": "1", "with": [1]}),
            PolicyQuestion("Query.order", {"id": "2", "with": [5]}),
        ]
    ] == [sorted(batch, key=repr) for batch in asked]


@pytest.mark.parametrize(
    ("agreeing", "is_granted"),
    [
        ((), False),
        (("press",), False),
        (("press", "adult"), True),
        (("staff",), True),
    ],
)
async def test_one_whole_set_of_policies_must_agree(world, agreeing, is_granted):
    policies = {
        name: Policy(deciding([], lambda _c, _q, yes=name in agreeing: yes))
        for name in ("staff", "press", "adult")
    }
    it = world(ORDERS, ANSWERS, policies=policies)

    data, _ = await it.ask("{ news version }")

    assert {"news": "n" if is_granted else None, "version": "1"} == data


async def test_a_policy_is_asked_once_per_request_for_all_places(world):
    asked = []
    staff = Policy(deciding(asked, lambda _c, q: q.coordinate == "Query.news"))
    it = world(ORDERS, ANSWERS, policies={"staff": staff})

    data, _ = await it.ask("{ news paper version }")

    assert {"news": "n", "paper": None, "version": "1"} == data
    assert 1 == len(asked)


async def failing(_context, _questions):
    raise LookupError("no database")


async def never(_context, _questions):
    await asyncio.Event().wait()


async def short(_context, _questions):
    return []


async def vague(_context, questions):
    return ["yes" for _ in questions]


async def nothing(_context, _questions):
    return None


def not_even_async(_context, questions):
    return [True for _ in questions]


@pytest.mark.parametrize(
    "function", [failing, never, short, vague, nothing, not_even_async]
)
async def test_a_policy_that_breaks_denies(world, function):
    it = world(ORDERS, ANSWERS, policies={"staff": Policy(function, timeout_s=0.01)})

    assert {"news": None, "version": "1"} == (await it.ask("{ news version }"))[0]


async def test_a_policy_about_an_object_nulls_what_is_denied(world, caller):
    asked = []
    it = world(ORDERS, ANSWERS, policies={"order:owner": owner(asked)})

    answer = await it.ask("{ orders { note total } }", caller())

    assert (
        {"orders": [{"note": "a", "total": 10}, {"note": "b", "total": None}]},
        [(["orders"], "orders.total")],
    ) == answer
    assert ["orders: { orders { note total _policy_id: id } }"] == it.asked
    assert [
        [
            PolicyQuestion("Order.total", {}, {"__typename": "Order", "id": "1"}),
            PolicyQuestion("Order.total", {}, {"__typename": "Order", "id": "2"}),
        ]
    ] == asked


async def test_denied_objects_are_not_asked_of_other_subgraphs(world, caller):
    asked = []
    it = world(ORDERS, ANSWERS, policies={"order:owner": owner(asked)})

    answer = await it.ask("{ orders { address { street } } }", caller())

    assert (
        {"orders": [{"address": {"street": "s1"}}, {"address": None}]},
        [(["orders"], "orders.address")],
    ) == answer
    assert [{"__typename": "Order", "id": "1"}] == it.variables[1]["representations"]
    assert 1 == len(asked)


async def test_what_else_is_asked_of_a_denied_object_is_fetched(world, caller):
    it = world(ORDERS, ANSWERS, policies={"order:owner": owner([])})

    answer = await it.ask("{ orders { weight address { street } } }", caller())

    assert {
        "orders": [
            {"weight": 1, "address": {"street": "s1"}},
            {"weight": 2, "address": None},
        ]
    } == answer[0]


async def test_nothing_is_fetched_when_all_objects_are_denied(world):
    it = world(ORDERS, ANSWERS, policies={"order:owner": owner([])})

    answer = await it.ask("{ orders { address { street } } }")

    assert (
        {"orders": [{"address": None}, {"address": None}]},
        [(["orders"], "orders.address")],
    ) == answer
    assert 1 == len(it.asked)


async def test_the_key_under_the_clients_own_name_is_no_trap(world, caller):
    it = world(
        ORDERS,
        {
            **ANSWERS,
            "orders": {"orders": [{**n, "_policy_id_": n["id"]} for n in NODES]},
        },
        policies={"order:owner": owner([])},
    )

    answer = await it.ask("{ orders { _policy_id: note total } }", caller())

    assert "_policy_id_: id" in it.asked[0]
    assert [10, None] == [order["total"] for order in answer[0]["orders"]]


async def test_an_object_whose_key_never_came_is_denied(world, caller):
    nodes = [{"__typename": "Order", "note": "a", "total": 10}]
    it = world(
        ORDERS,
        {**ANSWERS, "orders": {"orders": nodes}},
        policies={"order:owner": owner([])},
    )

    answer = await it.ask("{ orders { note total } }", caller())

    assert {"orders": [{"note": "a", "total": None}]} == answer[0]


async def test_a_policy_on_a_type_is_about_the_objects_themselves(world, caller):
    it = world(
        {
            "a": """
              type Query { orders: [Order], order: Order!, version: String }
              type Order @policy(policies: [["order:owner"]]) { id: ID!, note: String }
            """
        },
        {"a": {"orders": NODES, "order": NODES[1], "version": "1"}},
        policies={"order:owner": owner([])},
    )

    assert (
        {"orders": [{"note": "a"}, None], "version": "1"},
        [(["orders"], None)],
    ) == await it.ask("{ orders { note } version }", caller())
    assert (None, [(["order"], None)]) == await it.ask(
        "{ order { note } version }", caller()
    )


async def test_a_policy_through_an_interface_is_about_the_objects_it_guards(
    world, caller
):
    objects = [
        {"__typename": "Order", "_policy_id": "1", "note": "a"},
        {"__typename": "Order", "_policy_id": "2", "note": "b"},
        {"__typename": "Memo", "_policy_id": "3", "note": "c"},
    ]
    asked = []
    it = world(
        {
            "a": """
              type Query { notes: [Note] }
              interface Note { id: ID!, note: String }
              type Order implements Note {
                id: ID!, note: String @policy(policies: [["order:owner"]])
              }
              type Memo implements Note { id: ID!, note: String }
            """
        },
        {"a": {"notes": objects}},
        policies={"order:owner": owner(asked)},
    )

    assert (
        {"notes": [{"note": "a"}, {"note": None}, {"note": "c"}]},
        [(["notes"], "notes.note")],
    ) == await it.ask("{ notes { note } }", caller())
    assert ["1", "2"] == [question.entity["id"] for question in asked[0]]


@pytest.mark.parametrize("alias", ["__typename", "_policy_id", "_0___typename", "id"])
async def test_no_alias_changes_which_objects_a_policy_is_asked_about(world, alias):
    asked = []
    schema = """
      type Query { docs: [Doc] }
      type Doc { id: ID!, name: String, secret: String @policy(policies: [["reader"]]) }
      type Other { id: ID! }
    """

    def answer(request):
        selected = re.findall(r"(?:(\w+): )?(\w+)(?= |\))", request.query)
        values = {"id": "1", "name": "Other", "secret": "s", "__typename": "Doc"}
        doc = {a or n: values[n] for a, n in selected if n in values}
        return {"docs": [doc]}

    reader = Policy(deciding(asked, lambda _context, _question: False), keys=("id",))
    it = world({"docs": schema}, {"docs": answer}, policies={"reader": reader})

    data, errors = await it.ask(f"{{ docs {{ {alias}: name secret }} }}")

    assert {"docs": [{alias: "Other", "secret": None}]} == data
    assert [(["docs"], "docs.secret")] == errors
    assert [[PolicyQuestion("Doc.secret", {}, {"__typename": "Doc", "id": "1"})]] == (
        asked
    )


PAPERS = {
    "papers": """
      type Query { papers: [Paper] anything: [Anything] }
      interface Paper { text: String }
      type Contract implements Paper @key(fields: "id") {
        id: ID! text: String @policy(policies: [["readable"]])
      }
      type Letter implements Paper @policy(policies: [["readable"]]) {
        id: ID! text: String
      }
      type Flyer implements Paper { text: String }
      union Anything = Contract | Letter | Flyer
    """
}
OBJECTS = [
    {"__typename": "Contract", "_policy_id": "c", "text": "in confidence"},
    {"__typename": "Letter", "_policy_id": "l", "text": "in confidence"},
    {"__typename": "Flyer", "text": "for all"},
]


@pytest.mark.parametrize(
    "query",
    [
        "{ found: papers { text } }",
        "{ found: anything { ... on Paper { text } } }",
        """{ found: anything {
          ... on Contract { ... on Paper { text } }
          ... on Letter { ... on Paper { text } }
          ... on Flyer { text }
        } }""",
    ],
)
async def test_a_policy_sees_objects_behind_an_interface_without_its_keys(world, query):
    asked = []
    readable = Policy(deciding(asked, lambda _, q: q.entity is None), keys=("id",))
    objects = [dict(each) for each in OBJECTS]
    it = world(PAPERS, {"papers": {"found": objects}}, policies={"readable": readable})

    data, errors = await it.ask(query)

    assert {"found": [{"text": None}, {"text": None}, {"text": "for all"}]} == data
    assert [(["found"], "found.text")] == errors
    assert {"c", "l"} == {q.entity["id"] for batch in asked for q in batch}


async def test_a_policy_agrees_to_one_object_behind_an_interface_and_not_to_another(
    world,
):
    contract = Policy(deciding([], lambda _, q: q.entity["id"] == "c"), keys=("id",))
    objects = [dict(each) for each in OBJECTS]
    it = world(PAPERS, {"papers": {"papers": objects}}, policies={"readable": contract})

    data, errors = await it.ask("{ papers { text } }")

    texts = [paper["text"] for paper in data["papers"]]
    assert ["in confidence", None, "for all"] == texts
    assert [(["papers"], "papers.text")] == errors
