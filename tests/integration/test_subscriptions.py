"""Subscriptions of Strawberry schemas in this process, joined with another subgraph."""

import ast
import asyncio
import re
from contextlib import aclosing
from pathlib import Path

import pytest

from gateway_graphql.policy.authorization import AuthorizationSettings, Policy
from gateway_graphql.policy.gate import Policies
from tests.integration.parcels import Carrier, gateway_of, parcel

GUIDE = (Path(__file__).parents[2] / "docs" / "how-to" / "subscribe.md").read_text()
MOVED = "subscription { moved { id status owner { name } } }"


async def events(gateway, query=MOVED):
    return [one async for one in gateway.subscribe(query)]


async def test_events_are_joined_with_what_another_subgraph_knows():
    carrier = Carrier()
    async with gateway_of(carrier) as gateway:
        reading = asyncio.ensure_future(events(gateway))
        await carrier.listened_to()
        carrier.tell(parcel("1", "7"), parcel("2"), "nothing", None)
        results = await reading

    assert [
        {"moved": {"id": "1", "status": "sent", "owner": {"name": "Owner 7"}}},
        {"moved": {"id": "2", "status": "sent", "owner": None}},
        {"moved": None},
    ] == [result.data for result in results]
    assert (1, 1) == (carrier.came, carrier.left)


async def test_what_a_resolver_raises_in_a_join_ends_nothing():
    carrier = Carrier()
    async with gateway_of(carrier) as gateway:
        reading = asyncio.ensure_future(events(gateway))
        await carrier.listened_to()
        carrier.tell(parcel("1", "broken"), parcel("2", "7"), None)
        first, second = await reading

    assert first.data["moved"]["owner"] is None
    assert ["Subgraph 'owners' failed."] == [error["message"] for error in first.errors]
    assert "Owner 7" == second.data["moved"]["owner"]["name"]


async def test_what_a_source_raises_is_in_its_last_event_and_says_nothing():
    carrier = Carrier()
    async with gateway_of(carrier) as gateway:
        reading = asyncio.ensure_future(events(gateway))
        await carrier.listened_to()
        carrier.tell(parcel("1"), ValueError("db-7 is gone"), parcel("2"))
        first, last = await reading

    assert () == first.errors
    assert {"moved": None} == last.data
    assert ["Subgraph 'parcels' failed."] == [error["message"] for error in last.errors]
    assert (1, 1) == (carrier.came, carrier.left)


async def test_a_reader_that_leaves_ends_the_resolver():
    carrier = Carrier()
    async with gateway_of(carrier) as gateway:
        async with aclosing(gateway.subscribe(MOVED)) as stream:
            reading = asyncio.ensure_future(anext(stream))
            await carrier.listened_to()
            carrier.tell(parcel("1"))
            await reading
            assert 0 == carrier.left
        assert 1 == carrier.left


async def test_a_resolver_makes_an_event_when_it_is_read():
    carrier = Carrier()
    async with (
        gateway_of(carrier) as gateway,
        aclosing(gateway.subscribe("subscription { counted(upto: 9) }")) as stream,
    ):
        assert {"counted": 0} == (await anext(stream)).data
        assert {"counted": 1} == (await anext(stream)).data
        await asyncio.sleep(0)

        assert [0, 1] == carrier.yielded


async def test_each_reader_may_be_another_task():
    """What a resolver has entered, it leaves in the task that it was entered in."""
    carrier = Carrier()
    async with gateway_of(carrier) as gateway:
        stream = gateway.subscribe(MOVED)
        first = asyncio.ensure_future(anext(stream))
        await carrier.listened_to()
        carrier.tell(parcel("1"), parcel("2"))
        told = [await first, await asyncio.ensure_future(anext(stream))]
        await asyncio.ensure_future(stream.aclose())

    assert ["1", "2"] == [one.data["moved"]["id"] for one in told]
    assert 1 == carrier.left


async def test_each_event_is_joined_in_a_context_of_its_own():
    """What dataloaders have loaded for one event may be out of date at the next."""
    carrier = Carrier()
    async with gateway_of(carrier) as gateway:
        reading = asyncio.ensure_future(events(gateway))
        await carrier.listened_to()
        carrier.tell(parcel("1", "7"), parcel("1", "7"), None)
        await reading

    (first, _), (second, _) = carrier.owners_asked
    assert first is not second


async def test_policies_about_objects_are_asked_for_each_event_anew():
    asked = []

    async def neighbour(_context, questions):
        asked.append([question.entity["id"] for question in questions])
        return [len(asked) == 1 for _ in questions]

    policies = Policies(
        authorization=AuthorizationSettings(
            policies={"neighbour": Policy(neighbour, keys=("id",))}
        )
    )
    carrier = Carrier()
    async with gateway_of(carrier, gate=policies) as gateway:
        query = "subscription { moved { owner { address } } }"
        reading = asyncio.ensure_future(events(gateway, query))
        await carrier.listened_to()
        carrier.tell(parcel("1", "7"), parcel("1", "7"), None)
        first, second = await reading

    assert [["7"], ["7"]] == asked
    assert "Baker St" == first.data["moved"]["owner"]["address"]
    assert second.data["moved"]["owner"]["address"] is None
    assert ["UNAUTHORIZED_FIELD_OR_TYPE"] == [
        error["extensions"]["code"] for error in second.errors
    ]


@pytest.mark.parametrize("many", [50])
async def test_many_listen_at_once_and_each_leaves_alone(many):
    carrier = Carrier()
    async with gateway_of(carrier) as gateway:
        streams = [
            gateway.subscribe("subscription { moved { id } }") for _ in range(many)
        ]
        reading = [asyncio.ensure_future(anext(stream)) for stream in streams]
        await carrier.listened_to(by=many)
        carrier.tell(parcel("1"))
        told = await asyncio.gather(*reading)
        for stream in streams[: many // 2]:
            await stream.aclose()

        assert {"1"} == {one.data["moved"]["id"] for one in told}
        assert many // 2 == carrier.left == len(carrier.listeners)
        for stream in streams[many // 2 :]:
            await stream.aclose()


async def test_the_lines_of_the_guide_read_events(capsys):
    block, *_ = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    code = compile(block, "subscribe.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    carrier = Carrier()
    async with gateway_of(carrier) as gateway:
        reading = asyncio.ensure_future(eval(code, {"gateway": gateway}))
        await carrier.listened_to()
        carrier.tell(parcel("1"), "nothing", None)
        await reading

    assert "{'moved': {'id': '1'}} ()\n{'moved': None} ()\n" == capsys.readouterr().out
