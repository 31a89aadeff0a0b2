"""Work that is late, among other work, under one timer."""

import asyncio
import time

import pytest

from gateway_graphql.errors import RequestTimedOut
from gateway_graphql.gateway.deadlines import Deadlines

LONG_S = 3600


class CountingLoop(asyncio.SelectorEventLoop):
    """An event loop that knows how many timers it was asked for."""

    timers = 0

    def call_at(self, *arguments, **options):
        self.timers += 1
        return super().call_at(*arguments, **options)


def within(seconds):
    return time.monotonic() + seconds


async def forever():
    await asyncio.Event().wait()


async def now(value=1):
    await asyncio.sleep(0)
    return value


async def test_what_is_done_in_time_is_given():
    deadlines = Deadlines()

    assert 1 == await deadlines.keep(within(LONG_S), now())
    assert "<Deadlines 0 running>" == repr(deadlines)


@pytest.mark.parametrize("seconds", [-1, 0, 0.01])
async def test_what_is_late_is_cancelled_and_its_task_goes_on(seconds):
    with pytest.raises(RequestTimedOut):
        await Deadlines().keep(within(seconds), forever())

    assert 0 == asyncio.current_task().cancelling()
    assert 2 == await now(2)


async def test_each_has_its_own_deadline_whatever_their_order():
    deadlines = Deadlines()
    ended = []

    async def one(seconds):
        try:
            await deadlines.keep(within(seconds), forever())
        except RequestTimedOut:
            ended.append(seconds)

    long = asyncio.ensure_future(one(LONG_S))
    await asyncio.gather(*map(one, [0.06, 0.01, 0.11]))

    assert ([0.01, 0.06, 0.11], False) == (ended, long.done())
    long.cancel()


async def test_a_deadline_within_another_one_ends_the_inner_work_alone():
    deadlines = Deadlines()

    async def outer():
        with pytest.raises(RequestTimedOut):
            await deadlines.keep(within(0.01), forever())
        return "outer"

    assert "outer" == await deadlines.keep(within(LONG_S), outer())


async def test_who_is_cancelled_by_somebody_else_is_not_late():
    deadlines = Deadlines()
    task = asyncio.ensure_future(deadlines.keep(within(LONG_S), forever()))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert "<Deadlines 0 running>" == repr(deadlines)


async def test_who_is_late_and_cancelled_as_well_is_cancelled():
    deadlines = Deadlines()
    has_ended = asyncio.Event()

    async def cleaned_up():
        try:
            await forever()
        finally:
            task.cancel()
            has_ended.set()

    task = asyncio.ensure_future(deadlines.keep(within(0), cleaned_up()))
    await has_ended.wait()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_work_that_fails_or_goes_on_although_it_is_late_is_not_cancelled_after():
    deadlines = Deadlines()

    async def stubborn(outcome):
        try:
            await forever()
        except asyncio.CancelledError:
            if isinstance(outcome, Exception):
                raise outcome from None
        return outcome

    answer = await deadlines.keep(within(0), stubborn("done"))
    with pytest.raises(LookupError):
        await deadlines.keep(within(0), stubborn(LookupError()))

    assert "done" == answer
    assert 0 == asyncio.current_task().cancelling()


def test_many_requests_need_one_timer():
    deadlines = Deadlines()

    async def many():
        for n in range(100):
            await deadlines.keep(within(LONG_S + n), now())

    with asyncio.Runner(loop_factory=CountingLoop) as runner:
        runner.run(many())

        assert 1 == runner.get_loop().timers


def test_another_event_loop_has_deadlines_of_its_own():
    deadlines = Deadlines()

    async def late():
        with pytest.raises(RequestTimedOut):
            await deadlines.keep(within(0.01), forever())

    asyncio.run(deadlines.keep(within(LONG_S), now()))
    asyncio.run(late())
