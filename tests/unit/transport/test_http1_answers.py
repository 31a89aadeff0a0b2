"""Answers of every shape, whole and byte by byte, from a server that writes them as told."""

import asyncio
import gzip
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway_graphql.errors import FailureKind, SubgraphFailed, SubgraphUnreachable
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport import HTTPTransport, SubgraphReply, SubgraphRequest
from gateway_graphql.transport.http1.failures import ExchangeFailed
from gateway_graphql.transport.http1.reading import ReplyReader
from tests.scripted_server import (
    BODY,
    answering,
    hang,
    http,
    listening,
    port_of,
    read_request,
)

QUERY = SubgraphRequest("s", OperationKind.QUERY, "{ a }")
MUTATION = SubgraphRequest("s", OperationKind.MUTATION, "mutation { a }")
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"

WHOLE = {
    "by length": http(b"hi"),
    "empty": http(b""),
    "no reason": b"HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nhi",
    "no content": b"HTTP/1.1 204 No\r\n\r\n",
    "no content, with a length": b"HTTP/1.1 204 No\r\ncontent-length: 0\r\n\r\n",
    "not modified, with a length": b"HTTP/1.1 304 No\r\ncontent-length: 9\r\n\r\n",
    "chunks": CHUNKED + b"1\r\nh\r\n1\r\ni\r\n0\r\n\r\n",
    "chunks in capitals": CHUNKED.replace(b"chunked", b"Chunked")
    + b"2\r\nhi\r\n0\r\n\r\n",
    "chunks with extensions": CHUNKED + b'2;a=b;c="d"\r\nhi\r\n0;e\r\n\r\n',
    "chunks with trailers": CHUNKED
    + b"2\r\nhi\r\n0\r\nset-cookie: a=b\r\nx: y\r\n\r\n",
    "until it closes": HEAD + b"\r\nhi",
    "HTTP/1.0 until it closes": b"HTTP/1.0 200 OK\r\n\r\nhi",
    "HTTP/1.0 by length": b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi",
    "interim": b"HTTP/1.1 100 Continue\r\n\r\n" + http(b"hi"),
    "interim with headers": b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * 3
    + http(b"hi"),
    "line feeds before": b"\r\n\r\n" + http(b"hi"),
    "gzip in chunks": CHUNKED[:-2]
    + b"content-encoding: gzip\r\n\r\n"
    + b"%x\r\n%b\r\n0\r\n\r\n" % (len(gzip.compress(b"hi")), gzip.compress(b"hi")),
    "an upgrade that nobody asked for": http(
        b"hi", headers="connection: upgrade\r\nupgrade: h2c\r\n"
    ),
    "more after it": http(b"hi") + b"junk",
    "another after it": http(b"hi") + http(b"of somebody else"),
}

BROKEN = {
    "nothing": (b"", FailureKind.CUT_OFF),
    "half a status line": (b"HTTP/1.1 2", FailureKind.CUT_OFF),
    "half a head": (HEAD + b"x: y\r\n", FailureKind.CUT_OFF),
    "half a body": (http(b"hi")[:-1], FailureKind.CUT_OFF),
    "half a chunk": (CHUNKED + b"5\r\nhi", FailureKind.CUT_OFF),
    "no last chunk": (CHUNKED + b"2\r\nhi\r\n", FailureKind.CUT_OFF),
    "half a trailer": (CHUNKED + b"0\r\nx: y\r\n", FailureKind.CUT_OFF),
    "interim alone": (b"HTTP/1.1 100 Continue\r\n\r\n", FailureKind.CUT_OFF),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", FailureKind.NOT_HTTP),
    "HTTP/3": (b"HTTP/3.0 200 OK\r\n\r\n", FailureKind.NOT_HTTP),
    "a status of four digits": (b"HTTP/1.1 2000 OK\r\n\r\n", FailureKind.NOT_HTTP),
    "a status below all": (b"HTTP/1.1 099 OK\r\n\r\n", FailureKind.NOT_HTTP),
    "another protocol": (
        b"HTTP/1.1 101 Go\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        FailureKind.NOT_HTTP,
    ),
    "line feeds alone": (
        b"HTTP/1.1 200 OK\ncontent-length: 0\n\n",
        FailureKind.NOT_HTTP,
    ),
    "a length twice": (
        http(b"hi", headers="content-length: 2\r\n"),
        FailureKind.NOT_HTTP,
    ),
    "two lengths": (http(b"hi", headers="content-length: 3\r\n"), FailureKind.NOT_HTTP),
    "a length beside chunks": (
        http(b"hi", headers="transfer-encoding: chunked\r\n"),
        FailureKind.NOT_HTTP,
    ),
    "a length with a sign": (
        HEAD + b"content-length: +2\r\n\r\nhi",
        FailureKind.NOT_HTTP,
    ),
    "a length beyond all": (
        HEAD + b"content-length: 99999999999999999999999\r\n\r\n",
        FailureKind.NOT_HTTP,
    ),
    "a chunk beyond all": (CHUNKED + b"f" * 17 + b"\r\n", FailureKind.NOT_HTTP),
    "a chunk of no number": (CHUNKED + b"-2\r\nhi\r\n", FailureKind.NOT_HTTP),
    "a chunk longer than it says": (CHUNKED + b"1\r\nhi\r\n", FailureKind.NOT_HTTP),
    "a coding under the chunks": (
        HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        FailureKind.NOT_HTTP,
    ),
    "a coding without chunks": (
        HEAD + b"transfer-encoding: gzip\r\n\r\nhi",
        FailureKind.NOT_HTTP,
    ),
    "a header with a blank": (HEAD + b"x y: z\r\n\r\n", FailureKind.NOT_HTTP),
    "a header with a zero": (HEAD + b"x: \0\r\n\r\n", FailureKind.NOT_HTTP),
    "a header over two lines": (HEAD + b"x: y\r\n z\r\n\r\n", FailureKind.NOT_HTTP),
    "a head beyond the cap": (
        HEAD + b"x: " + b"y" * 200_000 + b"\r\n\r\n",
        FailureKind.NOT_HTTP,
    ),
    "a head of many beyond the cap": (
        HEAD + b"x: yyyyyyyyyyyyyyyyyyyy\r\n" * 8_000 + b"\r\n",
        FailureKind.NOT_HTTP,
    ),
    "a megabyte of reason": (b"HTTP/1.1 200 " + b"y" * 1_000_000, FailureKind.NOT_HTTP),
    "interim without end": (
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000,
        FailureKind.NOT_HTTP,
    ),
    "a chunk's extension without end": (
        CHUNKED + b"2;" + b"x" * 1_000_000,
        FailureKind.NOT_HTTP,
    ),
    "a chunk's extension without end, after a body": (
        CHUNKED + b"3e8\r\n" + b"x" * 1000 + b"\r\n2;" + b"x" * 1_000_000,
        FailureKind.NOT_HTTP,
    ),
    "a head beyond the cap, and a body in the same piece": (
        http(b"x" * 20_000, headers=f"x: {'y' * 150_000}\r\n"),
        FailureKind.NOT_HTTP,
    ),
    "trailers without end": (
        CHUNKED + b"0\r\n" + b"x: y\r\n" * 200_000,
        FailureKind.NOT_HTTP,
    ),
}


def in_bytes(answer):
    """Every byte alone; all of a long answer would take long."""
    return [answer[i : i + 1] for i in range(min(len(answer), 400))] + [answer[400:]]


async def asked(handler, **options):
    async with (
        listening(handler) as server,
        HTTPTransport(f"http://127.0.0.1:{port_of(server)}/", **options) as transport,
    ):
        return await transport.send(QUERY)


@pytest.mark.parametrize("split", [lambda it: [it], in_bytes], ids=["whole", "bytes"])
@pytest.mark.parametrize("answer", WHOLE.values(), ids=WHOLE)
async def test_what_http_allows_is_read(answer, split):
    reply = await asked(answering(*split(answer)))

    has_body = reply.status == 200 and b"content-length: 0" not in answer
    assert (b"hi" if has_body else b"") == reply.body


@pytest.mark.parametrize("split", [lambda it: [it], in_bytes], ids=["whole", "bytes"])
@pytest.mark.parametrize(("answer", "kind"), BROKEN.values(), ids=BROKEN)
async def test_what_http_forbids_is_a_failure_with_its_cause(answer, kind, split):
    with pytest.raises(SubgraphUnreachable) as raised:
        await asked(answering(*split(answer)))

    assert kind == raised.value.cause.kind


async def test_a_reset_in_the_middle_is_cut_off():
    async def handler(reader, writer):
        await read_request(reader)
        writer.write(http(b"hi")[:-1])
        await writer.drain()
        writer.transport.abort()

    with pytest.raises(SubgraphUnreachable) as raised:
        await asked(handler)

    assert FailureKind.CUT_OFF == raised.value.cause.kind


async def test_headers_come_in_lower_case_and_several_of_one_name_together():
    headers = (
        "X-A: 1\r\nx-a:  2 \t\r\nX-Empty:\r\nX-Name: J\xf6rg\r\n"
        "Set-Cookie: a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT\r\nset-cookie: b=2\r\n"
    )
    head, body = http(headers=headers).split(b"\r\n\r\n")
    latin = head.decode().encode("latin-1") + b"\r\n\r\n" + body

    reply = await asked(answering(latin))

    assert {
        "content-length": str(len(BODY)),
        "x-a": "1, 2",
        "x-empty": "",
        "x-name": "J\xf6rg",
        "set-cookie": "a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT\nb=2",
    } == reply.headers


def test_a_head_beyond_the_cap_is_refused_in_one_piece_with_its_body():
    """Sockets seldom give so much at once, and then it depends on the machine."""
    answer = http(b"x" * 20_000, headers=f"x: {'y' * 150_000}\r\n")

    with pytest.raises(ExchangeFailed, match="its head is too large"):
        ReplyReader(1 << 20).feed(answer)


async def test_trailers_are_no_headers():
    reply = await asked(answering(WHOLE["chunks with trailers"]))

    assert {"transfer-encoding": "chunked"} == reply.headers


async def test_a_body_in_chunks_of_one_byte_is_read():
    chunks = b"1\r\nx\r\n" * 200_000

    reply = await asked(answering(CHUNKED + chunks + b"0\r\n\r\n"))

    assert b"x" * 200_000 == reply.body


async def test_a_body_in_small_chunks_takes_no_more_memory_than_its_size():
    chunks = CHUNKED + b"2\r\nxx\r\n" * 500_000 + b"0\r\n\r\n"
    tracemalloc.start()
    try:
        reply = await asked(answering(chunks))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert 1_000_000 == len(reply.body)
    # What the server writes takes most of it.
    assert peak < 16 << 20


@pytest.mark.parametrize(
    "after",
    [b"junk", http(b"forged"), b"HTTP/1.1 100 Continue\r\n\r\n", b"H"],
    ids=["junk", "an answer", "interim", "a byte"],
)
@pytest.mark.parametrize("pause", [False, True], ids=["at once", "later"])
async def test_bytes_after_an_answer_never_become_the_next_one(after, pause):
    connections = []

    async def handler(reader, writer):
        connections.append(writer)
        await read_request(reader)
        writer.write(http())
        if pause:
            await writer.drain()
            await asyncio.sleep(0.02)
        writer.write(after)
        await read_request(reader)
        writer.write(http(b"late"))

    async with (
        listening(handler) as server,
        HTTPTransport(f"http://127.0.0.1:{port_of(server)}/") as transport,
    ):
        first = await transport.send(QUERY)
        await asyncio.sleep(0.05)
        second = await transport.send(QUERY)

    assert [BODY, BODY] == [first.body, second.body]
    assert 2 == len(connections)


async def test_an_answer_before_the_request_is_read_is_taken_and_the_connection_left():
    async def handler(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(http(b"no", status="413 Too Large"))
        await writer.drain()
        await asyncio.sleep(0.2)

    request = SubgraphRequest("s", OperationKind.QUERY, "#" * 30_000_000)
    async with (
        listening(handler) as server,
        HTTPTransport(f"http://127.0.0.1:{port_of(server)}/") as transport,
    ):
        reply = await transport.send(request)
        # It would meet the rest of the first one, and could not be sent again.
        again = await transport.send(MUTATION)

    assert (413, 413) == (reply.status, again.status)


# Fuzzing: pieces of what is right, of what is nearly right, and of anything.

TOKENS = [
    *(answer for answer in WHOLE.values()),
    *(answer for answer, _ in BROKEN.values() if len(answer) < 500),
    b"HTTP/1.1 ",
    b"200 OK\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b"content-length: 3\r\n",
    b"transfer-encoding: chunked\r\n",
    b"content-encoding: gzip\r\n",
    b"content-encoding: br\r\n",
    b"content-encoding: zstd\r\n",
    b"connection: close\r\n",
    b"connection: keep-alive\r\n",
    b"keep-alive: timeout=5\r\n",
    b"3\r\nabc\r\n",
    b"0\r\n\r\n",
    b"\x1f\x8b",
    b"\0",
    b": ",
]
ANSWERS = st.lists(st.sampled_from(TOKENS) | st.binary(max_size=20), max_size=8)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(answers=st.lists(ANSWERS, min_size=1, max_size=3))
async def test_any_bytes_end_in_an_answer_or_in_a_failure(answers):
    """Three requests in a row, so that what one answer leaves behind is there for the next.

    The server closes after each answer, so none of them may wait for a timeout.
    """
    left = iter(answers)

    async def handler(reader, writer):
        await read_request(reader)
        for part in next(left, []):
            writer.write(part)
            await writer.drain()

    async with (
        listening(handler) as server,
        HTTPTransport(f"http://127.0.0.1:{port_of(server)}/") as transport,
    ):
        outcomes = [await outcome_of(transport) for _ in answers]

    assert all(
        200 <= one.status <= 999
        if isinstance(one, SubgraphReply)
        else one.cause.kind != FailureKind.TIMEOUT
        for one in outcomes
    )


async def outcome_of(transport):
    """An answer or a failure; any other exception, and a hang, end the test."""
    try:
        return await asyncio.wait_for(transport.send(QUERY), 20)
    except SubgraphFailed as failure:
        return failure


async def test_a_subgraph_that_says_nothing_costs_no_more_than_its_deadline():
    with pytest.raises(SubgraphFailed) as raised:
        await asked(hang, timeout_s=0.05)

    assert FailureKind.TIMEOUT == raised.value.cause.kind
