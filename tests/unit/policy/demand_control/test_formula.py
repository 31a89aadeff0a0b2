"""Formulas as an operator reads them, and directives that others compose."""

import re
import sys
from dataclasses import replace

import pytest

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.errors import SupergraphInvalid
from gateway_graphql.policy.demand_control import (
    DemandControl,
    DemandControlSettings,
    compile_cost,
)
from gateway_graphql.supergraph.model import AppliedDirective
from gateway_graphql.supergraph.reading import read_supergraph

from .conftest import LINK

SHOP = """
type Query {
  items(first: Int, last: Int, page: Page): [Item]
    @listSize(slicingArguments: ["first", "last"])
  search(by: Page): Item
  node: Node
  dated: Dated
}
input Page { first: Int next: Page }
interface Node { id: ID }
type Item implements Node { id: ID parts(first: Int!): [Item]
  @listSize(slicingArguments: ["first"]) }
type Part implements Node { id: ID items(first: Int!): [Item]
  @listSize(slicingArguments: ["first"]) }
interface Dated { since(day: Int): Int }
type Fresh implements Dated { since(day: Int): Int }
type Stale implements Dated { since(day: Int @cost(weight: 3)): Int }
"""


@pytest.mark.parametrize(
    ("query", "formula"),
    [
        ("{ items(first: 3) { id } }", "shop: 3"),
        ("query ($n: Int) { items(first: $n) { id } }", "shop: $n"),
        (
            "query ($n: Int) { items(first: $n, last: 4) { id } }",
            "shop: max($n, 4)",
        ),
        ("query ($p: Page) { search(by: $p) { id } }", "shop: (1 + cost($p))"),
        (
            "query ($a: Boolean!) { items(first: 2) @include(if: $a) { id } }",
            "shop: [if $a] 2",
        ),
        (
            (
                "query ($a: Boolean!, $b: Boolean!)"
                "{ search @include(if: $a) @skip(if: $b) { id } }"
            ),
            "shop: [if $a and not $b] 1",
        ),
        (
            (
                "query ($n: Int!, $m: Int!) { node {"
                " ... on Item { parts(first: $n) { id } }"
                " ... on Part { items(first: $m) { id } } } }"
            ),
            "shop: (1 + max($n, $m))",
        ),
        (
            "query ($d: Int) { dated { since(day: $d) } }",
            "shop: (1 + max(0, cost($d)))",
        ),
        (
            "query ($p: Page) { a: search(by: $p) { id } b: search(by: $p) { id } }",
            "shop: (2 + cost($p) + cost($p))",
        ),
        ("{ __typename }", ""),
    ],
)
def test_a_formula_can_be_read(costs_of, query, formula):
    costs = costs_of(shop=SHOP)

    assert formula == str(costs.formula(query))
    assert formula == str(costs.formula(query, mode="enforce"))


def test_an_enforced_formula_that_never_holds_is_not_refused(costs_of):
    formula = costs_of(shop=SHOP).formula(
        "query ($a: Boolean!) { items @include(if: $a) { id } }", mode="enforce"
    )

    assert 0 == formula.estimate({"a": False}).total


def test_a_formula_without_variables_is_computed_once(costs_of):
    formula = costs_of(shop=SHOP).formula("{ node { id } }")

    assert formula.estimate({}) is formula.estimate({"n": 1})


def with_directives(supergraph, field, *directives):
    """The supergraph with other directives on a field of the query root."""
    query = supergraph.types["Query"]
    changed = replace(query.fields[field], directives=directives)
    fields = {**query.fields, field: changed}
    types = {**supergraph.types, "Query": replace(query, fields=fields)}
    return replace(supergraph, types=types)


@pytest.mark.parametrize(
    ("query", "variables", "cost"),
    [
        ("{ items(page: { first: 3 }) { id } }", {}, 4),
        ("{ items(page: { next: { first: 3 } }) { id } }", {}, 12),
        (
            "query ($p: Page) { items(page: $p) { id } }",
            {"p": {"first": 4}},
            5,
        ),
        ("query ($n: Int) { items(page: { first: $n }) { id } }", {"n": 5}, 6),
        ("query ($p: Page) { items(page: $p) { id } }", {"p": None}, 10),
    ],
)
def test_a_slicing_argument_may_be_inside_of_an_input_object(
    costs_of, query, variables, cost
):
    costs = costs_of(shop=SHOP)
    costs.supergraph = with_directives(
        costs.supergraph,
        "items",
        AppliedDirective("listSize", (("slicingArguments", '["page.first"]'),)),
    )

    assert cost == costs.total(query, variables)


def test_a_formula_names_the_member_that_slices(costs_of):
    costs = costs_of(shop=SHOP)
    costs.supergraph = with_directives(
        costs.supergraph,
        "items",
        AppliedDirective("listSize", (("slicingArguments", '["page.first", "last"]'),)),
    )

    written = "query ($n: Int) { items(page: { first: 3 }, last: $n) { id } }"
    assert "shop: (1 + max(3, $n))" == str(costs.formula(written))
    given = "query ($p: Page, $n: Int) { items(page: $p, last: $n) { id } }"
    assert "shop: (max($p.first, $n) + cost($p))" == str(costs.formula(given))


def test_of_several_list_sizes_the_largest_counts(costs_of):
    costs = costs_of(shop=SHOP)
    costs.supergraph = with_directives(
        costs.supergraph,
        "items",
        *(
            AppliedDirective("listSize", (("assumedSize", size),))
            for size in ("3", "8", "5")
        ),
    )

    assert 8 == costs.total("{ items { id } }")


@pytest.mark.parametrize(("weight", "cost"), [('"2.5"', 2.5), ("2.5", 2.5), ("3", 3)])
def test_a_weight_may_be_written_as_the_cost_specification_does(costs_of, weight, cost):
    costs = costs_of(shop=SHOP)
    costs.supergraph = with_directives(
        costs.supergraph, "search", AppliedDirective("cost", (("weight", weight),))
    )

    assert cost == costs.total("{ search { id } }")


NO_WEIGHT = "`weight` is no number from -2147483647 to 2147483647"
NO_SIZE = "`assumedSize` is no number of items"


@pytest.mark.parametrize(
    ("name", "argument", "value", "problem"),
    [
        ("cost", "weight", '"heavy"', NO_WEIGHT),
        ("cost", "weight", '"nan"', NO_WEIGHT),
        ("cost", "weight", '"inf"', NO_WEIGHT),
        ("cost", "weight", "-1e400", NO_WEIGHT),
        ("cost", "weight", f"1{'0' * 400}", NO_WEIGHT),
        ("cost", "weight", "2147483648", NO_WEIGHT),
        ("cost", "weight", "null", NO_WEIGHT),
        ("cost", "weight", "true", NO_WEIGHT),
        ("cost", "weight", "[1]", NO_WEIGHT),
        ("listSize", "assumedSize", '"5"', NO_SIZE),
        ("listSize", "assumedSize", "2.5", NO_SIZE),
        ("listSize", "assumedSize", "true", NO_SIZE),
        ("listSize", "assumedSize", "-1", NO_SIZE),
    ],
)
def test_a_wrong_weight_or_size_is_found_before_any_request(
    costs_of, name, argument, value, problem
):
    supergraph = with_directives(
        costs_of(shop=SHOP).supergraph,
        "items",
        AppliedDirective(name, ((argument, value),)),
    )

    with pytest.raises(SupergraphInvalid) as error:
        DemandControl(supergraph, DemandControlSettings())

    assert f"@{name} on Query.items is wrong: {problem}." == str(error.value)


def test_a_directive_of_that_name_without_a_weight_is_somebody_elses(costs_of):
    costs = costs_of(shop=SHOP)
    costs.supergraph = with_directives(
        costs.supergraph, "search", AppliedDirective("cost", (("euros", "7"),))
    )
    DemandControl(costs.supergraph, DemandControlSettings())

    assert 1 == costs.total("{ search { id } }")


WEIGHED = """
type Query @cost(weight: 1) {
  find(by: By @cost(weight: 2), kind: Kind, at: Stamp): [Found]
    @cost(weight: 3) @listSize(assumedSize: 0)
}
input By { text: String @cost(weight: 4) }
enum Kind @cost(weight: 5) { A }
scalar Stamp @cost(weight: 6)
interface Found { id: ID }
type Item implements Found { id: ID @cost(weight: 7) }
"""


@pytest.mark.parametrize(
    ("weight", "coordinate"),
    [
        (1, "Query"),
        (2, "Query.find(by:)"),
        (3, "Query.find"),
        (4, "By.text"),
        (5, "Kind"),
        (6, "Stamp"),
        (7, "Item.id"),
    ],
)
def test_a_wrong_weight_is_found_wherever_it_is(weight, coordinate):
    composed = compose([Subgraph("shop", sdl=LINK + WEIGHED)])
    sdl = composed.supergraph_sdl
    DemandControl(read_supergraph(sdl), DemandControlSettings())
    wrong = read_supergraph(sdl.replace(f"weight: {weight})", 'weight: "heavy")'))

    with pytest.raises(
        SupergraphInvalid, match=re.escape(f" on {coordinate} is wrong")
    ):
        DemandControl(wrong, DemandControlSettings())


def test_a_field_that_the_supergraph_does_not_know_costs_nothing(costs_of):
    costs = costs_of(shop=SHOP)
    query = costs.supergraph.types["Query"]
    types = {**costs.supergraph.types, "Query": replace(query, fields={})}
    plan = costs.plan("{ search { id } }")
    costs.supergraph = replace(costs.supergraph, types=types)
    costs.plan = lambda _query: plan

    assert 0 == costs.total("{ search { id } }")


def test_demand_control_says_what_it_does(costs_of):
    supergraph = costs_of(shop=SHOP).supergraph

    assert "<DemandControl measure>" == repr(
        DemandControl(supergraph, DemandControlSettings())
    )


def calls_of(make):
    """How many functions are called, those in C included."""
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        make()
    finally:
        sys.setprofile(None)
    return calls


def test_a_formula_is_made_in_few_steps_for_each_field(costs_of):
    names = [f"f{n}" for n in range(200)]
    fields = " ".join(f"{name}(a: Int): [Item]" for name in names)
    costs = costs_of(
        a=f"type Query {{ all: All }} type All {{ {fields} }} type Item {{ id: ID }}"
    )
    settings = DemandControlSettings()

    def calls_for(asked):
        plan = costs.plan(
            "{ all {" + " ".join(f"{name} {{ id }}" for name in asked) + "} }"
        )
        return calls_of(lambda: compile_cost(plan, costs.supergraph, settings))

    few, many = calls_for(names[:100]), calls_for(names)

    assert (many - few) / 200 < 180  # of each of two hundred fields more
