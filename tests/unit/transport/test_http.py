"""The HTTP transport against real servers on loopback that behave and misbehave."""

from __future__ import annotations

import asyncio
import gzip
import socket
import sys
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache

import brotli
import msgspec
import pytest
from msgspec.structs import replace

from gateway_graphql.errors import (
    SubgraphFailed,
    SubgraphReplyMalformed,
    SubgraphReplyTooLarge,
    SubgraphTimedOut,
    SubgraphUnreachable,
)
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport import (
    HTTPTransport,
    HTTPXTransport,
    SubgraphReply,
    SubgraphRequest,
)
from tests.scripted_server import (
    BODY,
    Handler,
    answering,
    hang,
    http,
    listening,
    port_of,
    read_request,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

QUERY = SubgraphRequest("s", OperationKind.QUERY, "{ a }")
MUTATION = replace(QUERY, kind=OperationKind.MUTATION)


@pytest.fixture(params=[HTTPTransport, HTTPXTransport])
def client(request):
    """What a subgraph is asked by: both behave alike."""
    return request.param


@asynccontextmanager
async def serving(
    client: type[HTTPTransport], handler: Handler, **options: object
) -> AsyncIterator[HTTPTransport]:
    """A server that handles each connection by `handler`, and a transport to it."""
    async with (
        listening(handler) as server,
        client(f"http://127.0.0.1:{port_of(server)}/graphql", **options) as transport,
    ):
        yield transport


@cache
def bomb_of(compress: Callable[[bytes], bytes]) -> bytes:
    return compress(bytes(200 << 20))


async def failure_of(
    client: type[HTTPTransport], handler: Handler, **options: object
) -> SubgraphFailed:
    async with serving(client, handler, **options) as transport:
        with pytest.raises(SubgraphFailed) as raised:
            await transport.send(QUERY)
    assert "127.0.0.1" not in str(raised.value)
    return raised.value


async def test_a_request_is_a_json_post_with_the_protocols_headers(client):
    seen = []

    async def handler(reader, writer):
        seen.append(await read_request(reader))
        writer.write(http(headers="X-Answer: yes\r\n"))
        await writer.drain()

    request = replace(
        QUERY,
        variables={"v": [1, None]},
        operation_name="Named",
        headers={
            "authorization": "Bearer x",
            "accept": "text/html",
            "content-length": "9",
            "connection": "close",
            "x-name": "J\xf6rg",
        },
    )
    async with serving(client, handler) as transport:
        reply = await transport.send(request)

    head, body = seen[0]
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /graphql HTTP/1.1"
    headers = dict(line.lower().split(b": ", 1) for line in lines[1:] if line)
    del headers[b"host"], headers[b"content-length"]
    assert {
        b"accept": b"application/graphql-response+json, application/json;q=0.9",
        b"accept-encoding": b"gzip, deflate, br, zstd",
        b"authorization": b"bearer x",
        b"connection": b"keep-alive",
        b"content-type": b"application/json",
        b"user-agent": b"gateway-graphql",
        b"x-name": b"j\xf6rg",
    } == headers
    assert {
        "query": "{ a }",
        "variables": {"v": [1, None]},
        "operationName": "Named",
    } == msgspec.json.decode(body)
    assert (
        SubgraphReply(200, BODY, {"content-length": str(len(BODY)), "x-answer": "yes"})
        == reply
    )


@pytest.mark.parametrize("status", ["500 Oops", "401 No", "204 Empty", "302 Elsewhere"])
async def test_every_status_is_a_reply_and_redirects_are_not_followed(client, status):
    body = b"" if status.startswith("204") else b"<html>"
    location = "location: http://127.0.0.1:1/\r\n"
    async with serving(
        client, answering(http(body, status=status, headers=location))
    ) as transport:
        reply = await transport.send(QUERY)

    assert (int(status[:3]), body) == (reply.status, reply.body)


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (b"garbage\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf",),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\ncut",),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nbad\r\n",),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000 + b"\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\n",),
    ],
    ids=[
        "closed",
        "garbage",
        "short",
        "chunk cut",
        "bad chunk",
        "huge header",
        "head cut",
    ],
)
async def test_a_broken_answer_is_unreachable(client, parts):
    assert isinstance(await failure_of(client, answering(*parts)), SubgraphUnreachable)


async def test_a_refused_connection_is_unreachable(client):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with client(f"http://127.0.0.1:{port}/") as transport:
        with pytest.raises(SubgraphUnreachable) as raised:
            await transport.send(QUERY)

    assert str(port) not in str(raised.value)


async def test_a_host_that_does_not_resolve_is_unreachable(client):
    async with client("http://nowhere.invalid/") as transport:
        with pytest.raises(SubgraphUnreachable):
            await transport.send(QUERY)


async def test_a_hanging_subgraph_is_left_at_the_timeout(client):
    assert isinstance(await failure_of(client, hang, timeout_s=0.05), SubgraphTimedOut)


async def test_the_deadline_of_the_request_bounds_the_timeout(client):
    async with serving(client, hang) as transport:
        with pytest.raises(SubgraphTimedOut) as late:
            await transport.send(replace(QUERY, deadline=time.monotonic() + 0.05))
        with pytest.raises(SubgraphTimedOut) as too_late:
            await transport.send(replace(QUERY, deadline=time.monotonic() - 1))

    assert (True, False) == (late.value.was_sent, too_late.value.was_sent)


async def test_a_dripping_answer_does_not_extend_the_timeout(client):
    async def drip(reader, writer):
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    assert isinstance(await failure_of(client, drip, timeout_s=0.1), SubgraphTimedOut)


@pytest.mark.parametrize("size", [1000, 1001])
async def test_an_answer_is_read_up_to_the_cap_and_no_further(client, size):
    async with serving(
        client, answering(http(b"x" * size)), max_reply_bytes=1000
    ) as transport:
        if size == 1000:
            assert size == len((await transport.send(QUERY)).body)
        else:
            with pytest.raises(SubgraphReplyTooLarge):
                await transport.send(QUERY)


async def test_an_endless_answer_ends_at_the_cap(client):
    async def endless(reader, writer):
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n")
            await writer.drain()

    failure = await failure_of(client, endless, max_reply_bytes=1_000_000)

    assert isinstance(failure, SubgraphReplyTooLarge)


@pytest.mark.parametrize("size", [1000, 1001])
@pytest.mark.parametrize(
    ("coding", "compress"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda plain: zlib.compress(plain, wbits=-15)),
        ("x-gzip", lambda plain: gzip.compress(plain[:10]) + gzip.compress(plain[10:])),
        ("br", brotli.compress),
        ("zstd", zstd.compress),
        ("identity", bytes),
    ],
)
async def test_the_cap_counts_decompressed_bytes(client, coding, compress, size):
    plain = bytes(n % 251 for n in range(size))
    reply = http(compress(plain), headers=f"content-encoding: {coding}\r\n")
    async with serving(client, answering(reply), max_reply_bytes=1000) as transport:
        if size == 1000:
            assert plain == (await transport.send(QUERY)).body
        else:
            with pytest.raises(SubgraphReplyTooLarge):
                await transport.send(QUERY)


@pytest.mark.parametrize(
    ("coding", "compress"),
    [("gzip", gzip.compress), ("br", brotli.compress), ("zstd", zstd.compress)],
)
async def test_a_bomb_takes_no_more_memory_than_the_cap(client, coding, compress):
    bomb = bomb_of(compress)
    reply = http(bomb, headers=f"content-encoding: {coding}\r\n")
    tracemalloc.start()
    try:
        failure = await failure_of(client, answering(reply))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert isinstance(failure, SubgraphReplyTooLarge)
    assert peak < 48 << 20


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", b"no gzip"),
        ("gzip", gzip.compress(b"x" * 999, mtime=0)[:-9]),
        ("compress", b"x"),
    ],
    ids=["garbage", "cut", "unknown"],
)
async def test_a_broken_or_unknown_coding_is_malformed(client, coding, body):
    reply = http(body, headers=f"content-encoding: {coding}\r\n")

    assert isinstance(
        await failure_of(client, answering(reply)), SubgraphReplyMalformed
    )


async def test_a_cookie_that_a_subgraph_sets_is_not_sent_back(client):
    heads = []

    async def handler(reader, writer):
        for _ in range(2):
            heads.append((await read_request(reader))[0])
            writer.write(http(headers="set-cookie: session=alice\r\n"))

    async with serving(client, handler) as transport:
        replies = [await transport.send(QUERY) for _ in range(2)]

    assert ["session=alice"] * 2 == [reply.headers["set-cookie"] for reply in replies]
    assert [False, False] == [b"cookie" in head.lower() for head in heads]


class Idling:
    """A server that answers one request on a connection and closes it at the next."""

    def __init__(self) -> None:
        self.requests = 0

    async def __call__(self, reader, writer):
        await read_request(reader)
        self.requests += 1
        writer.write(http())
        await writer.drain()
        await read_request(reader)
        self.requests += 1
        writer.transport.abort()


async def test_a_query_on_a_connection_closed_while_idle_is_sent_once_more(client):
    server = Idling()
    async with serving(client, server) as transport:
        await transport.send(QUERY)
        reply = await transport.send(QUERY)

    assert BODY == reply.body
    assert 3 == server.requests


async def test_a_mutation_is_never_sent_twice(client):
    server = Idling()
    async with serving(client, server) as transport:
        await transport.send(QUERY)
        with pytest.raises(SubgraphUnreachable):
            await transport.send(MUTATION)

    assert 2 == server.requests


async def test_a_query_that_breaks_on_a_new_connection_is_not_repeated(client):
    requests = []

    async def handler(reader, _):
        requests.append(await read_request(reader))

    await failure_of(client, handler)

    assert 1 == len(requests)


async def test_a_connection_that_the_subgraph_closed_is_not_used_again(client):
    async with serving(client, answering(http())) as transport:
        bodies = [(await transport.send(MUTATION)).body]
        await asyncio.sleep(0.05)
        bodies.append((await transport.send(MUTATION)).body)

    assert [BODY, BODY] == bodies


async def test_a_connection_is_used_again_but_not_after_a_timeout(client):
    connections = []

    async def handler(reader, writer):
        connections.append(writer)
        for _ in range(2):
            await read_request(reader)
            writer.write(http())
        await read_request(reader)
        await reader.read()

    async with serving(client, handler) as transport:
        for _ in range(2):
            await transport.send(QUERY)
        assert 1 == len(connections)
        with pytest.raises(SubgraphTimedOut):
            await transport.send(replace(QUERY, deadline=time.monotonic() + 0.05))
        await transport.send(QUERY)

    assert 2 == len(connections)


async def test_a_cancelled_request_closes_its_connection(client):
    asked, closed = asyncio.Event(), asyncio.Event()

    async def handler(reader, _):
        await read_request(reader)
        asked.set()
        await reader.read()
        closed.set()

    async with serving(client, handler) as transport:
        task = asyncio.create_task(transport.send(QUERY))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(closed.wait(), 5)


async def test_requests_wait_for_a_connection_within_their_deadline(client):
    async with serving(client, hang, max_connections=2, timeout_s=0.2) as transport:
        outcomes = await asyncio.gather(
            *(transport.send(QUERY) for _ in range(6)), return_exceptions=True
        )

    assert [SubgraphTimedOut] * 6 == [type(outcome) for outcome in outcomes]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("authorization", "x\n"),
        ("authorization", "x\r\nhost: elsewhere"),
        ("authorization", " x"),
        ("authorization", "x\0"),
        ("two words", "x"),
        ("line\n", "x"),
        ("", "x"),
    ],
)
async def test_a_header_that_http_forbids_is_named_and_the_subgraph_not_asked(
    client, name, value
):
    request = replace(QUERY, headers={"x-fine": "x \xe9", name: value})
    async with serving(client, answering(http())) as transport:
        with pytest.raises(SubgraphUnreachable) as raised:
            await transport.send(request)
        reply = await transport.send(QUERY)

    assert f"a header that HTTP forbids: {name!a}" == str(raised.value.cause)
    assert not raised.value.was_sent
    assert BODY == reply.body
