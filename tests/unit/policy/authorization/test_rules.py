"""What a supergraph demands, as it is read: of types, fields and selections."""

import pytest

from gateway_graphql.errors import SupergraphInvalid
from gateway_graphql.policy.authorization import Authorization
from gateway_graphql.policy.authorization.rules import (
    AccessRules,
    Authenticated,
    RequiresPolicies,
    RequiresScopes,
)
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.supergraph.reading import read_supergraph

HEAD = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
{ query: Query }
enum join__Graph { A @join__graph(name: "a", url: "") }
"""


def rules_of(types):
    """The rules of a supergraph as another composition may have written it."""
    return AccessRules(read_supergraph(HEAD + types))


def scopes(*any_of):
    return RequiresScopes(tuple(frozenset(names.split()) for names in any_of))


def node(own, *, of_types=None, **implementations):
    """An interface with rules of its field's own, of implementations, of their types."""
    of_types = of_types or {}
    of_node = of_types.get("Node", "")
    types = [
        "type Query @join__type(graph: A) { node: Node }",
        f"interface Node @join__type(graph: A) {of_node} {{ label: String {own} }}",
    ]
    for name, rule in implementations.items():
        types.append(
            f"type {name} implements Node @join__type(graph: A)"
            f' @join__implements(graph: A, interface: "Node") {of_types.get(name, "")}'
            f" {{ label: String {rule} }}"
        )
    return "\n".join(types)


def needs(*sets):
    names = ", ".join(f"[{', '.join(map(_quoted, one.split()))}]" for one in sets)
    return f"@requiresScopes(scopes: [{names}])"


def _quoted(name):
    return f'"{name}"'


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ('scopes: [["a", "b"], ["c"]]', scopes("a b", "c")),
        ('scopes: ["a", "b"]', scopes("a", "b")),
        ('scopes: [["a", "b"], "c"]', scopes("a b", "c")),
        ('scopes: "a"', scopes("a")),
        ("scopes: []", scopes()),
        ('scopes: [["a", "b"], ["b", "a"]]', scopes("a b")),
    ],
)
def test_one_value_stands_for_a_list_of_it(argument, expected):
    rules = rules_of(
        "type Query @join__type(graph: A)"
        f" {{ a: Int @requiresScopes({argument}), b: Int }}"
    )

    assert {expected} == rules.of_field("Query", "a") == rules.all
    assert frozenset() == rules.of_field("Query", "b") == rules.of_type("Query")
    assert frozenset() == rules.of_field("Query", "c") == rules.of_type("Other")


@pytest.mark.parametrize(
    "argument", ["scopes: 1", "scopes: [1]", "scopes: [[1]]", "scopes: null", "of: 1"]
)
@pytest.mark.parametrize(
    ("types", "where"),
    [
        ("{ a: Int @requiresScopes(ARGUMENT) }", "Query.a"),
        ("@requiresScopes(ARGUMENT) { a: Int }", "Query"),
    ],
)
def test_a_rule_that_cannot_be_read_opens_nothing(argument, types, where):
    types = types.replace("ARGUMENT", argument)

    with pytest.raises(
        SupergraphInvalid,
        match=rf"@requiresScopes on {where} needs `scopes`, a list of lists\.",
    ):
        rules_of(f"type Query @join__type(graph: A) {types}")


@pytest.mark.parametrize(
    ("own", "implementations", "is_kept"),
    [
        # What the implementations demand is enough ...
        (needs("a"), {"One": needs("a")}, False),
        (needs("a"), {"One": needs("a b")}, False),
        (needs("a", "b"), {"One": needs("a"), "Two": ""}, False),
        (needs("a b"), {"One": needs("a"), "Two": needs("b")}, False),
        (needs("a", "b c"), {"One": needs("a", "b"), "Two": needs("c")}, False),
        ("@authenticated", {"One": "@authenticated"}, False),
        # ... or is not: then the interface's own rule counts, too.
        (needs("a"), {"One": ""}, True),
        (needs("a"), {"One": needs("b")}, True),
        (needs("a"), {"One": needs("a", "b")}, True),
        (needs("a"), {"One": '@policy(policies: [["a"]])'}, True),
        (needs("a"), {"One": "@authenticated"}, True),
        ("@authenticated", {"One": needs("a")}, True),
        (needs("a"), {}, True),
    ],
)
def test_an_interfaces_own_rule_counts_unless_it_follows_from_the_others(
    own, implementations, is_kept
):
    rules = rules_of(node(own, **implementations))

    assert is_kept == bool(rules.of_field("Node", "label"))
    assert is_kept == ("Node" in rules.of_selection("Node", "label", ()))


@pytest.mark.parametrize(
    ("of_type", "expected"),
    [("@authenticated", set()), ("", {Authenticated()})],
)
def test_what_an_interface_itself_demands_follows_from_its_types(of_type, expected):
    of_types = {"Node": "@authenticated", "One": of_type}

    assert expected == rules_of(node("", of_types=of_types, One="")).of_type("Node")


def test_rules_of_many_implementations_are_not_multiplied_out():
    implementations = {f"Type{n}": needs(f"a{n}", f"b{n}") for n in range(60)}

    # It follows from the first of them, which all combinations would tell.
    rules = rules_of(node(needs("a0", "b0", "c"), **implementations))

    assert {scopes("a0", "b0", "c")} == rules.of_field("Node", "label")


def test_an_implementation_that_clients_cannot_see_is_never_reached():
    types = node("", of_types={"Two": "@inaccessible"}, One="", Two=needs("b"))

    assert ("One",) == rules_of(types).possible["Node"]


def test_each_type_states_its_own_demands_of_a_selection():
    of_types = {"Two": '@policy(policies: [["p"]])'}
    rules = rules_of(
        node("", of_types=of_types, One=needs("a"), Two="", Three="@authenticated")
    )

    assert {
        "One": {scopes("a")},
        "Two": {RequiresPolicies((frozenset({"p"}),))},
    } == rules.of_selection("Node", "label", ("One", "Two"))
    assert {"Three": {Authenticated()}} == rules.of_selection(
        "Three", "label", ("Three",)
    )
    assert {} == rules.of_selection("Two", "label", ("Two",))


def test_what_a_field_demands_is_told_with_what_its_type_demands():
    supergraph = read_supergraph(
        HEAD
        + """
        type Query @join__type(graph: A) {
          all: Item @authenticated @policy(policies: [["q", "p"], ["r"]])
            @requiresScopes(scopes: [["b", "a"]])
          of_type: Item
          open: Int
        }
        type Item @join__type(graph: A) @requiresScopes(scopes: [["c"], ["a"]]) {
          id: ID
        }
        """
    )
    authorization = Authorization(supergraph, build_api_schema(supergraph))

    def demands(name):
        field = supergraph.types["Query"].fields[name]
        return authorization.demands("Query", field)

    assert {
        "authenticated": True,
        "scopes": [[["a", "b"]], [["c"], ["a"]]],
        "policies": [[["p", "q"], ["r"]]],
    } == demands("all")
    assert {"scopes": [[["c"], ["a"]]]} == demands("of_type")
    assert {} == demands("open")
