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


async def test_equal_questions_are_one(world):
    asked = []
    reader = Policy(deciding(asked, lambda _context, _question: True))
    it = world(ORDERS, ANSWERS, policies={"order:reader": reader})

    await it.ask("{ first: order(id: 1) { note } second: order(id: 1) { note } }")

    assert [[PolicyQuestion("Query.order", {"id": "1", "with": [1]})]] == asked


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


async def cancelled(_context, _questions):
    raise asyncio.CancelledError


def not_even_async(_context, questions):
    return [True for _ in questions]


@pytest.mark.parametrize(
    "function", [failing, never, short, vague, nothing, cancelled, not_even_async]
)
async def test_a_policy_that_breaks_denies(world, function):
    it = world(ORDERS, ANSWERS, policies={"staff": Policy(function, timeout_s=0.01)})

    assert {"news": None, "version": "1"} == (await it.ask("{ news version }"))[0]


async def test_a_policy_that_is_late_is_stopped(world):
    stopped = asyncio.Event()

    async def late(_context, _questions):
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    it = world(ORDERS, ANSWERS, policies={"staff": Policy(late, timeout_s=0.01)})

    await it.ask("{ news version }")

    await stopped.wait()


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


@pytest.mark.parametrize("key", [{}, {"_policy_id": None}])
async def test_an_object_whose_key_never_came_is_denied_unasked(world, key):
    nodes = [{"__typename": "Order", "note": "a", "total": 10, **key}]
    asked = []
    agreeing = Policy(deciding(asked, lambda _context, _question: True), ("id",))
    it = world(
        ORDERS,
        {**ANSWERS, "orders": {"orders": nodes}},
        policies={"order:owner": agreeing},
    )

    data, _ = await it.ask("{ orders { note total } }")

    assert {"orders": [{"note": "a", "total": None}]} == data
    assert [] == asked


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


MIXED = """
  type Query { docs: [Doc] }
  type Doc {
    id: ID!
    both: String @policy(policies: [["staff", "reader"]])
    either: String @policy(policies: [["staff"], ["reader"]])
  }
"""
DOCS = [
    {"__typename": "Doc", "_policy_id": "1", "both": "b1", "either": "e1"},
    {"__typename": "Doc", "_policy_id": "2", "both": "b2", "either": "e2"},
]


@pytest.mark.parametrize(
    ("staff", "expected"),
    [
        (True, [{"both": "b1", "either": "e1"}, {"both": None, "either": "e2"}]),
        (False, [{"both": None, "either": "e1"}, {"both": None, "either": None}]),
    ],
)
async def test_a_policy_about_objects_adds_to_what_others_said_before(
    world, staff, expected
):
    asked = []
    it = world(
        {"docs": MIXED},
        {"docs": {"docs": DOCS}},
        policies={
            "staff": Policy(deciding([], lambda _context, _question: staff)),
            "reader": Policy(
                deciding(asked, lambda _context, q: q.entity["id"] == "1"), ("id",)
            ),
        },
    )

    assert expected == (await it.ask("{ docs { both either } }"))[0]["docs"]
    about = "Doc.both" if staff else "Doc.either"
    assert {about} == {question.coordinate for question in asked[0]}


async def test_objects_are_not_looked_at_for_what_is_decided_already(world):
    asked = []
    policies = {
        "staff": Policy(deciding([], lambda _context, _question: True)),
        "reader": Policy(deciding(asked, lambda _context, _question: False), ("id",)),
    }
    it = world({"docs": MIXED}, {"docs": {"docs": DOCS}}, policies=policies)

    assert [] == (await it.ask("{ docs { either } }"))[1]
    assert [] == asked


async def test_a_dry_run_looks_at_no_object_and_fetches_nothing_for_it(world):
    asked = []
    it = world(ORDERS, ANSWERS, mode="dry_run", policies={"order:owner": owner(asked)})

    answer = await it.ask("{ orders { note total } }")

    assert (
        {"orders": [{"note": n["note"], "total": n["total"]} for n in NODES]},
        [],
    ) == (answer)
    assert [] == asked
    assert ["orders: { orders { note total } }"] == it.asked


async def test_what_only_an_object_tells_is_null_where_operations_are_rejected(
    world, caller
):
    it = world(ORDERS, ANSWERS, mode="reject", policies={"order:owner": owner([])})

    assert (
        {"orders": [{"total": 10}, {"total": None}]},
        [(["orders"], "orders.total")],
    ) == await it.ask("{ orders { total } }", caller())
    assert (None, [(["news"], None)]) == await it.ask("{ orders { total } news }")


async def test_what_is_skipped_is_not_asked_about(world):
    asked = []
    it = world(ORDERS, ANSWERS, policies={"order:owner": owner(asked)})
    query = "query ($with: Boolean!) { orders { note total @include(if: $with) } }"

    data, errors = await it.ask(query, **{"with": False})

    assert ([{"note": "a"}, {"note": "b"}], []) == (data["orders"], errors)
    assert [] == asked


SHELVES = """
  type Query { shelves: [[Thing]] , thing: Thing }
  union Thing = Doc | Box
  type Box { id: ID!, lid: String, inner: Thing }
  type Doc { id: ID!, text: String @policy(policies: [["reader"]]) }
"""


async def test_objects_are_found_in_lists_of_lists_and_under_fragments(world):
    def doc(n):
        return {"__typename": "Doc", "_policy_id": n, "text": f"t{n}"}

    def box(lid, inner=None):
        return {"__typename": "Box", "lid": lid, "inner": inner}

    asked = []
    shelves = [
        [doc("1"), None, box("x", doc("2"))],
        None,
        [box("y", box("z")), doc("3")],
    ]
    reader = Policy(deciding(asked, lambda _c, q: q.entity["id"] == "3"), ("id",))
    it = world({"a": SHELVES}, {"a": {"shelves": shelves}}, policies={"reader": reader})

    data, errors = await it.ask(
        "{ shelves { ... on Doc { text } ... on Box { lid inner { ... on Doc { text } } } } }"
    )

    assert [
        [{"text": None}, None, {"lid": "x", "inner": {"text": None}}],
        None,
        [{"lid": "y", "inner": {}}, {"text": "t3"}],
    ] == data["shelves"]
    assert [
        (["shelves"], "shelves.text"),
        (["shelves"], "shelves.inner.text"),
    ] == errors
    assert {"1", "2", "3"} == {question.entity["id"] for question in asked[0]}


async def test_a_policy_without_its_object_judges_by_the_arguments(world):
    """A root field is on no object; nor are keys that its type has not."""
    asked = []
    it = world(
        {
            "a": """
              type Query { id: ID, doc(id: ID): Doc @policy(policies: [["reader"]]) }
              type Doc { name: String, note: String @policy(policies: [["reader"]]) }
            """
        },
        {"a": {"doc": {"name": "n", "note": "t"}}},
        policies={
            "reader": Policy(
                deciding(asked, lambda _context, q: q.coordinate == "Query.doc"),
                ("id",),
            )
        },
    )

    assert ({"doc": {"name": "n", "note": None}}, [(["doc", "note"], None)]) == (
        await it.ask('{ doc(id: "1") { name note } }')
    )
    assert [
        PolicyQuestion("Doc.note"),
        PolicyQuestion("Query.doc", {"id": "1"}),
    ] == sorted(asked[0], key=repr)


NOTES = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
{ query: Query }
enum join__Graph { A @join__graph(name: "a", url: "") }
type Query @join__type(graph: A) { notes: [Note], pages: [Page] }
interface Note @join__type(graph: A) {
  id: ID!, note: String @policy(policies: [["reader"]])
}
type Order implements Note
  @join__type(graph: A) @join__implements(graph: A, interface: "Note")
{ id: ID!, note: String, text: String @policy(policies: [["reader"]]) }
type Memo implements Note
  @join__type(graph: A) @join__implements(graph: A, interface: "Note")
{ id: ID!, note: String }
type Letter @join__type(graph: A) { id: ID!, note: String }
union Page
  @join__unionMember(graph: A, member: "Order")
  @join__unionMember(graph: A, member: "Letter")
  @join__type(graph: A)
= Order | Letter
"""


def note(typename, n):
    return {"__typename": typename, "_policy_id": n, "note": n, "text": n}


async def test_a_policy_is_told_the_type_that_the_object_says(world):
    """Not the type that demands the policy, nor one of those that could be there."""
    asked = []
    notes = [note("Memo", "1"), note("Order", "2")]
    reader = Policy(
        deciding(asked, lambda _context, q: q.entity["__typename"] == "Memo"), ("id",)
    )
    it = world({}, {"a": {"notes": notes}}, NOTES, policies={"reader": reader})

    data, _ = await it.ask("{ notes { note } }")

    assert {"notes": [{"note": "1"}, {"note": None}]} == data
    assert [
        [
            PolicyQuestion("Note.note", {}, {"__typename": "Memo", "id": "1"}),
            PolicyQuestion("Note.note", {}, {"__typename": "Order", "id": "2"}),
        ]
    ] == asked


@pytest.mark.parametrize("said", [["Order"], {"name": "Order"}, 7, "Unheard", None])
@pytest.mark.parametrize(
    "query", ["{ notes { note } }", "{ pages { ... on Order { text } } }"]
)
async def test_an_object_that_says_no_type_of_the_schema_is_judged_all_the_same(
    world, said, query
):
    asked = []
    reader = Policy(deciding(asked, lambda _context, _question: False), ("id",))
    it = world(
        {},
        {"a": {"notes": [note(said, "secret")], "pages": [note(said, "secret")]}},
        NOTES,
        policies={"reader": reader},
    )

    data, _ = await it.ask(query)

    assert "secret" not in str(data)
    assert ["secret"] == [question.entity["id"] for question in asked[0]]


async def test_a_policy_is_not_asked_about_what_is_no_text(world):
    asked = []
    shop = world(
        ORDERS,
        ANSWERS,
        policies={
            "order:reader": Policy(deciding(asked, lambda _context, _question: True))
        },
    )

    data, (error,) = await shop.ask(
        "query ($id: ID!) { order(id: $id) { id } }", id="\ud83d"
    )

    assert (None, [], []) == (data, asked, shop.asked)
    assert "BAD_USER_INPUT" == error["extensions"]["code"]
