"""Transports that answer a subscription by a stream, and those that cannot."""

import asyncio
from contextlib import aclosing

import msgspec
import pytest

from gateway_graphql.errors import (
    SubgraphCannotStream,
    SubgraphHTTPError,
    SubgraphReplyMalformed,
    SubgraphUnreachable,
)
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport import (
    ASGITransport,
    HTTPTransport,
    HTTPXTransport,
    MockTransport,
    SchemaTransport,
    SubgraphReply,
    SubgraphRequest,
)
from gateway_graphql.transport.in_process.executable import SchemaObjectTransport

SUBSCRIPTION = SubgraphRequest(
    "s", OperationKind.SUBSCRIPTION, "subscription { a }", {"v": 1}, headers={"x": "y"}
)


async def nothing(*_arguments):
    return {"data": None}


class WithoutSubscriptions:
    """A schema object that can execute, and no more."""

    execute = nothing


def transport_of(source):
    return SchemaTransport(nothing, lambda *_: source)


async def replies(transport):
    answer = await transport.send(SUBSCRIPTION)
    return [msgspec.json.decode(reply.body) async for reply in answer.replies]


@pytest.mark.parametrize(
    "transport",
    [
        HTTPTransport("http://localhost:1/"),
        HTTPXTransport("http://localhost:1/"),
        ASGITransport(nothing),
        SchemaTransport(nothing),
        SchemaObjectTransport(WithoutSubscriptions()),
    ],
    ids=lambda transport: type(transport).__name__,
)
async def test_a_transport_that_carries_no_streams_says_so(transport):
    with pytest.raises(SubgraphCannotStream) as caught:
        await transport.send(SUBSCRIPTION)

    assert "Subgraph 's' cannot be asked for a stream." == str(caught.value)
    assert "SUBSCRIPTION_NOT_SUPPORTED" == caught.value.code
    assert not caught.value.was_sent


async def test_a_function_that_generates_is_the_source_of_a_mock():
    async def told(request):
        yield {"data": request.variables}
        yield SubgraphReply(200, b"{}")

    assert [{"data": {"v": 1}}, {}] == await replies(MockTransport(told))


async def test_a_schema_in_process_gets_the_request_and_gives_its_events():
    async def subscribe(*given):
        yield {"data": list(given)}
        yield {"data": 2}

    told = await replies(SchemaTransport(nothing, subscribe))

    assert [
        {"data": ["subscription { a }", {"v": 1}, None, {"x": "y"}]},
        {"data": 2},
    ] == told


@pytest.mark.parametrize(
    "error",
    [ValueError("db-7"), asyncio.CancelledError(), ExceptionGroup("x", [OSError()])],
)
async def test_what_a_source_in_process_raises_is_its_failure(error):
    async def fails():
        yield {"data": 1}
        raise error

    answer = await transport_of(fails()).send(SUBSCRIPTION)
    async with aclosing(answer.replies) as stream:
        await anext(stream)
        with pytest.raises(SubgraphHTTPError) as caught:
            await anext(stream)

        assert type(error).__name__ == caught.value.cause.detail
        assert [] == [one async for one in stream]


async def test_a_failure_that_a_source_raises_itself_stays_what_it_is():
    async def fails():
        raise SubgraphUnreachable("s")
        yield

    with pytest.raises(SubgraphUnreachable):
        await replies(transport_of(fails()))


async def test_an_event_that_is_no_json_is_malformed():
    async def told():
        yield {"data": object()}

    with pytest.raises(SubgraphReplyMalformed):
        await replies(transport_of(told()))


async def test_a_source_runs_in_one_task_whoever_reads():
    tasks = []

    async def told():
        try:
            while True:
                tasks.append(asyncio.current_task())
                yield {"data": 1}
        finally:
            tasks.append(asyncio.current_task())

    stream = (await transport_of(told()).send(SUBSCRIPTION)).replies
    for _ in range(3):
        await asyncio.ensure_future(anext(stream))
    await stream.aclose()

    assert 4 == len(tasks)
    assert 1 == len(set(tasks))


async def test_a_source_that_was_never_read_is_left_without_being_entered():
    entered = []

    async def told():
        entered.append(1)
        yield {"data": 1}

    answer = await transport_of(told()).send(SUBSCRIPTION)
    await answer.replies.aclose()

    assert [] == entered
    assert [] == [one async for one in answer.replies]


async def test_a_source_that_was_left_while_it_makes_an_event_is_cancelled():
    waits, left = asyncio.Event(), asyncio.Event()

    async def told():
        try:
            waits.set()
            await asyncio.Event().wait()
            yield
        finally:
            left.set()

    stream = (await transport_of(told()).send(SUBSCRIPTION)).replies
    reading = asyncio.ensure_future(anext(stream))
    await waits.wait()
    await stream.aclose()

    assert left.is_set()
    with pytest.raises(StopAsyncIteration):
        await reading
