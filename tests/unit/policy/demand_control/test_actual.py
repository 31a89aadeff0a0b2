"""Actual costs: the same weights over what subgraphs answered."""

import pytest

from gateway_graphql.policy.demand_control import Cost, CostMeter

SHOP = """
type Query {
  items: [Item]
  thing: Thing
  heavy: Int @cost(weight: 4)
  grid: [[Item]]
  search(by: Filter): Item
  pricey: [Item!] @cost(weight: 50)
  cheap(by: Int @cost(weight: -8)): Item
  bargain: Item @cost(weight: -2)
  bargains: [Int] @cost(weight: -2)
}
input Filter { text: String }
type Item { id: ID part: Part tags: [String] weighed: Int @cost(weight: 3) }
type Part @cost(weight: 5) {
  id: ID mark: Int @cost(weight: 3) seal: Int @cost(weight: 4)
}
interface Thing { id: ID }
type Small implements Thing { id: ID part: Part }
type Large implements Thing {
  id: ID parts: [Part] whole(by: Int @cost(weight: 1)): Part @cost(weight: 7)
}
type Mutation { rename: Int change: Item }
"""


def actual(costs, query, *replies, variables=None):
    """What replies cost, given in the order of the plan's fetches."""
    meter = CostMeter(costs.formula(query), variables or {})
    for fetch, data in zip(costs.plan(query).fetches, replies, strict=True):
        meter(fetch, data)
    return meter.cost()


@pytest.mark.parametrize(
    ("query", "data", "cost"),
    [
        ("{ items { id } }", {"items": [{"id": 1}, {"id": 2}, None]}, 2),
        ("{ items { id } }", {"items": []}, 0),
        ("{ items { id } }", {"items": None}, 0),
        ("{ items { id } }", {}, 0),
        ("{ items { tags } }", {"items": [{"tags": ["a", "b"]}]}, 1),
        (
            "{ items { part { id } } }",
            {"items": [{"part": {"id": 1}}, {"part": None}, {}, None]},
            3 + 5,
        ),
        ("{ items { weighed } }", {"items": [{"weighed": 1}, {"weighed": None}]}, 5),
        ("{ heavy }", {"heavy": 1}, 4),
        ("{ heavy }", {"heavy": None}, 0),
        ("{ grid { id } }", {"grid": [[{"id": 1}], [{"id": 2}, None]]}, 2),
        ("{ x: heavy y: heavy }", {"x": 1, "y": 1}, 8),
        ("{ search(by: {}) { id } }", {"search": {"id": 1}}, 2),
        ("{ search(by: {}) { id } }", {"search": None}, 1),
        ("{ pricey { id } }", {"pricey": [{"id": 1}, {"id": 2}]}, 52),
        ("{ pricey { id } }", {"pricey": []}, 50),
        ("{ cheap(by: 1) { id } heavy }", {"cheap": {"id": 1}, "heavy": 1}, 4),
        ("{ bargain { id } heavy }", {"bargain": {"id": 1}, "heavy": 1}, 4),
        ("{ bargain { weighed } }", {"bargain": {"weighed": 1}}, 1),
        ("{ bargains heavy }", {"bargains": [1, 2, 3], "heavy": 1}, 4),
        ("mutation { rename }", {"rename": 1}, 10),
        ("mutation { change { id } }", {"change": {"id": 1}}, 11),
        ("{ items { id } }", {"items": "nonsense"}, 1),
        ("{ items { part { id } } }", {"items": [7]}, 1),
        ("{ items { part { id } } }", {"items": ["nonsense", [{"part": 7}]]}, 7),
    ],
)
def test_what_came_is_what_it_cost(costs_of, query, data, cost):
    assert Cost(cost, {"shop": cost}) == actual(costs_of(shop=SHOP), query, data)


def test_of_an_object_of_unknown_type_what_came_counts(costs_of):
    costs = costs_of(shop=SHOP)
    query = "{ thing { ... on Small { part { id } } ... on Large { parts { id } } } }"

    assert 6 == actual(costs, query, {"thing": {"part": {"id": 1}}}).total
    assert 16 == actual(costs, query, {"thing": {"parts": [{}, {}, {}]}}).total


@pytest.mark.parametrize(
    ("thing", "cost"),
    [
        ({"x": {"mark": 1}}, 1 + 1 + 7 + 3),
        ({"x": {"seal": 1}}, 1 + 1 + 7 + 4),
        ({"x": None}, 1 + 1),
        ({}, 1),
    ],
)
@pytest.mark.parametrize("is_reversed", [False, True])
def test_of_fields_that_share_a_key_the_dearer_counts(
    costs_of, thing, cost, is_reversed
):
    small = "... on Small { x: part { mark } }"
    large = "... on Large { x: whole(by: 1) { seal } }"
    both = f"{large} {small}" if is_reversed else f"{small} {large}"

    costs = costs_of(shop=SHOP)
    assert cost == actual(costs, f"{{ thing {{ {both} }} }}", {"thing": thing}).total


def test_arguments_in_variables_cost_what_was_given(costs_of):
    query = "query ($by: Filter) { search(by: $by) { id } }"
    given = {"by": {"text": "a"}}
    data = {"search": {"id": 1}}
    costs = costs_of(shop=SHOP)

    assert 2 == actual(costs, query, data, variables=given).total
    assert 1 == actual(costs, query, data).total


def test_a_fetch_that_was_sent_in_vain_costs_what_was_estimated(costs_of):
    costs = costs_of(shop=SHOP)

    assert 11 == actual(costs, "mutation { change { id } }", None).total
    assert 10 == actual(costs, "{ items { id } }", None).total


PRODUCTS = """
type Query { products: [Product] }
type Product @key(fields: "id") { id: ID! name: String }
"""
REVIEWS = """
type Product @key(fields: "id") { id: ID! reviews: [Review] }
type Review { text: String }
"""


def test_each_subgraph_is_counted_by_its_own_replies(costs_of):
    costs = costs_of(products=PRODUCTS, reviews=REVIEWS)
    products = {"products": [{"__typename": "Product", "id": n} for n in (1, 2, 3)]}
    reviews = {"_entities": [{"reviews": [{"text": "a"}, {"text": "b"}]}, None, {}]}

    cost = actual(costs, "{ products { reviews { text } } }", products, reviews)

    assert Cost(3 + 4, {"products": 3, "reviews": 4}) == cost


def test_a_subgraph_that_does_not_answer_costs_nothing(costs_of):
    costs = costs_of(products=PRODUCTS, reviews=REVIEWS)
    query = "{ products { reviews { text } } }"
    meter = CostMeter(costs.formula(query), {})

    meter(costs.plan(query).fetches[0], {"products": [{}]})

    assert Cost(1, {"products": 1}) == meter.cost()
    assert "<CostMeter 1>" == repr(meter)
