"""Nulls in keys and requirements: what is sent, and what is told instead."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway_graphql import Gateway, Subgraph, compose
from gateway_graphql.execution.run.entities import forbidden_null, represent
from gateway_graphql.planning.plan import EntityInput, RepresentationField
from gateway_graphql.transport import MockTransport

LINK = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.8"
  import: ["@key", "@external", "@requires"]
)
"""
STOCK = f"""{LINK}
type Query {{ parts: [Part!]! tags: [Tag!]! }}
type Part @key(fields: "code maker") {{
  code: ID! maker: String weight: Int! sizes: [Int!]
}}
type Tag @key(fields: "text") {{ text: String }}
"""
FREIGHT = f"""{LINK}
type Part @key(fields: "code maker") {{
  code: ID! maker: String weight: Int! @external sizes: [Int!] @external
  freight: Int @requires(fields: "weight")
  room: Int @requires(fields: "sizes")
  dock: String
}}
type Tag @key(fields: "text") {{ text: String dock: String }}
"""


def key(name, *fields):
    return RepresentationField(name, name, fields, is_key=True)


@pytest.mark.parametrize(
    ("node", "is_asked"),
    [
        ({"code": "1", "maker": None, "of": None, "tags": None}, True),
        ({"code": None, "maker": "x", "of": {"id": None}, "tags": None}, True),
        ({"code": None, "maker": None, "of": {"id": 1}, "tags": None}, True),
        ({"code": None, "maker": None, "of": None, "tags": []}, True),
        ({"code": None, "maker": None, "of": None, "tags": [None, {"k": 1}]}, True),
        ({"code": None, "maker": None, "of": None, "tags": [None, {"k": None}]}, False),
        ({"code": None, "maker": None, "of": {"id": None}, "tags": None}, False),
        ({"code": None, "maker": None, "of": None, "tags": None}, False),
    ],
)
def test_an_object_is_asked_for_unless_all_of_its_key_is_null(node, is_asked):
    requires = (
        key("code"),
        key("maker"),
        key("of", key("id")),
        key("tags", key("k")),
    )
    entity_input = EntityInput("e", "r", (), requires, "Part")

    assert ({"__typename": "Part", **node} if is_asked else None) == represent(
        node, entity_input
    )


def test_a_requirement_does_not_stand_for_a_key():
    requires = (
        key("of", key("id"), RepresentationField("name", "name")),
        RepresentationField("weight", "weight"),
    )
    entity_input = EntityInput("e", "r", (), requires, "Part")

    assert (
        represent({"of": {"id": None, "name": "x"}, "weight": 1}, entity_input) is None
    )


@pytest.fixture(params=[1, 2], ids=["at first", "again"])
def ask(request):
    """Ask for parts; what the second subgraph was sent last, and the answer."""
    composed = compose(
        [Subgraph(name="stock", sdl=STOCK), Subgraph(name="freight", sdl=FREIGHT)]
    )
    assert () == composed.errors

    async def answer(query, parts=(), tags=(), **more):
        sent = []

        def freight(asked):
            sent.extend(asked.variables["representations"])
            given = [{"freight": 7, "room": 8, "dock": "d"} for _ in sent]
            return {"data": {"_entities": given}}

        transports = {
            "stock": MockTransport(
                lambda _: {"data": {"parts": [*parts], "tags": [*tags]}, **more}
            ),
            "freight": MockTransport(freight),
        }
        async with Gateway.from_supergraph(
            composed.supergraph_sdl, transports=transports
        ) as gateway:
            for _ in range(request.param):
                sent.clear()
                result = await gateway.execute(query)
            return sent, result

    return answer


async def test_a_key_with_some_null_reaches_the_other_subgraph(ask):
    sent, result = await ask(
        "{ parts { dock } }", [{"__typename": "Part", "code": "1", "maker": None}]
    )

    assert [{"__typename": "Part", "code": "1", "maker": None}] == sent
    assert {"parts": [{"dock": "d"}]} == result.data


async def test_an_object_whose_key_is_null_does_not_reach_the_other_subgraph(ask):
    sent, result = await ask(
        "{ tags { dock } }",
        tags=[{"__typename": "Tag", "text": text} for text in (None, "x")],
    )

    assert [{"__typename": "Tag", "text": "x"}] == sent
    assert {"tags": [{"dock": None}, {"dock": "d"}]} == result.data


async def test_a_null_that_must_not_be_is_told_and_not_sent(ask):
    sent, result = await ask(
        "{ parts { freight } }",
        [
            {"code": "1", "maker": "x", "weight": None},
            {"code": "2", "maker": "x", "weight": 3},
        ],
    )

    assert ["2"] == [one["code"] for one in sent]
    assert {"parts": [{"freight": None}, {"freight": 7}]} == result.data
    assert [
        (
            (
                "Subgraph 'freight' was not asked: it needs `weight`, which is null"
                " although it must not be."
            ),
            ("parts", 0, "freight"),
        )
    ] == [(error["message"], tuple(error["path"])) for error in result.errors]


async def test_a_null_in_a_list_that_must_not_have_one_is_not_sent(ask):
    sent, result = await ask(
        "{ parts { room } }",
        [
            {"code": "1", "maker": "x", "sizes": [1, None]},
            {"code": "2", "maker": "x", "sizes": None},
        ],
    )

    assert [{"__typename": "Part", "code": "2", "maker": "x", "sizes": None}] == sent
    assert [("parts", 0, "room")] == [tuple(error["path"]) for error in result.errors]


async def test_a_null_with_an_error_of_its_subgraph_needs_no_second_error(ask):
    failed = {"message": "No scales.", "path": ["parts", 0, "weight"]}
    sent, result = await ask(
        "{ parts { freight } }",
        [{"code": "1", "maker": "x", "weight": None}],
        errors=[failed],
    )

    assert [] == sent
    assert ["No scales."] == [error["message"] for error in result.errors]


async def test_a_null_that_the_client_asked_for_is_told_at_its_own_place(ask):
    _, result = await ask(
        "{ parts { weight freight } }", [{"code": "1", "maker": "x", "weight": None}]
    )

    assert ["Cannot return null for non-nullable field Part.weight."] == [
        error["message"] for error in result.errors
    ]


async def test_the_nulls_of_thousands_are_told_up_to_the_limit(ask):
    parts = [
        {"code": str(index), "maker": "x", "weight": None} for index in range(3000)
    ]
    sent, result = await ask("{ parts { freight } }", parts)

    assert [] == sent
    assert [("parts", index, "freight") for index in range(100)] == [
        tuple(error["path"]) for error in result.errors
    ]


SIZE = RepresentationField("size", "size", never_null=(0,))
BOX = RepresentationField("box", "box", (SIZE,))


@pytest.mark.parametrize(
    ("node", "keys"),
    [
        ({"box": {"size": None}}, ("box", "size")),
        ({"box": [{"size": 1}, {"size": None}]}, ("box", "size")),
        ({"box": [{"size": 1}]}, ()),
        ({"box": None}, ()),
        ({"box": {}}, ()),
    ],
)
def test_a_null_that_must_not_be_is_found_below_other_fields(node, keys):
    assert keys == forbidden_null(node, (BOX,))


@pytest.mark.parametrize(("name", "keys"), [("Crate", ("size",)), ("Sack", ())])
def test_a_null_is_forbidden_on_the_types_that_are_asked_for_it(name, keys):
    of_crates = replace(SIZE, on_types=("Crate",))

    assert keys == forbidden_null({"__typename": name, "size": None}, (of_crates,))
