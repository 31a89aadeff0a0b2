"""Estimates: the cost of a plan before it is executed."""

import pytest

from gateway_graphql.errors import SlicingArgumentsInvalid
from gateway_graphql.policy.demand_control import Cost, SubgraphDemand

from .conftest import LINK

BOOKS = """
type Query {
  book(id: ID): Book
  bestsellers: [Book] @listSize(assumedSize: 5)
  newestAdditions(after: ID, limit: Int!): [Book]
    @listSize(slicingArguments: ["limit"])
}
type Book { title: String author: Author publisher: Publisher }
type Author { name: String }
type Publisher { name: String address: Address }
type Address WEIGHT { zipCode: Int! }
"""

BOOK = "{ title author { name } publisher { name address { zipCode } } }"


@pytest.mark.parametrize(
    ("query", "address", "cost"),
    [
        (f"{{ book(id: 1) {BOOK} }}", "", 4),
        (f"{{ book(id: 1) {BOOK} }}", "@cost(weight: 5)", 8),
        (f"{{ bestsellers {BOOK} }}", "@cost(weight: 5)", 40),
        (f"{{ newestAdditions(limit: 3) {BOOK} }}", "@cost(weight: 5)", 24),
        (f"{{ newestAdditions(limit: 7) {BOOK} }}", "@cost(weight: 5)", 56),
    ],
)
def test_the_figures_that_the_field_works_with(costs_of, query, address, cost):
    costs = costs_of(books=BOOKS.replace("WEIGHT", address))

    assert Cost(cost, {"books": cost}) == costs.estimate(query)


def test_directives_under_other_names_count_the_same(costs_of):
    link = """
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
      { name: "@cost", as: "@weighs" } { name: "@listSize", as: "@howMany" }
    ])
    """
    sdl = BOOKS.replace("WEIGHT", "@weighs(weight: 5)").replace("listSize", "howMany")

    assert 40 == costs_of(link=link, books=sdl).total(f"{{ bestsellers {BOOK} }}")


def test_directives_under_the_namespace_count_the_same(costs_of):
    link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9")'
    sdl = BOOKS.replace("WEIGHT", "@federation__cost(weight: 5)")
    sdl = sdl.replace("@listSize", "@federation__listSize")

    assert 40 == costs_of(link=link, books=sdl).total(f"{{ bestsellers {BOOK} }}")


def test_a_formula_is_made_once_and_takes_any_variables(costs_of):
    costs = costs_of(books=BOOKS.replace("WEIGHT", "@cost(weight: 5)"))
    formula = costs.formula(
        f"query ($n: Int!) {{ newestAdditions(limit: $n) {BOOK} book {{ title }} }}"
    )

    assert "books: (1 + $n * 8)" == str(formula)
    assert 25 == formula.estimate({"n": 3}).total
    assert 57 == formula.estimate({"n": 7}).total
    assert 1 == formula.estimate({"n": -7}).total


SHELF = """
type Query {
  leaf: Int
  kind: Kind
  stamp: Stamp
  heavy: Int @cost(weight: 4)
  light: Item @cost(weight: 0)
  items: [Item]
  matrix: [[Item]]
  thing: Thing
  shelf(first: Int = 20, last: Int, filter: Filter): Shelf
    @listSize(slicingArguments: ["first", "last"], sizedFields: ["items", "edges"])
  some(first: Int, last: Int): [Item]
    @listSize(slicingArguments: ["first", "last"], assumedSize: 6)
  lenient(first: Int, last: Int): [Item]
    @listSize(
      slicingArguments: ["first", "last"], requireOneSlicingArgument: false
    )
  search(by: Filter, many: [Filter], weight: Int @cost(weight: 7)): Int
  stamped(at: Stamp, kinds: [Kind]): Int
  counted(first: Int!, last: Int): [Item]
    @listSize(slicingArguments: ["first", "last"])
  lone(first: Int): [Item] @listSize(slicingArguments: ["first"])
  unsaid: Shelf @listSize(sizedFields: ["items"])
}
enum Kind @cost(weight: 2) { A }
scalar Stamp @cost(weight: 3)
type Item { id: ID }
type Shelf { items: [Item] edges: [Edge] others: [Item] }
type Edge { item: Item }
interface Thing { id: ID part: Item }
interface Named { name: String }
type Small implements Thing & Named { id: ID name: String part: Item }
type Large implements Thing & Named @cost(weight: 9) {
  id: ID name: String part: Item @cost(weight: 5) whole: Item
}
input Filter {
  text: String
  limit: Int @cost(weight: 2)
  and: [Filter!]
}
type Mutation { change: Item rename: Int }
"""


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ leaf __typename }", 0),
        ("{ kind stamp }", 5),
        ("{ heavy }", 4),
        ("{ light { id } }", 0),
        ("{ items { id } }", 10),
        ("{ matrix { id } }", 100),
        ("{ __schema { types { name } } }", 0.013),
        ("{ shelf(first: 3) { items { id } } }", 4),
        ("{ shelf(first: 3) { edges { item { id } } } }", 7),
        ("{ shelf(last: 4) { items { id } others { id } } }", 15),
        ("{ shelf { items { id } } }", 21),
        ("{ a: shelf(first: 1) { items { id } } b: shelf { items { id } } }", 23),
        ("{ some { id } }", 6),
        ("{ some(first: 2, last: 3) { id } }", 3),
        ("{ some(first: null) { id } }", 6),
        ("{ some(first: 0, last: 0) { id } }", 0),
        ("{ lenient { id } }", 10),
        ("{ lenient(first: 2, last: 3) { id } }", 3),
        ("{ search(weight: 1) }", 7),
        ("{ search(weight: null) }", 0),
        ('{ search(by: { text: "" }) }', 1),
        ("{ search(by: { limit: 1, and: [{ limit: 2 }, {}] }) }", 1 + 2 + 3 + 1),
        ("{ search(many: [{}, { limit: 1 }]) }", 4),
        ('{ stamped(at: "1") }', 3),
        ('{ stamped(at: "1", kinds: [A, A]) }', 3 + 2 + 2),
        ("{ unsaid { items { id } } }", 11),
        ("mutation { change { id } }", 11),
        ("mutation { rename }", 10),
        ("{ items { id } leaf @skip(if: true) items @include(if: true) { id } }", 10),
        ("{ items @skip(if: true) { id } leaf }", 0),
    ],
)
def test_what_a_selection_costs(costs_of, query, cost):
    assert cost == costs_of(shelf=SHELF).total(query)


@pytest.mark.parametrize(
    ("query", "variables", "cost"),
    [
        (
            "query ($f: Filter) { search(by: $f) }",
            {"f": {"limit": 1, "and": [{"limit": 1}, None]}},
            6,
        ),
        ("query ($f: Filter) { search(by: $f) }", {}, 0),
        ("query ($f: [Filter]) { search(many: $f) }", {"f": [{}, {"text": "a"}]}, 2),
        ("query ($w: Int) { search(weight: $w) }", {"w": 1}, 7),
        ("query ($w: Int) { search(weight: $w) }", {"w": None}, 0),
        ("query ($f: [Filter!]) { search(by: { and: $f }) }", {"f": [{}, {}]}, 3),
        ("query ($n: Int) { shelf(first: $n) { items { id } } }", {"n": 2}, 3),
        ("query ($n: Int) { shelf(first: $n) { items { id } } }", {}, 21),
        ("query ($n: Int) { some(first: $n, last: 2) { id } }", {"n": 5}, 5),
        ("query ($a: Boolean!) { items @skip(if: $a) { id } }", {"a": True}, 0),
        ("query ($a: Boolean!) { items @skip(if: $a) { id } }", {"a": False}, 10),
        (
            "query ($a: Boolean!, $n: Int) { heavy some(first: $n) @include(if: $a) { id } }",
            {"a": True, "n": 3},
            7,
        ),
    ],
)
def test_variables_are_known_when_the_formula_is_replayed(
    costs_of, query, variables, cost
):
    assert cost == costs_of(shelf=SHELF).total(query, variables)


PRICEY = """
type Query {
  pricey: [Thing!] @cost(weight: 50) @listSize(assumedSize: 10)
  grid: [[Thing]] @cost(weight: 50)
  tags: [String] @cost(weight: 3)
  heavy: [Heavy] @cost(weight: 50)
  one: Thing @cost(weight: 50)
  node: [Node] @listSize(assumedSize: 2)
}
interface Node { things: [Thing] }
type First implements Node { things: [Thing] @cost(weight: 5) }
type Second implements Node { things: [Thing] @cost(weight: 7) }
type Thing { id: ID! parts: [Thing] @cost(weight: 2) @listSize(assumedSize: 3) }
type Heavy @cost(weight: 4) { id: ID! }
"""


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ pricey { id } }", 50 + 10),
        ("{ pricey { parts { id } } }", 50 + 10 * (1 + 2 + 3)),
        ("{ grid { id } }", 50 + 100),
        ("{ tags }", 3),
        ("{ heavy { id } }", 50 + 10 * 4),
        ("{ one { id } }", 50),
        ("{ node { things { id } } }", 2 * (1 + 7 + 10)),
    ],
)
def test_a_list_fields_own_cost_counts_once(costs_of, query, cost):
    assert cost == costs_of(shop=PRICEY).total(query)


NEGATIVE = """
type Query {
  item(cheap: Boolean @cost(weight: -3), by: Filter): Item
  items: [Item] @cost(weight: -100)
  one: Item @cost(weight: -5)
  price: Int
}
type Item {
  id: ID
  score: Int @cost(weight: -4)
  price: Int @cost(weight: 2)
  parts(first: Int!): [Item] @listSize(slicingArguments: ["first"])
}
input Filter { rough: Boolean @cost(weight: -9) text: String }
"""
PARTS = "query ($n: Int!) { one { parts(first: $n) { id } }"


@pytest.mark.parametrize(
    ("query", "variables", "cost"),
    [
        ("{ item(cheap: true) { id } }", {}, 0),
        ("{ item(cheap: true) { id } other: item { id } }", {}, 1),
        ("query ($c: Boolean) { item(cheap: $c) { price } }", {"c": True}, 0),
        ("query ($c: Boolean) { item(cheap: $c) { price } }", {}, 3),
        ("query ($f: Filter) { item(by: $f) { price } }", {"f": {"rough": True}}, 0),
        ("query ($f: Filter) { item(by: $f) { price } }", {"f": {"text": "a"}}, 4),
        ("{ items { id } item { id } }", {}, 1),
        ("{ one { price } item { score price } }", {}, 3),
        (f"{PARTS} item {{ id }} }}", {"n": 3}, 0 + 1),
        (f"{PARTS} item {{ id }} }}", {"n": 7}, 2 + 1),
    ],
)
def test_a_negative_weight_never_makes_a_sum_negative(costs_of, query, variables, cost):
    assert cost == costs_of(shop=NEGATIVE).total(query, variables)


def test_what_is_sent_by_default_costs_what_it_costs_when_given(costs_of):
    costs = costs_of(
        shop="""
        type Query {
          search(by: Filter = {}, many: [Filter]): [Int]
        }
        input Filter { deep: Boolean = true @cost(weight: 6) text: String }
        """
    )

    assert 7 == costs.total("{ search }") == costs.total("{ search(by: {}) }")
    assert 1 == costs.total("{ search(by: { deep: null }) }")
    assert 14 == costs.total("{ search(many: {}) }")
    assert 7 == costs.total("query ($d: Boolean) { search(by: { deep: $d }) }")


def test_of_objects_of_unknown_type_the_most_expensive_counts(costs_of):
    costs = costs_of(shelf=SHELF)

    assert 9 == costs.total("{ thing { id } }")
    assert 14 == costs.total("{ thing { part { id } } }")
    assert 15 == costs.total("{ thing { part { id } ... on Large { whole { id } } } }")
    assert 10 == costs.total(
        "{ thing { ... on Small { part { id } } ... on Large { whole { id } } } }"
    )
    assert 10 == costs.total(
        "{ thing { ... on Small { part { id } }"
        " ... on Named { name ... on Large { whole { id } } } } }"
    )


@pytest.mark.parametrize(
    ("query", "variables", "count"),
    [
        ("{ some { id } }", {}, 0),
        ("{ some(first: 1, last: 2) { id } }", {}, 2),
        ("query ($n: Int) { some(first: $n) { id } }", {}, 0),
        ("query ($n: Int) { lone(first: $n) { id } }", {"n": None}, 0),
        ("query ($n: Int) { some(first: 1, last: $n) { id } }", {"n": 1}, 2),
        ("query ($n: Int) { counted(first: 1, last: $n) { id } }", {"n": 1}, 2),
        ("{ shelf(first: 1, last: 2) { items { id } } }", {}, 2),
    ],
)
def test_enforced_a_list_is_sliced_by_exactly_one_argument(
    costs_of, query, variables, count
):
    costs = costs_of(shelf=SHELF)
    formula = costs.formula(query, mode="enforce")

    with pytest.raises(SlicingArgumentsInvalid, match=f"; {count} are given") as caught:
        formula.estimate(variables)

    assert "COST_INVALID_SLICING_ARGUMENTS" == caught.value.details[0].code
    assert costs.formula(query).estimate(variables).total


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ some(first: 1) { id } }", {}),
        ("{ some(first: 1, last: null) { id } }", {}),
        ("{ shelf { items { id } } }", {}),
        ("{ shelf(last: 1) { items { id } } }", {}),
        ("{ lenient { id } }", {}),
        ("query ($n: Int) { some(first: 1, last: $n) { id } }", {}),
        ("query ($a: Boolean!) { some @include(if: $a) { id } }", {"a": False}),
    ],
)
def test_enforced_one_slicing_argument_is_enough(costs_of, query, variables):
    costs_of(shelf=SHELF).estimate(query, variables, mode="enforce")


def test_lists_of_which_nothing_is_said_have_the_subgraphs_length(costs_of):
    costs = costs_of(shelf=SHELF)

    assert 4 == costs.total("{ items { id } }", list_size=4)
    assert 5 == costs.total(
        "{ items { id } }", list_size=4, all_subgraphs=SubgraphDemand(list_size=5)
    )
    assert 6 == costs.total(
        "{ items { id } }",
        list_size=4,
        all_subgraphs=SubgraphDemand(list_size=5),
        subgraphs={"shelf": SubgraphDemand(list_size=6)},
    )


PRODUCTS = """
type Query { products(first: Int!): [Product] @listSize(slicingArguments: ["first"]) }
type Product @key(fields: "id") { id: ID! name: String price: Int }
"""
REVIEWS = """
type Product @key(fields: "id") {
  id: ID!
  reviews: [Review] @listSize(assumedSize: 3)
  score: Float @requires(fields: "price")
  price: Int @external
}
type Review { text: String author: User }
type User @key(fields: "id") { id: ID! }
"""
USERS = """
type User @key(fields: "id") @cost(weight: 2) { id: ID! name: String }
"""


def test_entities_are_as_many_as_the_fetches_before_give(costs_of):
    costs = costs_of(products=PRODUCTS, reviews=REVIEWS, users=USERS)
    formula = costs.formula(
        "query ($n: Int!) {"
        " products(first: $n) { name score reviews { author { name } } } }"
    )

    assert "products: $n\nreviews: $n * 10\nusers: 3 * $n * 2" == str(formula)
    assert Cost(
        4 + 40 + 24, {"products": 4, "reviews": 40, "users": 24}
    ) == formula.estimate({"n": 4})


PARTS_OF = """
type Query { any: Any }
union Any = Map | Book
type Map { parts(first: Int = 3): [Part] @listSize(slicingArguments: ["first"]) }
type Book {
  parts(first: Int = 3): [Part!] @shareable @listSize(slicingArguments: ["first"])
}
type Part @key(fields: "id") { id: ID! }
"""
NAMES = """
type Book { parts(first: Int = 3): [Part] @shareable }
type Part @key(fields: "id") { id: ID! name: String }
"""


@pytest.mark.parametrize(("of_maps", "of_books"), [(2, 7), (7, 2)])
def test_entities_under_an_internal_alias_are_as_many_as_under_its_key(
    costs_of, of_maps, of_books
):
    costs = costs_of(maps=PARTS_OF, names=NAMES)
    query = f"""{{ any {{
      ... on Map {{ parts(first: {of_maps}) {{ name }} }}
      ... on Book {{ parts(first: {of_books}) {{ name }} }} }} }}"""

    (first, _) = costs.plan(query).fetches
    assert ["parts"] == [rename.key for rename in first.renames]
    # Nobody knows beforehand which of both it is.
    assert Cost(1 + 7 + 2 * 7, {"maps": 1 + 7, "names": 2 * 7}) == costs.estimate(query)


def test_entities_of_an_interface_weigh_what_the_dearest_does(costs_of):
    costs = costs_of(
        link=LINK.replace('"@key"', '"@key" "@interfaceObject"'),
        shelf="""
        type Query { media: [Media] }
        type Media @interfaceObject @key(fields: "id") { id: ID! }
        """,
        titles="""
        interface Media @key(fields: "id") { id: ID! title: String }
        type Book implements Media @key(fields: "id") @cost(weight: 2) {
          id: ID! title: String
        }
        type Film implements Media @key(fields: "id") @cost(weight: 5) {
          id: ID! title: String
        }
        """,
    )

    assert 10 * 5 == costs.estimate("{ media { title } }").by_subgraph["titles"]


@pytest.mark.parametrize(
    ("arguments", "cost"),
    [("size: 1", 1 + 9), ("", 1 + 9), ("size: null", 1), ("page: 1", 1 + 5 + 9)],
)
def test_arguments_behind_an_interface_cost_what_the_dearest_object_takes(
    costs_of, arguments, cost
):
    costs = costs_of(
        a="""
        type Query { node: Node }
        interface Node { image(size: Int, page: Int): String }
        type Photo implements Node { image(size: Int, page: Int): String }
        type Film implements Node {
          image(size: Int = 3 @cost(weight: 9), page: Int @cost(weight: 5)): String
        }
        """
    )
    given = f"({arguments})" if arguments else ""

    assert cost == costs.total(f"{{ node {{ image{given} }} }}")


NODES = """
type Query { node: Node }
interface Node { parts(first: Int, last: Int): [Part] INTERFACE }
type Photo implements Node { parts(first: Int = 4, last: Int): [Part] PHOTO }
type Film implements Node { parts(first: Int = 7, last: Int): [Part] FILM }
type Part { id: ID }
"""
ASSUMED = "@listSize(assumedSize: {})"
SLICED = '@listSize(slicingArguments: ["first"])'


@pytest.mark.parametrize(
    ("interface", "photo", "film", "selected", "cost"),
    [
        (ASSUMED.format(2), "", ASSUMED.format(3), "parts", 1 + 3),
        (ASSUMED.format(5), "", ASSUMED.format(3), "parts", 1 + 5),
        ("", ASSUMED.format(2), ASSUMED.format(3), "parts", 1 + 3),
        (ASSUMED.format(2), ASSUMED.format(9), "", "... on Film { parts", 1 + 10),
        (SLICED, "", "", "parts(first: 2)", 1 + 2),
        # Left out, it has the default that the object's own argument has.
        (SLICED, "", "", "parts", 1 + 7),
        (ASSUMED.format(2), SLICED, "", "parts(last: 1)", 1 + 4),
        (ASSUMED.format(2), "", "@cost(weight: 30)", "parts", 1 + 30 + 2),
    ],
)
def test_lists_behind_an_interface_are_as_long_as_the_longest_of_an_object(
    costs_of, interface, photo, film, selected, cost
):
    sdl = NODES.replace("INTERFACE", interface)
    costs = costs_of(a=sdl.replace("PHOTO", photo).replace("FILM", film))
    closing = "}" * selected.count("{")

    asked = f"{{ node {{ {selected} {{ id }} {closing} }} }}"
    assert cost == costs.total(asked, mode="measure")


def test_sized_fields_are_as_long_as_the_object_says_that_says_a_length(costs_of):
    costs = costs_of(
        a="""
        type Query { node: Node }
        interface Node { shelf: Shelf @listSize(sizedFields: ["items"]) }
        type Photo implements Node {
          shelf: Shelf @listSize(assumedSize: 3, sizedFields: ["items"])
        }
        type Shelf { items: [Item] }
        type Item { id: ID }
        """
    )

    assert 1 + 1 + 3 == costs.total("{ node { shelf { items { id } } } }")


def test_an_interface_says_how_its_own_list_is_sliced(costs_of):
    other = '@listSize(slicingArguments: ["last"])'
    sdl = NODES.replace("INTERFACE", SLICED)
    costs = costs_of(a=sdl.replace("PHOTO", other).replace("FILM", other))

    on_interface = "{ node { parts(first: 2) { id } } }"
    on_object = "{ node { ... on Film { parts(last: null) { id } } } }"
    assert 3 == costs.total(on_interface, mode="enforce")
    with pytest.raises(SlicingArgumentsInvalid):
        costs.total(on_object, mode="enforce")


def test_a_field_has_the_type_that_its_subgraph_gives_it(costs_of):
    other = "type Small implements Thing @shareable { id: ID }"
    costs = costs_of(
        any=f"""
        type Query {{ thing: Thing @shareable }}
        interface Thing {{ id: ID }}
        {other}
        type Large implements Thing @cost(weight: 9) {{ id: ID }}
        """,
        small=f"""
        type Query {{ thing: Small @shareable only: Int }}
        interface Thing {{ id: ID }}
        {other}
        """,
    )

    assert Cost(9, {"any": 9}) == costs.estimate("{ thing { id } }")
    assert Cost(1, {"small": 1}) == costs.estimate("{ only thing { id } }")


@pytest.mark.parametrize(("weight", "cost"), [(0, 3), (9, 9)])
def test_the_dearest_value_behind_an_interface_counts(costs_of, weight, cost):
    costs = costs_of(
        a=f"""
        type Query {{ node: Node @cost(weight: 0) }}
        interface Node {{ part: Part }}
        type Photo implements Node {{ part: Part @cost(weight: {weight}) }}
        type Film implements Node {{ part: Part }}
        type Part @cost(weight: 3) {{ id: ID }}
        """
    )

    assert cost == costs.total("{ node { part { id } } }")
