"""A store that is down is asked by a probe alone, until it is up."""

import asyncio
import logging
from itertools import combinations

import pytest

from gateway_graphql.policy.store import keys
from gateway_graphql.policy.store.outage import Outage, StoreDown


class Server:
    """Answers, or fails; it counts what it is asked."""

    is_there = True
    asked = 0
    probes = 0

    async def command(self):
        self.asked += 1
        await asyncio.sleep(0)
        if not self.is_there:
            raise StoreDown("gone")
        return "answer"

    async def probe(self):
        self.probes += 1
        if not self.is_there:
            raise StoreDown("gone")


@pytest.fixture
def server():
    return Server()


@pytest.fixture
async def outages(server):
    made = []

    def make(probe_every_s=0.0):
        made.append(
            Outage(
                "Things",
                "nothing is kept",
                server.probe,
                probe_every_s=probe_every_s,
            )
        )
        return made[-1]

    yield make
    for outage in made:
        await outage.aclose()


async def fails(outage, server):
    with pytest.raises(StoreDown) as failure:
        await outage.ask(server.command)
    return failure.value.reason


async def probed():
    for _ in range(3):
        await asyncio.sleep(0)


async def test_while_it_is_up_it_is_asked(outages, server):
    assert "answer" == await outages().ask(server.command)


async def test_while_it_is_down_nobody_asks_it_but_one_probe(outages, server):
    outage = outages(probe_every_s=3600)
    server.is_there = False
    assert "gone" == await fails(outage, server)

    reasons = [await fails(outage, server) for _ in range(20)]
    await probed()

    assert {"Redis is down"} == set(reasons)
    assert (1, 1, 1) == (server.asked, server.probes, outage.count)
    assert "Redis down" == repr(outage)


async def test_the_first_probe_that_succeeds_brings_it_back(outages, server, caplog):
    outage = outages()
    server.is_there = False
    with caplog.at_level(logging.WARNING):
        await fails(outage, server)
        await probed()
        server.is_there = True
        await fails(outage, server)
        await probed()

        assert "answer" == await outage.ask(server.command)
    assert [
        "Things: Redis does not answer (gone); nothing is kept",
        "Things: Redis answers again",
    ] == caplog.messages


async def test_many_who_fail_together_are_one_outage(outages, server, caplog):
    outage = outages(probe_every_s=3600)
    server.is_there = False
    with caplog.at_level(logging.WARNING):
        await asyncio.gather(*(fails(outage, server) for _ in range(10)))

    assert (10, 1) == (server.asked, outage.count)
    assert 1 == len(caplog.messages)


async def test_who_asked_before_an_outage_and_fails_after_it_says_nothing_new(
    outages, server
):
    outage, late = outages(), asyncio.Event()

    async def slow():
        await late.wait()
        raise StoreDown("long ago")

    slowly = asyncio.ensure_future(outage.ask(slow))
    await asyncio.sleep(0)
    server.is_there = False
    await fails(outage, server)
    server.is_there = True
    await probed()
    late.set()
    with pytest.raises(StoreDown):
        await slowly

    assert (True, 1) == (outage.is_up, outage.count)


def test_no_key_of_one_policy_can_be_one_of_another():
    prefixes = [value for name, value in vars(keys).items() if name.isupper()]

    assert 2 == len(prefixes)
    assert not [
        (one, other)
        for one, other in combinations(prefixes, 2)
        if one.startswith(other) or other.startswith(one)
    ]
