"""Root fields that no way through the subgraphs resolves."""

from pathlib import Path

import pytest

from gateway_graphql import Gateway
from gateway_graphql.transport.mock import MockTransport

DATA = Path(__file__).parents[2] / "data"
FOLDER = Path(__file__).parents[2] / "cases" / "plans" / "interface-object-not-entered"


@pytest.fixture
async def gateway():
    answers = {"animals": {}, "keepers": {"cared": {"keeper": "Ann"}}}
    transports = {
        name: MockTransport(lambda _, data=data: {"data": data})
        for name, data in answers.items()
    }
    sdl = (FOLDER / "supergraph.graphql").read_text()
    async with Gateway.from_supergraph(sdl, transports=transports) as gateway:
        yield gateway


async def test_unreachable_field_is_an_error_and_nothing_is_asked(gateway):
    result = await gateway.execute("{ first: oldest { keeper } cared { keeper } }")

    assert result.data is None
    assert [("FIELD_UNREACHABLE", ["first"])] == [
        (error["extensions"]["code"], error["path"]) for error in result.errors
    ]


async def test_fields_that_are_reached_are_answered(gateway):
    result = await gateway.execute("{ cared { keeper } }")

    assert ({"cared": {"keeper": "Ann"}}, ()) == (result.data, result.errors)


async def test_mutation_that_no_subgraph_answers_whole_is_a_logged_error(caplog):
    asked = []
    transport = MockTransport(lambda request: asked.append(request) or {"data": {}})
    sdl = (DATA / "shared_mutation.graphql").read_text()
    transports = {"printing": transport, "sales": transport}
    async with Gateway.from_supergraph(sdl, transports=transports) as gateway:
        result = await gateway.execute(
            "mutation { first: save { no } save { total printed } }"
        )

    assert (None, []) == (result.data, asked)
    assert [("FIELD_UNREACHABLE", ["save"])] == [
        (error["extensions"]["code"], error["path"]) for error in result.errors
    ]
    assert "No way through the subgraphs resolves 'save'" in caplog.text
