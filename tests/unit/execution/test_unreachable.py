"""Root fields that no way through the subgraphs resolves."""

from pathlib import Path

import pytest

from gateway_graphql import Gateway
from gateway_graphql.transport.mock import MockTransport

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
