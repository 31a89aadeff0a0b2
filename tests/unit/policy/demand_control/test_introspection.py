"""What it costs to be told of the schema."""

import pytest
from graphql import get_introspection_query

from gateway_graphql.policy.demand_control import Cost

SDL = """
type Query { find(by: By, kind: Kind): [Found] node: Node items: [Item] }
interface Node { id: ID }
type Item implements Node { id: ID other: Other }
type Other implements Node { id: ID item: Item }
union Found = Item | Other
input By { text: String number: Int }
enum Kind { A B C }
scalar Stamp
type More { at: Stamp }
extend type Query { more: More }
directive @here on FIELD
"""


@pytest.fixture
def costs(costs_of):
    return costs_of(shelf=SDL)


def objects(costs, query, variables=None):
    return round(1000 * costs.total(query, variables))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ('{ __type(name: "Item") { name } }', 1),
        ("{ __schema { queryType { name } } }", 2),
        ("{ __schema { types { name } } }", 1 + 9),
        # Those that GraphQL itself has, and one of the schema.
        ("{ __schema { directives { name } } }", 1 + 5 + 1),
        # 10 fields in 9 types, each with a type, and 2 arguments among all of them.
        ("{ __schema { types { fields { name } } } }", 1 + 9 + 10),
        ("{ __schema { types { fields { type { name } } } } }", 1 + 9 + 10 + 10),
        ("{ __schema { types { fields { args { name } } } } }", 1 + 9 + 10 + 2),
        ("{ __schema { types { inputFields { name } } } }", 1 + 9 + 2),
        ("{ __schema { types { enumValues { name } } } }", 1 + 9 + 3),
        ("{ __schema { types { interfaces { name } } } }", 1 + 9 + 2),
        ("{ __schema { types { possibleTypes { name } } } }", 1 + 9 + 2 + 2),
        ("{ __schema { ...S } } fragment S on __Schema { types { name } }", 1 + 9),
        ("{ a: __schema { types { name } } b: __schema { types { name } } }", 2 * 10),
    ],
)
def test_an_object_costs_a_thousandth_and_lists_are_as_long_as_the_schemas(
    costs, query, count
):
    assert count == objects(costs, query)


def test_conditions_decide_what_is_asked_of_the_schema(costs):
    query = "query ($all: Boolean!) { __schema { types @include(if: $all) { name } } }"

    assert 10 == objects(costs, query, {"all": True})
    assert 1 == objects(costs, query, {"all": False})


def test_what_the_gateway_tells_is_no_subgraphs_cost(costs):
    estimate = costs.estimate("{ items { id } __schema { types { name } } }")

    assert Cost(10.01, {"shelf": 10}, 0.01) == estimate


def test_nesting_multiplies(costs):
    """A field's type has fields: as many as a type has on the average."""
    once, twice = (
        costs.total(f"{{ __schema {{ types {{ {opening} name {closing} }} }} }}")
        for opening, closing in (
            ("fields { type {", "} }"),
            ("fields { type { fields { type {", "} } } }"),
        )
    )

    assert 0.03 == once
    assert once < twice < 2 * once


def test_the_query_that_tools_send_costs_less_than_a_list_of_objects(costs):
    assert costs.total(get_introspection_query()) < costs.total("{ items { id } }")


def test_the_formula_says_what_introspection_costs(costs):
    formula = costs.formula("{ items { id } __schema { queryType { name } } }")

    assert "shelf: 10\nintrospection: 0.002" == str(formula)
