"""Names of the schema that errors suggest, or do not."""

import pytest

from gateway_graphql import Gateway, Subgraph
from gateway_graphql.config import Config, make_gateway
from gateway_graphql.pipeline import open_gate

SDL = """
type Query { node(colour: Colour, where: Where): Node  book: Book }
interface Node { id: ID! }
type Book implements Node { id: ID!  title: String }
enum Colour { RED }
input Where { title: String }
"""
NEAR_MISSES = [
    "{ book { titel } }",
    "{ node { title } }",
    "{ node(color: RED) { id } }",
    "{ node(colour: RDE) { id } }",
    '{ node(where: {titel: "x"}) { id } }',
    "{ book { ... on Bok { id } } }",
    "query ($colour: Color) { node(colour: $colour) { id } }",
]


async def messages(gateway, query, **variables):
    result = await gateway.execute(query, variables)
    return " ".join(error["message"] for error in result.errors)


@pytest.mark.parametrize("query", NEAR_MISSES)
async def test_errors_suggest_names_unless_they_may_not(query):
    subgraph = Subgraph("books", url="http://books/", sdl=SDL)
    async with (
        Gateway.compose(subgraph) as helpful,
        Gateway.compose(subgraph, suggests=False) as discreet,
        Gateway.compose(subgraph, suggests=False, gate=open_gate) as ungated,
    ):
        told = await messages(helpful, query)
        untold = await messages(discreet, query)

        assert "Did you mean" in told
        assert "Did you mean" not in untold
        assert untold == await messages(ungated, query)


async def test_wrong_variables_never_suggest_names():
    subgraph = Subgraph("books", url="http://books/", sdl=SDL)
    query = "query ($where: Where, $colour: Colour) { node(colour: $colour, where: $where) { id } }"
    async with Gateway.compose(subgraph) as gateway:
        told = await messages(gateway, query, where={"titel": "x"}, colour="RDE")

    assert "titel" in told
    assert "Did you mean" not in told


@pytest.mark.parametrize("suggestions", [True, False])
async def test_the_settings_say_whether_names_are_suggested(suggestions, shop):
    config = Config.model_validate({"errors": {"suggestions": suggestions}})
    async with make_gateway(config, shop) as gateway:
        told = await messages(gateway, "{ boks { id } }")

    assert suggestions is ("Did you mean" in told)


@pytest.fixture
def shop(pytestconfig):
    return pytestconfig.rootpath / "tests" / "data" / "shop.graphql"
