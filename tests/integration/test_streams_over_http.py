"""Subscriptions over HTTP, as server-sent events and in parts, over real sockets."""

import asyncio
import json
from contextlib import asynccontextmanager, nullcontext

import httpx
import pytest
import uvicorn

from gateway_graphql.exchange import Stream
from gateway_graphql.server import create_app
from gateway_graphql.server.graphql.streaming import StreamedAnswer, write_stream
from gateway_graphql.server.head_limit import HeadLimits, bounded_protocol
from gateway_graphql.wire.accept import StreamFormat
from tests import ports
from tests.integration.parcels import Carrier, gateway_of, parcel

EVENTS = {"accept": "text/event-stream"}
PARTS = {
    "accept": 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json'
}
MOVED = "subscription { moved { id owner { name } } }"
FIRST = '{"data":{"moved":{"id":"1","owner":{"name":"Owner 7"}}}}'


class _Server(uvicorn.Server):
    """uvicorn as a part of a test, which leaves signals alone."""

    def capture_signals(self):
        return nullcontext()


@asynccontextmanager
async def served(carrier, **options):
    """A client of a gateway that listens on a port, and the server."""
    port = ports.free_port()
    gateway = gateway_of(carrier, **options)
    server = _Server(
        uvicorn.Config(
            create_app(gateway),
            port=port,
            http=bounded_protocol(HeadLimits()),
            log_level="critical",
            timeout_graceful_shutdown=30,
        )
    )
    serving = asyncio.ensure_future(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False
    ) as client:
        try:
            yield client, server, gateway
        finally:
            server.should_exit = True
            await serving


def post(client, headers, query=MOVED):
    return client.stream("POST", "/graphql", json={"query": query}, headers=headers)


async def read(client, headers, query):
    """The response, and all of its body."""
    async with post(client, headers, query) as response:
        return response, (await response.aread()).decode()


async def until(lines, text):
    """What comes up to a line that has the text, comments left out."""
    came = []
    async for line in lines:
        if line and line != ":":
            came.append(line)
        if text in line:
            return came
    raise AssertionError(f"the stream ended after {came}")


async def test_events_come_as_they_happen_and_then_the_end():
    carrier = Carrier()
    async with served(carrier) as (client, *_), post(client, EVENTS) as response:
        lines = response.aiter_lines()
        await carrier.listened_to()
        carrier.tell(parcel("1", "7"))
        first = await until(lines, "data")
        carrier.tell(parcel("2"), None)
        rest = await until(lines, "complete")

    assert (200, "text/event-stream; charset=utf-8", "no-store") == (
        response.status_code,
        response.headers["content-type"],
        response.headers["cache-control"],
    )
    assert ["event: next", f"data: {FIRST}"] == first
    assert [
        "event: next",
        'data: {"data":{"moved":{"id":"2","owner":null}}}',
        "event: complete",
    ] == rest
    assert 1 == carrier.left


async def test_a_get_may_ask_for_events():
    async with served(Carrier()) as (client, *_):
        response = await client.get(
            "/graphql",
            params={"query": "subscription { counted(upto: 2) }"},
            headers={**EVENTS, "x-csrf": "1", "apollo-require-preflight": "1"},
        )

    assert (
        ":\n\n"
        'event: next\ndata: {"data":{"counted":0}}\n\n'
        'event: next\ndata: {"data":{"counted":1}}\n\n'
        "event: complete\ndata:\n\n"
    ) == response.text


def parts_of(body):
    """The parts of a multipart body, read as clients do."""
    first, *parts, last = body.split("\r\n--graphql")
    assert ("", "--\r\n") == (first, last)
    for part in parts:
        head, _, content = part.partition("\r\n\r\n")
        assert "content-type: application/json" == head.strip()
        yield json.loads(content)


async def test_a_subscription_comes_in_parts():
    async with served(Carrier()) as (client, *_):
        response, body = await read(client, PARTS, "subscription { counted(upto: 2) }")

    assert (
        'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
        == response.headers["content-type"]
    )
    assert [
        {"payload": {"data": {"counted": 0}}},
        {"payload": {"data": {"counted": 1}}},
    ] == list(parts_of(body))


async def test_a_part_is_whole_before_the_next_one_is_there():
    carrier = Carrier()
    async with served(carrier) as (client, *_), post(client, PARTS) as response:
        chunks = response.aiter_text()
        await carrier.listened_to()
        carrier.tell(parcel("1", "7"))
        body = ""
        async for chunk in chunks:
            body += chunk
            if body.count("--graphql") == 2:
                break

    assert FIRST in body
    assert body.endswith("\r\n--graphql")


def last_event(body):
    return json.loads(body.split("data: ")[-1].partition("\n")[0])


def last_part(body):
    *_, last = parts_of(body)
    assert last["payload"] is None
    return last


@pytest.mark.parametrize(
    ("headers", "last_of"),
    [(EVENTS, last_event), (PARTS, last_part)],
    ids=["events", "parts"],
)
async def test_an_error_that_ends_a_subscription_is_its_last_word(headers, last_of):
    carrier = Carrier()
    async with served(carrier) as (client, _, gateway):
        reading = asyncio.ensure_future(read(client, headers, MOVED))
        await carrier.listened_to()
        await gateway.reload(gateway.runtime.supergraph)
        _, body = await reading

    (error,) = last_of(body)["errors"]
    assert "SUBSCRIPTION_SCHEMA_RELOAD" == error["extensions"]["code"]
    assert 1 == carrier.left


@pytest.mark.parametrize("headers", [EVENTS, PARTS], ids=["events", "parts"])
async def test_a_client_that_goes_away_ends_the_resolver(headers):
    carrier = Carrier()
    async with served(carrier) as (client, *_):
        async with post(client, headers):
            await carrier.listened_to()
        await carrier.listened_to(by=0)

    assert (1, 1) == (carrier.came, carrier.left)


@pytest.mark.parametrize(
    ("format_", "heartbeat"),
    [
        (StreamFormat.EVENT_STREAM, b":\n\n"),
        (
            StreamFormat.MULTIPART,
            b"\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql",
        ),
    ],
)
async def test_heartbeats_come_while_nothing_happens(format_, heartbeat):
    sent, many, closed = [], asyncio.Event(), []

    async def nothing_happens():
        try:
            await asyncio.Event().wait()
            yield
        finally:
            closed.append(True)

    async def send(message):
        sent.append(message.get("body"))
        if len(sent) > 5:
            many.set()

    answer = StreamedAnswer(Stream(nothing_happens()), {}, format_)
    await write_stream(answer, many.wait, {}, send, heartbeat_s=0.001)

    assert [heartbeat] * 3 == sent[2:5]
    assert [True] == closed


async def test_a_server_that_ends_completes_its_streams():
    carrier = Carrier()
    async with served(carrier) as (client, server, _):
        reading = asyncio.ensure_future(read(client, EVENTS, MOVED))
        await carrier.listened_to()
        server.should_exit = True
        _, body = await reading

    assert body.endswith("event: complete\ndata:\n\n")
    assert 1 == carrier.left


async def test_a_refusal_is_an_event_for_who_reads_nothing_else():
    async with served(Carrier()) as (client, *_):
        response, body = await read(client, EVENTS, "subscription { nonsense }")

    assert 200 == response.status_code
    assert ["event: next", "event: complete"] == [
        line for line in body.splitlines() if line.startswith("event")
    ]
    assert "GRAPHQL_VALIDATION_FAILED" in body


async def test_a_refusal_is_one_response_for_who_reads_that_too():
    accepts = {"accept": "application/graphql-response+json, text/event-stream"}
    async with served(Carrier()) as (client, *_):
        response, text = await read(client, accepts, "subscription { nonsense }")

    assert 400 == response.status_code
    (error,) = json.loads(text)["errors"]
    assert "GRAPHQL_VALIDATION_FAILED" == error["extensions"]["code"]


async def test_a_query_is_answered_as_its_client_can_read():
    asked = {"query": "{ owners }"}
    async with served(Carrier()) as (client, *_):
        events = await client.post("/graphql", json=asked, headers=EVENTS)
        parts = await client.post("/graphql", json=asked, headers=PARTS)

    assert (
        ':\n\nevent: next\ndata: {"data":{"owners":0}}\n\nevent: complete\ndata:\n\n'
        == events.text
    )
    assert {"data": {"owners": 0}} == parts.json()


async def test_a_subscription_for_who_reads_no_streams_is_refused():
    async with served(Carrier()) as (client, *_):
        response = await client.post(
            "/graphql",
            json={"query": MOVED},
            headers={"accept": "application/graphql-response+json"},
        )

    assert 400 == response.status_code
    (error,) = response.json()["errors"]
    assert "OPERATION_NOT_SUPPORTED" == error["extensions"]["code"]
    assert "text/event-stream" in error["message"]


async def test_a_client_that_reads_slowly_is_sent_what_it_takes():
    """The resolver makes no more than fits into the buffers between them."""
    carrier = Carrier()
    async with served(carrier) as (client, *_):
        many = "subscription { counted(upto: 10000000) }"
        async with post(client, EVENTS, many) as response:
            await anext(response.aiter_raw())
            before = -1
            while before != len(carrier.yielded):
                before = len(carrier.yielded)
                await asyncio.sleep(0.3)

            assert 0 < before < 10_000_000


@pytest.mark.parametrize("client_name", ["apollo", "urql", "events"])
async def test_clients_receive_are_refused_and_leave(node, client_name):
    """Apollo Client by parts, urql and graphql-sse by events."""
    carrier = Carrier()
    async with served(carrier) as (client, *_):
        url = str(client.base_url.join("/graphql"))
        asking = asyncio.ensure_future(
            asyncio.to_thread(node, "subscriptions.mjs", url, client_name)
        )
        listening = asyncio.ensure_future(carrier.listened_to())
        await asyncio.wait((asking, listening), return_when=asyncio.FIRST_COMPLETED)
        carrier.tell(parcel("1", "7"))
        (told,) = await asking
        await carrier.listened_to(by=0)

    assert [{"data": {"counted": number}} for number in range(3)] == told["whole"]
    assert [{"data": None, "codes": ["GRAPHQL_VALIDATION_FAILED"]}] == told["refused"]
    assert [("1", "Owner 7")] == [
        (event["data"]["moved"]["id"], event["data"]["moved"]["owner"]["name"])
        for event in told["left"]
    ]
    assert (1, 1) == (carrier.came, carrier.left)
