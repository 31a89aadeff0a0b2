"""What clients see of a supergraph, held to the rules for schemas before it is served."""

import sys

import pytest
from graphql import build_schema, introspection_from_schema, print_schema

from gateway_graphql import Gateway
from gateway_graphql.errors import SupergraphInvalid
from gateway_graphql.supergraph.api_schema import (
    build_api_schema,
    checked_api_schema,
)
from gateway_graphql.supergraph.reading import read_supergraph
from gateway_graphql.transport import MockTransport

SUPERGRAPH = """
schema @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query }
enum join__Graph { A @join__graph(name: "a", url: "http://a") }
type Query @join__type(graph: A) { pet: Pet }
interface Pet @join__type(graph: A) { name(short: Boolean): String! }
type Cat implements Pet @join__type(graph: A) @join__implements(graph: A, interface: "Pet") {
  name(short: Boolean): String! %s
  %s
}
"""


def test_a_whole_supergraph_is_served():
    assert Gateway.from_supergraph(SUPERGRAPH % ("", "")).is_ready


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  name(short: Boolean): String! \n", "  age: Int\n", "Pet.name expected but Cat does not provide it"),
        ("String! \n", "String \n", "Pet.name expects type String! but Cat.name is type String"),
        ("name(short: Boolean): String! \n", "name: String! \n", "Pet.name(short:) expected"),
        ("  \n}", "  __own: Int\n}", "must not begin with '__'"),
    ],
    ids=["no field", "wider type", "no argument", "reserved name"],
)  # fmt: skip
def test_a_supergraph_whose_schema_breaks_a_rule_is_refused(old, new, told):
    sdl = SUPERGRAPH % ("", "")
    assert 1 == sdl.count(old)

    with pytest.raises(SupergraphInvalid, match="API schema is not valid") as caught:
        Gateway.from_supergraph(sdl.replace(old, new))

    assert told in str(caught.value)


async def test_a_deprecation_that_newer_rules_forbid_is_served():
    transports = {"a": MockTransport(lambda _: {"data": {"pet": None}})}
    sdl = SUPERGRAPH % ("@deprecated", "")
    async with Gateway.from_supergraph(sdl, transports=transports) as gateway:
        result = await gateway.execute("{ pet { name } }")

    assert ({"pet": None}, ()) == (result.data, result.errors)


HEAD = """
schema @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
{ query: Query %s }

directive @join__graph(name: String!, url: String!) on ENUM_VALUE
enum join__Graph { A @join__graph(name: "a", url: "http://a") }
"""
WHOLE = """
\"\"\"Told to all.\"\"\"
directive @own(seen: Int = 1, hidden: Int @inaccessible) repeatable on FIELD | OBJECT

directive @apart on OBJECT

\"\"\"Asked.\"\"\"
type Query {
  "One"
  item(
    "By"
    by: Wish = {much: 1}
    hidden: Int @inaccessible
    secret: Secret
    old: Int @deprecated(reason: "so")
  ): Item
  gone: Item @inaccessible
  unseen: Unseen
  bare(hidden: Int @inaccessible): Int @deprecated @tag(name: "x")
}

type Mutation @inaccessible { a: Int }

interface Node { id: ID! hidden: Int @inaccessible }

interface Away @inaccessible { id: ID! }

type Item implements Node & Away { id: ID! hidden: Int @inaccessible }

type Lone implements Away { id: ID! }

type Unseen @inaccessible { id: ID! }

union Any @join__type(graph: A) = Item | Unseen | Lone

enum Colour { "Red" RED BLUE @inaccessible GREEN @deprecated }

enum Dark @inaccessible { A }

input Wish { "Much" much: Int = 2 hidden: Int @inaccessible secret: Secret }

input Secret @inaccessible { a: Int }

input One @oneOf { a: Int b: Int }

scalar When @specifiedBy(url: "https://when.example")

scalar Never @inaccessible
"""


def api_schema(text, more_roots=""):
    return print_schema(build_api_schema(read_supergraph(HEAD % more_roots + text)))


def test_clients_see_everything_but_hidden_elements_and_machinery():
    expected = '''
"""Told to all."""
directive @own(seen: Int = 1) repeatable on FIELD

"""Asked."""
type Query {
  """One"""
  item(
    """By"""
    by: Wish = { much: 1 }
    old: Int @deprecated(reason: "so")
  ): Item
  bare: Int @deprecated
}

interface Node {
  id: ID!
}

type Item implements Node {
  id: ID!
}

type Lone {
  id: ID!
}

union Any = Item | Lone

enum Colour {
  """Red"""
  RED
  GREEN @deprecated
}

input Wish {
  """Much"""
  much: Int = 2
}

input One @oneOf {
  a: Int
  b: Int
}

scalar When @specifiedBy(url: "https://when.example")
'''

    assert expected.strip() == api_schema(WHOLE, "mutation: Mutation")


def test_a_schema_that_refers_to_nothing_is_refused():
    with pytest.raises(SupergraphInvalid, match="Unknown type: 'Nothing'"):
        api_schema("type Query { a: Nothing }")


@pytest.mark.parametrize(
    "definition",
    [
        "type Empty { a: Int @inaccessible }",
        "enum Empty { A @inaccessible }",
        "input Empty { a: Int @inaccessible }",
        "union Empty @join__type(graph: A) = Never type Never @inaccessible { a: Int }",
    ],
)
def test_a_type_of_which_clients_see_nothing_is_refused(definition):
    with pytest.raises(SupergraphInvalid, match="the type `Empty`, but none of its"):
        api_schema(f"type Query {{ a: Int }} {definition}")


def test_what_a_directive_says_wrongly_of_an_element_is_refused():
    with pytest.raises(SupergraphInvalid, match="reason"):
        api_schema("type Query { a: Int @deprecated(reason: 3) }")


def test_a_schema_whose_query_type_is_hidden_is_refused():
    sdl = HEAD % "" + "type Query @inaccessible { a: Int } type Other { a: Int }"

    with pytest.raises(SupergraphInvalid, match="Query root type must be provided"):
        checked_api_schema(read_supergraph(sdl))


def test_a_schema_introspects_as_one_that_is_built_of_its_text():
    supergraph = read_supergraph(HEAD % "mutation: Mutation" + WHOLE)

    made = build_api_schema(supergraph)

    of_text = build_schema(print_schema(made))
    # Strawberry, once it is loaded, takes what it does not know for not `@oneOf`.
    one = of_text.type_map["One"]
    one.extensions["strawberry-definition"] = one
    assert introspection_from_schema(of_text) == introspection_from_schema(made)


def test_a_schema_is_made_of_the_model_and_no_document_is_read():
    supergraph = read_supergraph(HEAD % "mutation: Mutation" + WHOLE)
    called = set()

    def note(frame, event, _argument):
        if event == "call":
            called.add(frame.f_code.co_name)

    sys.setprofile(note)
    try:
        build_api_schema(supergraph)
    finally:
        sys.setprofile(None)

    assert "build_api_schema" in called
    assert set() == called & {"parse", "parse_document", "build_ast_schema"}
