"""A stream has an end, and whoever brings it about ends all that is behind."""

import asyncio
import logging
from contextlib import aclosing

import pytest

from gateway_graphql.exchange import Stream


class Source:
    """Gives what it is told to, and notes what becomes of it."""

    def __init__(self, *items):
        self._items = iter(items)
        self.pulled = 0
        self.closed = 0
        self.waits = asyncio.Event()

    def __aiter__(self):
        return self

    async def __anext__(self):
        self.pulled += 1
        match next(self._items, StopAsyncIteration()):
            case BaseException() as error:
                raise error
            case "wait":
                self.waits.set()
                return await asyncio.Event().wait()
            case item:
                return item

    async def aclose(self):
        self.closed += 1


class Behind:
    """What is to be closed after the items; slow at it."""

    def __init__(self):
        self.closed = 0

    async def __call__(self):
        await asyncio.sleep(0)
        self.closed += 1


async def everything(stream):
    return [item async for item in stream]


async def test_items_come_in_order_and_then_the_end():
    source, behind = Source(1, 2, 3), Behind()
    stream = Stream(source, behind)

    assert [1, 2, 3] == await everything(stream)
    assert (1, 1) == (source.closed, behind.closed)
    assert stream.has_ended
    assert "<Stream ended>" == repr(stream)


async def test_nothing_is_pulled_before_it_is_read():
    source = Source(1, 2, 3)
    stream = Stream(source)

    assert 1 == await anext(stream)
    await asyncio.sleep(0)
    assert 1 == source.pulled
    assert "<Stream open>" == repr(stream)


async def test_the_end_stays_the_end():
    stream = Stream(Source())

    assert [[], []] == [await everything(stream), await everything(stream)]


async def test_a_failure_is_raised_once_and_ends_it():
    source, behind = Source(1, ValueError("broken"), 2), Behind()
    stream = Stream(source, behind)

    assert 1 == await anext(stream)
    with pytest.raises(ValueError, match="broken"):
        await anext(stream)
    assert [] == await everything(stream)
    assert (1, 1) == (source.closed, behind.closed)


async def test_a_stream_that_was_never_read_is_closed_all_the_same():
    source, behind = Source(1), Behind()
    stream = Stream(source, behind)

    await stream.aclose()

    assert (0, 1, 1) == (source.pulled, source.closed, behind.closed)
    assert [] == await everything(stream)


async def test_it_is_closed_once_however_often_it_is_said():
    source, behind = Source(1, 2), Behind()
    stream = Stream(source, behind)
    async with aclosing(stream):
        await anext(stream)
        await asyncio.gather(stream.aclose(), stream.aclose(), stream.aclose())
    await stream.aclose()

    assert (1, 1) == (source.closed, behind.closed)


async def test_a_reader_that_waits_learns_that_somebody_has_closed_it():
    source, behind = Source(1, "wait"), Behind()
    stream = Stream(source, behind)
    reading = asyncio.ensure_future(everything(stream))
    await source.waits.wait()

    await asyncio.gather(stream.aclose(), stream.aclose())

    assert (1, 1) == (source.closed, behind.closed)
    assert [1] == await reading
    assert 0 == reading.cancelling()


async def test_a_reader_goes_on_with_other_things_after_it_was_closed():
    source = Source("wait")
    stream = Stream(source)

    async def reads():
        async with asyncio.timeout(60):
            read = await everything(stream)
            await asyncio.sleep(0)
            return read

    reading = asyncio.ensure_future(reads())
    await source.waits.wait()
    await stream.aclose()

    assert [] == await reading


async def test_a_reader_that_is_cancelled_leaves_and_closes_it():
    source, behind = Source("wait"), Behind()
    reading = asyncio.ensure_future(everything(Stream(source, behind)))
    await source.waits.wait()

    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    assert (1, 1) == (source.closed, behind.closed)


async def test_a_reader_that_is_cancelled_and_closed_at_once_is_cancelled():
    source = Source("wait")
    stream = Stream(source)
    reading = asyncio.ensure_future(everything(stream))
    await source.waits.wait()

    reading.cancel()
    await stream.aclose()

    with pytest.raises(asyncio.CancelledError):
        await reading
    assert 1 == source.closed


async def test_what_is_behind_is_closed_to_the_end_though_its_reader_is_cancelled_again():
    source, begun, finish, closed = Source("wait"), *(asyncio.Event() for _ in range(3))

    async def close():
        begun.set()
        await finish.wait()
        closed.set()

    stream = Stream(source, close)
    reading = asyncio.ensure_future(everything(stream))
    await source.waits.wait()
    reading.cancel()
    await begun.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not closed.is_set()

    finish.set()
    await stream.aclose()

    assert closed.is_set()


async def test_a_last_item_is_given_in_place_of_what_would_have_come():
    source = Source(1, 2, 3)
    stream = Stream(source)
    await anext(stream)

    await stream.end_with("last")

    assert ["last"] == await everything(stream)
    assert 1 == source.pulled


async def test_a_reader_that_waits_gets_the_last_item():
    source = Source(1, "wait")
    stream = Stream(source)
    reading = asyncio.ensure_future(everything(stream))
    await source.waits.wait()

    await stream.end_with("last")

    assert [1, "last"] == await reading


async def test_what_has_ended_has_no_other_last_item():
    stream = Stream(Source(1))
    await everything(stream)

    await stream.end_with("last")

    assert [] == await everything(stream)


async def test_two_cannot_read_at_once():
    source = Source("wait")
    stream = Stream(source)
    reading = asyncio.ensure_future(everything(stream))
    await source.waits.wait()

    with pytest.raises(RuntimeError, match="one reader at a time"):
        await anext(stream)

    await stream.aclose()
    assert [] == await reading


async def test_what_is_behind_is_closed_even_if_the_items_cannot_be(caplog):
    async def items():
        try:
            yield 1
        finally:
            raise ValueError("in its end")

    behind = Behind()
    stream = Stream(items(), behind)
    await anext(stream)
    with caplog.at_level(logging.ERROR):
        await stream.aclose()

    assert 1 == behind.closed
    assert ["What gives a stream its items failed in its end"] == caplog.messages


async def test_a_source_that_will_not_be_cancelled_is_closed_all_the_same():
    waits = asyncio.Event()

    async def stubborn():
        try:
            waits.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            yield "stubborn"

    stream = Stream(stubborn())
    reading = asyncio.ensure_future(everything(stream))
    await waits.wait()
    await stream.aclose()

    assert [] == await reading
    assert 0 == reading.cancelling()


async def doubled(item):
    await asyncio.sleep(0)
    return item * 2


async def test_a_mapped_stream_gives_what_each_item_is_changed_to():
    source, behind = Source(1, 2), Behind()

    assert [2, 4] == await everything(Stream(source, behind).mapped(doubled))
    assert (1, 1) == (source.closed, behind.closed)


async def test_closing_a_mapped_stream_closes_the_one_behind_read_or_not():
    unread, read = Source(1), Source(1, 2)
    await Stream(unread).mapped(doubled).aclose()
    stream = Stream(read).mapped(doubled)
    await anext(stream)
    await stream.aclose()

    assert (1, 1) == (unread.closed, read.closed)


async def test_a_change_that_fails_ends_the_stream_behind():
    async def fails(_item):
        raise ValueError("no")

    source = Source(1, 2)
    stream = Stream(source).mapped(fails)
    with pytest.raises(ValueError, match="no"):
        await anext(stream)

    assert 1 == source.closed


async def test_a_reader_of_a_mapped_stream_that_waits_learns_of_its_end():
    source = Source(1, "wait")
    stream = Stream(source).mapped(doubled)
    reading = asyncio.ensure_future(everything(stream))
    await source.waits.wait()

    await stream.end_with("last")

    assert [2, "last"] == await reading
    assert 1 == source.closed
