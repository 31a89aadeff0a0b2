"""Work that several wait for: done once, joined, left, failed, called off."""

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_graphql.flights import Flights, digest


class Work:
    """Counts how often it is done, and waits to be told what comes of it."""

    def __init__(self):
        self.begun = self.cancelled = 0
        self.outcome = asyncio.Event()
        self.result = "result"

    async def __call__(self):
        self.begun += 1
        number = self.begun
        try:
            await self.outcome.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if isinstance(self.result, Exception):
            raise self.result
        return f"{self.result} {number}"


def for_all(_result):
    return True


def for_nobody_else(_result):
    return False


async def waiting(flights, work, count, key="key"):
    """Tasks that wait for a flight, once all of them do."""
    tasks = [asyncio.ensure_future(flights.join(key, work)) for _ in range(count)]
    await steps()
    return tasks


async def steps():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_many_who_want_the_same_have_it_done_once():
    flights, work = Flights(for_all), Work()
    tasks = await waiting(flights, work, 50)
    work.outcome.set()

    assert ["result 1"] * 50 == await asyncio.gather(*tasks)
    assert 1 == work.begun


async def test_another_key_is_another_flight():
    flights, work = Flights(for_all), Work()
    tasks = [*await waiting(flights, work, 2), *await waiting(flights, work, 2, "b")]
    work.outcome.set()

    assert ["result 1"] * 2 + ["result 2"] * 2 == await asyncio.gather(*tasks)


async def test_nothing_is_kept_after_the_end():
    flights, work = Flights(for_all), Work()
    work.outcome.set()

    assert "result 1" == await flights.join("key", work)
    assert "<Flights 0 open>" == repr(flights)
    assert "result 2" == await flights.join("key", work)


@pytest.mark.parametrize("leaving", [0, 1, 2])
async def test_who_leaves_does_not_take_it_from_the_others(leaving):
    flights, work = Flights(for_all), Work()
    tasks = await waiting(flights, work, 3)
    tasks.pop(leaving).cancel()
    await steps()
    tasks += await waiting(flights, work, 1)
    work.outcome.set()

    assert ["result 1"] * 3 == await asyncio.gather(*tasks)
    assert 0 == work.cancelled


async def test_when_the_last_one_has_left_it_is_called_off():
    flights, work = Flights(for_all), Work()
    tasks = await waiting(flights, work, 3)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)

    assert 1 == work.cancelled
    assert all(task.cancelled() for task in tasks)
    assert "<Flights 0 open>" == repr(flights)


async def test_what_is_called_off_is_joined_by_nobody():
    flights, work, late = Flights(for_all), Work(), Work()
    ended = asyncio.Event()

    async def slow_to_end():
        try:
            await work()
        finally:
            await ended.wait()

    (left,) = await waiting(flights, slow_to_end, 1)
    left.cancel()
    await steps()
    (task,) = await waiting(flights, late, 1)
    late.outcome.set()

    assert "result 1" == await task
    assert not left.done()

    ended.set()
    await asyncio.wait([left])

    assert left.cancelled()
    assert "<Flights 0 open>" == repr(flights)


async def test_a_failure_is_everybodys_and_nothing_is_done_again():
    flights, work = Flights(for_all), Work()
    tasks = await waiting(flights, work, 3)
    work.result = failure = LookupError("no")
    work.outcome.set()

    assert [failure] * 3 == await asyncio.gather(*tasks, return_exceptions=True)
    assert 1 == work.begun


async def test_a_failure_that_nobody_waits_for_is_not_complained_about():
    complaints = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: complaints.append(context)
    )
    flights = Flights(for_all)

    async def fails_as_it_ends():
        try:
            await asyncio.Event().wait()
        finally:
            raise LookupError

    (task,) = await waiting(flights, fails_as_it_ends, 1)
    task.cancel()
    await asyncio.wait([task])
    del task
    await steps()

    assert [] == complaints


async def test_what_is_for_the_first_alone_is_done_for_each():
    flights, work = Flights(for_nobody_else), Work()
    tasks = await waiting(flights, work, 3)
    work.outcome.set()

    assert {"result 1", "result 2", "result 3"} == set(await asyncio.gather(*tasks))


async def test_after_closing_nobody_joins_but_who_waits_gets_it():
    flights, work = Flights(for_all), Work()
    early = await waiting(flights, work, 2)
    flights.close()
    late = await waiting(flights, work, 2)
    work.outcome.set()

    assert ["result 1"] * 2 == await asyncio.gather(*early)
    assert ["result 2"] * 2 == await asyncio.gather(*late)
    assert "<Flights 0 open>" == repr(flights)


def test_an_event_loop_shares_nothing_with_one_that_ended():
    flights = Flights(for_all)

    async def abandoned():
        return await waiting(flights, Work(), 1)

    async def asked_anew():
        work = Work()
        work.outcome.set()
        return await flights.join("key", work)

    asyncio.run(abandoned())

    assert "result 1" == asyncio.run(asked_anew())


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False)
    | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.lists(JSON, max_size=3), st.lists(JSON, max_size=3))
def test_facts_have_a_digest_in_common_only_if_they_are_the_same(one, other):
    # As Python writes them, true is not 1, nor 1 the same as 1.0.
    assert (digest(*one) == digest(*other)) == (repr(one) == repr(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (math.nan, None),
        (1, True),
        (1, 1.0),
        (1, "1"),
        ({1: 2}, {"1": 2}),
        ("ab", b"ab"),
        (0.0, -0.0),
    ],
)
def test_what_is_nearly_the_same_is_not_the_same(one, other):
    assert digest(one) != digest(other)


@pytest.mark.parametrize("fact", [object(), "\ud800", 2**70])
def test_what_cannot_be_compared_has_no_digest(fact):
    assert digest(fact) is None


def test_what_is_nested_without_end_has_no_digest():
    endless = []
    endless.append(endless)

    assert digest(endless) is None


def test_a_digest_is_short_however_long_the_facts_are():
    assert 32 == len(digest("x" * 1_000_000))
