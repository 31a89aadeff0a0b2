"""Interfaces, unions and interface objects: what a selection can reach is what counts.

Routers were open here: rules on some implementations only were not checked through the
interface (GHSA-x33c-7c2v-mrj9), and those of union members were forgotten.
"""

import pytest

MEDIA = {
    "media": """
      type Query { node: Node, nodes: [Node], found: [Found], version: String }
      interface Node { label: String }
      type Open implements Node { label: String, open: String, owner: Owner }
      type Closed implements Node {
        label: String @authenticated
        closed: String
        owner: Owner @requiresScopes(scopes: [["owners"]])
      }
      type Hidden implements Node @requiresScopes(scopes: [["hidden"]]) { label: String }
      union Found = Open | Hidden | Closed
      type Owner { name: String, phone: String }
    """,
}


def media(node):
    objects = [
        {"__typename": "Open", "label": "o", "open": "x", "owner": {"name": "O"}},
        {"__typename": "Closed", "label": "c", "closed": "y", "owner": {"name": "C"}},
        {"__typename": "Hidden", "label": "h"},
    ]
    return {
        "media": {
            "node": objects[node],
            "nodes": objects,
            "found": objects,
            "version": "1",
        }
    }


@pytest.mark.parametrize(
    ("scopes", "is_granted"), [(None, False), ((), False), (("hidden",), True)]
)
async def test_a_field_of_an_interface_demands_what_all_implementations_demand(
    world, caller, scopes, is_granted
):
    it = world(MEDIA, media(0))

    data, errors = await it.ask(
        "{ node { label } version }", None if scopes is None else caller(*scopes)
    )

    assert {"node": {"label": "o" if is_granted else None}, "version": "1"} == data
    assert ([] if is_granted else [(["node", "label"], None)]) == errors


@pytest.mark.parametrize("node", [0, 1, 2])
async def test_a_fragment_on_an_open_type_alone_demands_nothing(world, node):
    it = world(MEDIA, media(node))

    assert ({"node": {"label": "o"} if node == 0 else {}}, []) == await it.ask(
        "{ node { ... on Open { label } } }"
    )


async def test_each_fragment_demands_what_its_type_demands(world, caller):
    query = """
      { nodes {
        __typename
        ... on Open { label } ... on Closed { label closed } ... on Hidden { label } } }
    """
    it = world(MEDIA, media(0))

    assert (
        {
            "nodes": [
                {"__typename": "Open", "label": "o"},
                {"__typename": "Closed", "label": None, "closed": "y"},
                {"__typename": "Hidden", "label": None},
            ]
        },
        [(["nodes"], "nodes.label")],
    ) == await it.ask(query)
    assert (
        {
            "nodes": [
                {"__typename": "Open", "label": "o"},
                {"__typename": "Closed", "label": "c", "closed": "y"},
                {"__typename": "Hidden", "label": None},
            ]
        },
        [(["nodes"], "nodes.label")],
    ) == await it.ask(query, caller())


async def test_union_members_keep_their_rules(world, caller):
    query = "{ found { ... on Hidden { label } ... on Open { open } } }"
    it = world(MEDIA, media(0))

    assert (
        {"found": [{"open": "x"}, {}, {"label": None}]},
        [(["found"], "found.label")],
    ) == await it.ask(query)
    assert ({"found": [{"open": "x"}, {}, {"label": "h"}]}, []) == await it.ask(
        query, caller("hidden")
    )


async def test_a_fragment_on_an_interface_within_a_union_reaches_its_members(world):
    it = world(MEDIA, media(0))

    assert (
        {"found": [{"label": None}, {"label": None}, {"label": None}], "version": "1"},
        [(["found"], "found.label")],
    ) == await it.ask("{ found { ... on Node { label } } version }")


async def test_what_the_union_cannot_be_is_not_counted(world):
    subgraphs = {
        "media": MEDIA["media"]
        + "extend type Query { open: OpenOnly } union OpenOnly = Open | Owner"
    }
    it = world(subgraphs, {"media": {"open": {"__typename": "Open", "label": "o"}}})

    assert ({"open": {"label": "o"}}, []) == await it.ask(
        "{ open { ... on Node { label } } }"
    )


async def test_a_sibling_does_not_take_an_authorized_field_along(world):
    it = world(MEDIA, media(0))

    assert (
        {"nodes": [{"label": "o"}, {"label": None}, {"label": None}]},
        [(["nodes"], "nodes.label")],
    ) == await it.ask("{ nodes { label ... on Open { label } } }")
    assert (
        {
            "found": [
                {"owner": {"name": "O", "phone": None}},
                {"owner": None},
                {},
            ]
        },
        [(["found"], "found.owner")],
    ) == await it.ask(
        "{ found { ... on Closed { owner { name phone } } ... on Open { owner { name phone } } } }"
    )


async def test_what_only_the_withheld_sibling_asks_for_is_null(world):
    subgraphs = {
        "a": """
          type Query { node: Node }
          interface Node { owner: Owner }
          type Open implements Node { owner: Owner }
          type Closed implements Node { owner: Owner @authenticated }
          type Owner { name: String, phone: String }
        """
    }
    owner = {"name": "O", "phone": "1"}
    it = world(subgraphs, {"a": {"node": {"__typename": "Open", "owner": owner}}})

    assert (
        {"node": {"owner": {"name": "O", "phone": None}}},
        [(["node", "owner"], None)],
    ) == await it.ask(
        "{ node { owner { name phone } ... on Open { owner { name } } } }"
    )


async def test_what_an_interface_object_demands_holds_for_implementations(
    world, caller
):
    subgraphs = {
        "a": """
          type Query { media: Media, film: Film }
          interface Media @key(fields: "id") { id: ID! }
          type Film implements Media @key(fields: "id") { id: ID! }
          type Book implements Media @key(fields: "id") { id: ID! }
        """,
        "b": """
          type Query { b: Int }
          type Media @interfaceObject @key(fields: "id") {
            id: ID!, score: Int @authenticated
          }
        """,
    }
    film = {"__typename": "Film", "id": "1"}
    it = world(
        subgraphs,
        {
            "a": {"media": film, "film": film},
            "b": {"_entities": [{"__typename": "Media", "score": 3}]},
        },
    )
    query = "{ media { id score } film { id score } }"

    assert (
        {"media": {"id": "1", "score": None}, "film": {"id": "1", "score": None}},
        [(["media", "score"], None), (["film", "score"], None)],
    ) == await it.ask(query)
    assert [] == [request for request in it.asked if request.startswith("b")]
    assert (
        {"media": {"id": "1", "score": 3}, "film": {"id": "1", "score": 3}},
        [],
    ) == await it.ask(query, caller())


async def test_a_fragment_may_be_open_on_a_type_and_guarded_on_its_interface(world):
    """An interface's own rule is as a composition of old would have written it."""
    sdl = """
      schema
        @link(url: "https://specs.apollo.dev/link/v1.0")
        @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
      { query: Query }
      enum join__Graph { A @join__graph(name: "a", url: "") }
      type Query @join__type(graph: A) { one: One, node: Node }
      interface Node @join__type(graph: A) { label: String @authenticated }
      type One implements Node
        @join__type(graph: A) @join__implements(graph: A, interface: "Node")
      { label: String }
    """
    one = {"__typename": "One", "label": "o"}
    it = world({}, {"a": {"one": one, "node": one}}, sdl)

    assert (
        {"one": {"label": "o"}, "node": {"label": None}},
        [(["node", "label"], None)],
    ) == await it.ask(
        "{ one { ...Label } node { ...Label } } fragment Label on Node { label }"
    )
