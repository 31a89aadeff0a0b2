"""Arguments that come from objects further up, from composition to answer."""

import msgspec
import pytest

from gateway_graphql import Gateway, Subgraph, compose
from gateway_graphql.execution.run.entities import Batch
from gateway_graphql.execution.run.from_context import divide_by_context
from gateway_graphql.planning import plan_operation
from gateway_graphql.planning.plan import ContextValue, RepresentationField
from gateway_graphql.transport import MockTransport

ACCOUNTS = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@key", "@context", "@fromContext"]
)
type Query { families: [Family!]! }
type Family @key(fields: "name") @context(name: "family") {
  name: ID!
  settings: Settings!
  members: [Member!]!
}
type Settings { language: String! }
type Member @key(fields: "id") {
  id: ID!
  greeting(
    language: String @fromContext(field: "$family { settings { language } }")
  ): String!
}
"""
FAMILIES = [
    {"name": "Rossi", "language": "it", "members": ["1", "2"]},
    {"name": "Weber", "language": "de", "members": ["3"]},
    {"name": "Fischer", "language": "de", "members": ["4", "1"]},
]


@pytest.fixture
def supergraph():
    composed = compose([Subgraph(name="accounts", sdl=ACCOUNTS)])
    assert () == composed.errors
    return composed.supergraph_sdl


def accounts(asked):
    """The subgraph: greets in the language it is given."""

    def answer(request):
        asked.append(request)
        if "_entities" not in request.query:
            families = [
                {
                    "name": family["name"],
                    "settings": {"language": family["language"]},
                    "members": [
                        {"__typename": "Member", "id": id_} for id_ in family["members"]
                    ],
                }
                for family in FAMILIES
            ]
            return {"data": {"families": families}}
        language = request.variables["_context_language"]
        greeted = [
            {"__typename": "Member", "greeting": f"{language} {entity['id']}"}
            for entity in request.variables["representations"]
        ]
        return {"data": {"_entities": greeted}}

    return answer


async def test_each_object_gets_the_value_of_the_object_around_it(supergraph):
    asked = []
    gateway = Gateway.from_supergraph(
        supergraph, transports={"accounts": MockTransport(accounts(asked))}
    )

    async with gateway:
        result = await gateway.execute("{ families { name members { greeting } } }")

    assert {
        "families": [
            {"name": "Rossi", "members": [{"greeting": "it 1"}, {"greeting": "it 2"}]},
            {"name": "Weber", "members": [{"greeting": "de 3"}]},
            {
                "name": "Fischer",
                "members": [{"greeting": "de 4"}, {"greeting": "de 1"}],
            },
        ]
    } == result.data
    assert () == result.errors
    # One request for all, and one for every different value.
    assert [["1", "2"], ["1", "3", "4"]] == sorted(
        [entity["id"] for entity in request.variables["representations"]]
        for request in asked[1:]
    )


def test_plan_asks_for_the_context_beside_what_the_client_asked(supergraph):
    plan = plan_operation(supergraph, "{ families { members { greeting } } }")

    assert [
        "{ families { settings { language } members { id } } }",
        (
            "query($representations: [_Any!]!, $_context_language: String) "
            "{ _entities(representations: $representations) "
            "{ ... on Member { greeting(language: $_context_language) } } }"
        ),
    ] == [normalized(fetch.operation.text) for fetch in plan.fetches]
    assert (0,) == plan.fetches[1].after


def normalized(text):
    """Fields in the order in which they are compared here."""
    return text.replace(
        "members { id } settings { language }", "settings { language } members { id }"
    )


def test_a_value_may_be_found_on_one_of_several_types():
    typename = RepresentationField("__typename", "__typename")
    way = RepresentationField(
        "settings",
        "settings",
        (
            typename,
            RepresentationField("tongue", "tongue", on_types=("Simple",)),
            RepresentationField("language", "language", on_types=("Full",)),
        ),
    )
    member = {"id": "1"}
    tree = {
        "family": {
            "settings": {"__typename": "Full", "language": "it"},
            "member": member,
        }
    }
    batch = Batch([{"id": "1"}], [[(member, ("family", "member"))]])

    assert [({"_context_language": "it"}, batch)] == divide_by_context(
        tree, batch, (ContextValue("_context_language", 1, (way,)),)
    )


async def test_a_subgraph_gets_null_where_the_context_is_missing(supergraph):
    asked = []

    def without_settings(request):
        reply = accounts(asked)(request)
        if "families" in reply["data"]:
            for family in reply["data"]["families"]:
                family["settings"] = None
        return msgspec.to_builtins(reply)

    gateway = Gateway.from_supergraph(
        supergraph, transports={"accounts": MockTransport(without_settings)}
    )

    async with gateway:
        result = await gateway.execute("{ families { members { greeting } } }")

    assert {"greeting": "None 1"} == result.data["families"][0]["members"][0]
    assert 2 == len(asked)


async def test_a_null_that_the_argument_forbids_is_told_and_not_sent():
    sdl = ACCOUNTS.replace("language: String @from", "language: String! @from")
    composed = compose([Subgraph(name="accounts", sdl=sdl)])
    asked = []

    def without_a_language(request):
        reply = accounts(asked)(request)
        if "families" in reply["data"]:
            reply["data"]["families"][0]["settings"]["language"] = None
        return reply

    gateway = Gateway.from_supergraph(
        composed.supergraph_sdl,
        transports={"accounts": MockTransport(without_a_language)},
    )

    async with gateway:
        result = await gateway.execute("{ families { members { greeting } } }")

    assert [["1", "3", "4"]] == [
        sorted(entity["id"] for entity in request.variables["representations"])
        for request in asked[1:]
    ]
    # The first family's members are null, and an error for each says why.
    assert [("families", 0, "members", index, "greeting") for index in (0, 1)] == [
        tuple(error["path"]) for error in result.errors
    ]


def test_nothing_is_asked_where_the_fetch_of_the_context_failed():
    value = ContextValue("_context_language", 1, (RepresentationField("a", "a"),))
    member = {"id": "1"}
    batch = Batch([{"id": "1"}], [[(member, ("family", "member"))]])

    assert [] == divide_by_context({"family": {"member": member}}, batch, (value,))


def test_a_variable_of_the_client_keeps_its_name():
    sdl = ACCOUNTS.replace("families:", "families(of: String):")
    composed = compose([Subgraph(name="accounts", sdl=sdl)])
    plan = plan_operation(
        composed.supergraph_sdl,
        "query($_context_language: String)"
        " { families(of: $_context_language) { members { greeting } } }",
    )

    assert ("__context_language",) == tuple(
        value.variable for value in plan.fetches[1].context
    )


def test_a_field_out_of_its_context_has_no_plan_and_raises_nothing(supergraph):
    given = supergraph.replace("families:", "member: Member families:")
    plan = plan_operation(given, "{ member { greeting } }")

    assert ["member"] == [field.name for field in plan.unreachable]


def test_a_context_of_the_root_is_fetched_beside_the_first_fetch():
    link = ACCOUNTS.split("type Query", maxsplit=1)[0]
    reading = """
    type Query @context(name: "top") { town: String }
    type Member @key(fields: "id") {
      id: ID! greeting(in: String @fromContext(field: "$top { town }")): String
    }
    """
    other = 'type Query { member: Member } type Member @key(fields: "id") { id: ID! }'
    composed = compose(
        [
            Subgraph(name="accounts", sdl=link + reading),
            Subgraph(name="members", sdl=link + other),
        ]
    )
    plan = plan_operation(composed.supergraph_sdl, "{ member { greeting } }")

    assert [("members", ()), ("accounts", ()), ("accounts", (0, 1))] == [
        (fetch.subgraph, fetch.after) for fetch in plan.fetches
    ]
    assert "{ town }" == plan.fetches[1].operation.text
