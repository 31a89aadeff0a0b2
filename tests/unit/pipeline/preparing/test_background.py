"""Who waits for the preparing thread, and whose turn it is."""

import asyncio
import gc
from threading import Event

import pytest

from gateway_graphql.errors import CallerGone
from gateway_graphql.pipeline.preparing.background import Background, Waiting


class Blocked:
    """A background whose thread is held by a first job until it is let go."""

    def __init__(self):
        self.background = Background()
        self._may_go_on = Event()
        self.begun = []

    async def __aenter__(self):
        self._first = self.ask("first", Waiting("first"), self._may_go_on.wait)
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_):
        self.let_go()
        self.background.close()

    def let_go(self):
        self._may_go_on.set()

    def ask(self, key, waiting, compute=lambda: None):
        def job():
            self.begun.append(key)
            compute()
            return key

        return asyncio.ensure_future(
            self.background.run(key, job, lambda _: None, waiting)
        )


async def test_callers_take_turns_however_much_one_asks():
    async with Blocked() as it:
        flood = [it.ask(f"flood {n}", Waiting("flood")) for n in range(4)]
        await asyncio.sleep(0)
        other = it.ask("other", Waiting("other"))
        await asyncio.sleep(0)
        it.let_go()
        await asyncio.gather(*flood, other)

    assert ["first", "flood 0", "other", "flood 1"] == it.begun[:4]


async def test_what_is_waited_for_when_it_closes_is_done_all_the_same():
    async with Blocked() as it:
        later = it.ask("later", Waiting("somebody"))
        await asyncio.sleep(0)
        it.background.close()
        it.let_go()

        assert "later" == await asyncio.wait_for(later, 30)


async def test_what_nobody_waits_for_is_not_begun():
    async with Blocked() as it:
        left = it.ask("left", Waiting("somebody"))
        await asyncio.sleep(0)
        left.cancel()
        await asyncio.sleep(0)
        wanted = it.ask("wanted", Waiting("somebody"))
        await asyncio.sleep(0)
        it.let_go()
        await wanted

    assert ["first", "wanted"] == it.begun


async def test_what_another_waits_for_is_begun_all_the_same():
    async with Blocked() as it:
        one = it.ask("shared", Waiting("one"))
        other = it.ask("shared", Waiting("other"))
        await asyncio.sleep(0)
        one.cancel()
        await asyncio.sleep(0)
        it.let_go()

        assert "shared" == await other


async def test_a_caller_who_has_gone_away_waits_for_nothing():
    has_gone = asyncio.Event()

    async def gone():
        await has_gone.wait()

    async with Blocked() as it:
        left = it.ask("left", Waiting("somebody", gone))
        await asyncio.sleep(0)
        has_gone.set()
        with pytest.raises(CallerGone):
            await left
        it.let_go()

    assert ["first"] == it.begun
    assert "<Background 1 running>" == repr(it.background)


async def test_a_failure_is_raised_where_it_is_waited_for_and_the_next_one_runs():
    background = Background()

    with pytest.raises(ZeroDivisionError):
        await background.run("one", lambda: 1 / 0, lambda _: None)

    assert 2 == await background.run("two", lambda: 2, lambda _: None)
    background.close()


async def test_others_are_served_when_one_has_left_nothing_to_begin():
    async with Blocked() as it:
        left = it.ask("left", Waiting("somebody"))
        await asyncio.sleep(0)
        left.cancel()
        await asyncio.sleep(0)
        it.let_go()
        other = it.ask("other", Waiting("other"))

        done, _ = await asyncio.wait([other], timeout=10)

    assert {other} == done


async def test_a_failure_that_nobody_waits_for_is_not_logged(caplog):
    loop, begun, may_fail = asyncio.get_running_loop(), asyncio.Event(), Event()

    def fail():
        loop.call_soon_threadsafe(begun.set)
        may_fail.wait()
        raise ZeroDivisionError

    async with Blocked() as it:
        failing = it.ask("failing", Waiting("somebody"), fail)
        last = it.ask("last", Waiting("other"))
        it.let_go()
        await begun.wait()
        failing.cancel()
        await asyncio.sleep(0)
        may_fail.set()
        await last
    del failing, it
    gc.collect()

    assert [] == caplog.messages
