"""Which connection a request gets, and what becomes of it."""

import asyncio
import contextlib
import gc
import socket
import socketserver
import threading
import time

import pytest
from msgspec.structs import replace

from gateway_graphql.errors import FailureKind, SubgraphTimedOut, SubgraphUnreachable
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport import HTTPTransport, SubgraphRequest
from gateway_graphql.transport.http1.address import address_of
from gateway_graphql.transport.http1.keep_alive import MAX_IDLE_S, idle_s
from gateway_graphql.transport.http1.pool import Pool
from gateway_graphql.transport.options import HTTPOptions
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
MUTATION = replace(QUERY, kind=OperationKind.MUTATION)


class Subgraph:
    """Answers any number of requests on each connection, when it may.

    Attributes:
        served: The number of the connection of each request, in order.
        gate: Answers wait for it.
    """

    def __init__(self, headers=""):
        self.headers = headers
        self.served = []
        self.connections = []
        self.asked = asyncio.Semaphore(0)
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, reader, writer):
        number = len(self.connections)
        self.connections.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                await read_request(reader)
                self.served.append(number)
                self.asked.release()
                await self.gate.wait()
                writer.write(http(headers=self.headers))

    async def hold(self, transport, count):
        """Requests that are under way, and wait for the gate."""
        self.gate.clear()
        tasks = [asyncio.create_task(transport.send(QUERY)) for _ in range(count)]
        for _ in tasks:
            await self.asked.acquire()
        return tasks


@contextlib.asynccontextmanager
async def asking(subgraph, **options):
    async with (
        listening(subgraph) as server,
        HTTPTransport(f"http://127.0.0.1:{port_of(server)}/", **options) as transport,
    ):
        yield transport


async def test_the_connection_used_last_is_used_next():
    subgraph = Subgraph()
    async with asking(subgraph) as transport:
        tasks = await subgraph.hold(transport, 3)
        subgraph.gate.set()
        await asyncio.gather(*tasks)
        for _ in range(4):
            await transport.send(QUERY)

    assert 3 == len(subgraph.connections)
    assert 1 == len(set(subgraph.served[3:]))


async def test_no_more_connections_are_made_than_allowed_and_the_others_wait_in_turn():
    subgraph = Subgraph()
    done = []

    async def ask(transport, number):
        await transport.send(QUERY)
        done.append(number)

    async with asking(subgraph, max_connections=2) as transport:
        tasks = await subgraph.hold(transport, 2)
        waiting = [asyncio.create_task(ask(transport, number)) for number in range(6)]
        await asyncio.sleep(0)
        subgraph.gate.set()
        await asyncio.gather(*tasks, *waiting)

    assert 2 == len(subgraph.connections)
    assert sorted(done) == done


async def test_one_more_than_may_wait_is_refused_at_once_and_nothing_is_sent():
    subgraph = Subgraph()
    async with asking(subgraph, max_connections=1, max_waiting=1) as transport:
        tasks = await subgraph.hold(transport, 1)
        tasks.append(asyncio.create_task(transport.send(QUERY)))
        await asyncio.sleep(0)
        with pytest.raises(SubgraphUnreachable) as raised:
            await transport.send(QUERY)
        subgraph.gate.set()
        replies = await asyncio.gather(*tasks)

    assert FailureKind.TOO_MANY_WAIT == raised.value.cause.kind
    assert not raised.value.was_sent
    assert [BODY, BODY] == [reply.body for reply in replies]


async def test_who_is_cancelled_while_waiting_takes_nothing_from_the_others():
    subgraph = Subgraph()
    async with asking(subgraph, max_connections=1, max_waiting=2) as transport:
        tasks = await subgraph.hold(transport, 1)
        gone, stays = (asyncio.create_task(transport.send(QUERY)) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        tasks.append(asyncio.create_task(transport.send(QUERY)))
        subgraph.gate.set()
        replies = await asyncio.gather(stays, *tasks)

    assert 3 == len(replies)
    assert gone.cancelled()


async def answered_and_then_cancels(transport, other):
    """Who is answered runs before who is given the connection: the other never gets it."""
    try:
        return await transport.send(QUERY)
    finally:
        other[0].cancel()


async def test_who_is_cancelled_in_the_moment_of_being_served_passes_it_on():
    subgraph = Subgraph()
    async with asking(subgraph, max_connections=1) as transport:
        subgraph.gate.clear()
        other = []
        first = asyncio.create_task(answered_and_then_cancels(transport, other))
        await subgraph.asked.acquire()
        gone, stays = (asyncio.create_task(transport.send(QUERY)) for _ in range(2))
        other.append(gone)
        await asyncio.sleep(0)
        subgraph.gate.set()
        await asyncio.wait_for(asyncio.gather(first, stays), 20)

    assert gone.cancelled()
    assert [0, 0] == subgraph.served


async def test_a_broken_connection_gives_its_place_to_who_waits():
    async with (
        listening(answering()) as server,
        HTTPTransport(
            f"http://127.0.0.1:{port_of(server)}/", max_connections=1
        ) as transport,
    ):
        outcomes = await asyncio.gather(
            *(transport.send(QUERY) for _ in range(5)), return_exceptions=True
        )

    assert [SubgraphUnreachable] * 5 == [type(outcome) for outcome in outcomes]


async def test_a_refused_connection_gives_its_place_to_who_waits():
    async with listening(answering()) as server:
        port = port_of(server)
    async with HTTPTransport(
        f"http://127.0.0.1:{port}/", max_connections=1
    ) as transport:
        outcomes = await asyncio.gather(
            *(transport.send(QUERY) for _ in range(5)), return_exceptions=True
        )

    assert [FailureKind.REFUSED] * 5 == [outcome.cause.kind for outcome in outcomes]


async def test_cancelled_requests_leave_no_connection_taken():
    async with asking(hang, max_connections=2) as transport:
        for _ in range(5):
            tasks = [asyncio.create_task(transport.send(QUERY)) for _ in range(2)]
            await asyncio.sleep(0.01)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        with pytest.raises(SubgraphTimedOut):
            await transport.send(replace(QUERY, deadline=time.monotonic() + 0.05))


async def test_idle_connections_beyond_those_to_keep_are_closed():
    subgraph = Subgraph()
    async with asking(subgraph, max_idle_connections=1) as transport:
        tasks = await subgraph.hold(transport, 3)
        subgraph.gate.set()
        await asyncio.gather(*tasks)
        tasks = await subgraph.hold(transport, 3)
        subgraph.gate.set()
        await asyncio.gather(*tasks)

    assert 5 == len(subgraph.connections)


@pytest.mark.parametrize(
    "headers", ["connection: close\r\n", "keep-alive: timeout=1\r\n"]
)
async def test_a_connection_that_the_subgraph_will_close_is_not_kept(headers):
    subgraph = Subgraph(headers)
    async with asking(subgraph) as transport:
        for _ in range(2):
            await transport.send(MUTATION)

    assert [0, 1] == subgraph.served


@pytest.mark.parametrize(
    ("told", "kept_s"),
    [
        ("", MAX_IDLE_S),
        ("timeout=5", 4),
        ("timeout=3, max=100", 2),
        ("max=1, Timeout=2", 1),
        ("timeout=1", 0),
        ("timeout=0", 0),
        ("timeout=600", MAX_IDLE_S),
        ("timeout=x", MAX_IDLE_S),
        ("timeout=" + "9" * 1_000_000, MAX_IDLE_S),
    ],
)
def test_a_connection_is_kept_for_less_than_the_subgraph_keeps_it(told, kept_s):
    assert kept_s == idle_s(told)


@contextlib.contextmanager
def threaded(handle):
    """A server in a thread, which goes on while this loop does not."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            handle(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


def answer_once(connection):
    assert connection.recv(10_000).endswith(b"}")
    connection.sendall(http())


async def test_a_mutation_looks_whether_its_connection_was_closed_just_now():
    """The loop itself has not had the time to see it."""
    may_close, closed = threading.Event(), threading.Event()

    def handle(connection):
        answer_once(connection)
        may_close.wait()
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    with threaded(handle) as url:
        async with HTTPTransport(url) as transport:
            await transport.send(MUTATION)
            may_close.set()
            closed.wait()
            reply = await transport.send(MUTATION)

    assert BODY == reply.body


async def test_a_query_meets_nothing_stale_twice():
    """All kept connections are dead after a restart: the second attempt takes none."""
    subgraph = Subgraph()
    async with asking(subgraph) as transport:
        tasks = await subgraph.hold(transport, 3)
        subgraph.gate.set()
        await asyncio.gather(*tasks)
        for writer in subgraph.connections:
            writer.transport.abort()
        reply = await transport.send(QUERY)

    assert BODY == reply.body


async def test_a_stale_connection_is_replaced_within_the_bound():
    async def handler(reader, writer):
        await read_request(reader)
        writer.write(http())
        await read_request(reader)
        writer.transport.abort()

    async with asking(handler, max_connections=2) as transport:
        for _ in range(5):
            replies = await asyncio.gather(*(transport.send(QUERY) for _ in range(6)))

    assert [BODY] * 6 == [reply.body for reply in replies]


async def test_the_deadline_holds_while_one_connects_and_the_place_is_free_again():
    """Nobody accepts: the backlog of a listening socket is full."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        async with HTTPTransport(
            f"http://127.0.0.1:{server.getsockname()[1]}/",
            timeout_s=0.1,
            max_connections=1,
            max_waiting=0,
        ) as transport:
            for _ in range(3):
                with pytest.raises(SubgraphTimedOut):
                    await transport.send(QUERY)


async def test_who_is_cancelled_with_a_place_to_connect_in_passes_it_on():
    """The first request breaks, and its place goes to the second, who is gone by then."""
    asked, may_break = asyncio.Event(), asyncio.Event()

    async def handler(reader, writer):
        await read_request(reader)
        asked.set()
        await may_break.wait()
        writer.transport.abort()

    async with asking(handler, max_connections=1) as transport:
        other = []
        first = asyncio.create_task(answered_and_then_cancels(transport, other))
        await asked.wait()
        gone, stays = (asyncio.create_task(transport.send(QUERY)) for _ in range(2))
        other.append(gone)
        await asyncio.sleep(0)
        may_break.set()
        outcomes = await asyncio.wait_for(
            asyncio.gather(first, gone, stays, return_exceptions=True), 20
        )

    assert [SubgraphUnreachable, asyncio.CancelledError, SubgraphUnreachable] == [
        type(outcome) for outcome in outcomes
    ]


async def test_a_query_is_not_repeated_when_a_byte_of_its_answer_has_come():
    requests = []

    async def handler(reader, writer):
        requests.append(await read_request(reader))
        writer.write(http())
        requests.append(await read_request(reader))
        writer.write(b"H")
        await writer.drain()

    async with asking(handler) as transport:
        await transport.send(QUERY)
        with pytest.raises(SubgraphUnreachable):
            await transport.send(QUERY)

    assert 2 == len(requests)


async def test_an_earlier_deadline_after_a_later_one_holds():
    async def handler(reader, writer):
        await read_request(reader)
        writer.write(http())
        await reader.read()

    async with asking(handler) as transport:
        await transport.send(QUERY)
        soon = replace(MUTATION, deadline=time.monotonic() + 0.05)
        with pytest.raises(SubgraphTimedOut):
            await asyncio.wait_for(transport.send(soon), 20)


async def test_an_idle_connection_is_closed_before_the_subgraph_does():
    ended = asyncio.Event()

    async def handler(reader, writer):
        await read_request(reader)
        writer.write(http(headers="keep-alive: timeout=2\r\n"))
        assert b"" == await reader.read()
        ended.set()

    async with asking(handler) as transport:
        await transport.send(QUERY)
        await asyncio.wait_for(ended.wait(), 20)


async def test_a_pool_and_its_connections_tell_how_they_stand():
    async with listening(Subgraph()) as server:
        address = address_of(f"http://127.0.0.1:{port_of(server)}/")
        pool = Pool(address, None, HTTPOptions())
        connection = await pool.acquire()
        taken = repr(pool)
        pool.freed(connection)
        kept, idle = repr(pool), repr(connection)
        await pool.aclose()

    where = address.authority
    assert [
        f"<Pool {where}: 1 open, 0 idle, 0 waiting>",
        f"<Pool {where}: 1 open, 1 idle, 0 waiting>",
        f"<Pool {where}: 0 open, 0 idle, 0 waiting>",
    ] == [taken, kept, repr(pool)]
    assert ["<Connection IDLE, 0 exchanges>", "<Connection CLOSED, 0 exchanges>"] == [
        idle,
        repr(connection),
    ]


async def test_a_closed_transport_still_answers_and_keeps_nothing():
    subgraph = Subgraph()
    async with asking(subgraph) as transport:
        await transport.send(QUERY)
        await transport.aclose()
        for _ in range(2):
            await transport.send(QUERY)

    assert [0, 1, 2] == subgraph.served


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # of what the first loop left
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_another_event_loop_gets_connections_of_its_own():
    """A process that runs two loops must not wait on a socket of the first."""
    asked = []

    def handle(connection):
        asked.append(connection)
        answer_once(connection)
        connection.recv(1)

    async def ask(finally_):
        reply = await asyncio.wait_for(transport.send(QUERY), 20)
        await finally_()
        return reply.body

    with threaded(handle) as url:
        transport = HTTPTransport(url)
        bodies = [
            asyncio.run(ask(finally_))
            for finally_ in (lambda: asyncio.sleep(0), transport.aclose)
        ]
        gc.collect()

    assert [BODY, BODY] == bodies
    assert 2 == len(asked)
