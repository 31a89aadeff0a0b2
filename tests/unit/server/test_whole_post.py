"""Which requests take the short way, and what becomes of those that go wrong on it."""

import asyncio
from pathlib import Path

import pytest
from fastapi import FastAPI
from uvicorn import Config
from uvicorn.server import ServerState

from gateway_graphql.exchange import with_headers
from gateway_graphql.gateway import Gateway
from gateway_graphql.server import create_app
from gateway_graphql.server.border.cors import OriginPolicy
from gateway_graphql.server.border.rules import Border
from gateway_graphql.server.head_limit import HeadLimits
from gateway_graphql.server.whole_post import whole_post_protocol
from gateway_graphql.transport.mock import MockTransport

SDL = (Path(__file__).parents[2] / "data" / "shop.graphql").read_text()
BODY = b'{"query": "{ __typename }"}'


def post(*headers, body=BODY, path=b"/graphql"):
    return (
        b"POST %b HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n%b\r\n%b"
        % (path, len(body), b"".join(b"%b\r\n" % header for header in headers), body)
    )


def gateway(*middleware):
    return Gateway.from_supergraph(
        SDL,
        transports={
            name: MockTransport(lambda _request: {"data": {"books": []}})
            for name in ("books", "reviews")
        },
        middleware=middleware,
    )


class Connection(asyncio.Transport):
    """A connection whose client reads all that is written to it."""

    def __init__(self):
        super().__init__({"peername": ("192.0.2.1", 1)})
        self.written = b""
        self.is_written = asyncio.Event()
        self.is_closed = asyncio.Event()
        self._is_closing = False

    def write(self, data):
        self.written += data
        self.is_written.set()

    def close(self):
        self._is_closing = True
        self.is_closed.set()

    def is_closing(self):
        return self._is_closing

    def pause_reading(self):
        """Nothing is read here."""

    def resume_reading(self):
        """Nothing is read here."""


class Seen:
    """ASGI's side of an application, and what passes there."""

    def __init__(self, app, paths):
        self._app = app
        self._paths = paths

    async def __call__(self, scope, receive, send):
        self._paths.append(scope["path"])
        await self._app(scope, receive, send)


class Asked:
    """A connection to an application, to which something has been sent."""

    def __init__(self, app, sent, **options):
        self.seen = []
        if isinstance(app, FastAPI):
            app.add_middleware(Seen, paths=self.seen)
        quiet = {"log_config": None, "access_log": False, "proxy_headers": False}
        config = Config(app, **quiet | options)
        self.state = ServerState()
        self.connection = Connection()
        self.protocol = whole_post_protocol(HeadLimits())(config, self.state, {})
        self.protocol.connection_made(self.connection)
        self.protocol.data_received(sent)

    async def answer(self):
        await asyncio.gather(*self.state.tasks)
        self.protocol.connection_lost(None)
        return self.connection.written


async def test_a_short_post_goes_past_asgi():
    asked = Asked(create_app(gateway()), post())
    answer = await asked.answer()

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b'\r\n\r\n{"data":{"__typename":"Query"}}')
    assert [] == asked.seen
    assert 1 == asked.state.total_requests


@pytest.mark.parametrize(
    "sent",
    [
        post(path=b"/graphql?a=b"),
        post(b"accept: text/event-stream"),
        post(b"expect: 100-continue"),
        post(b"content-encoding: gzip"),
        post(body=BODY.ljust(70_000)),
        post().replace(b"POST", b"PUT"),
        post().replace(b"HTTP/1.1", b"HTTP/1.0"),
        post().replace(b"content-length: 27", b"transfer-encoding: chunked"),
        b"GET /graphql?query={__typename} HTTP/1.1\r\nhost: a\r\n\r\n",
    ],
    ids=lambda sent: sent[:60].decode(),
)
async def test_what_is_more_than_a_short_post_goes_by_asgi(sent):
    asked = Asked(create_app(gateway()), sent)
    asked.protocol.data_received(b"0\r\n\r\n" if b"chunked" in sent else b"")
    await asyncio.sleep(0)
    asked.protocol.connection_lost(None)
    await asyncio.gather(*asked.state.tasks)

    assert ["/graphql"] == asked.seen


async def test_a_limit_that_uvicorn_keeps_is_kept_by_asgi():
    asked = Asked(create_app(gateway()), post(), limit_concurrency=9)
    answer = await asked.answer()

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert ["/graphql"] == asked.seen


async def test_a_log_of_requests_has_each_of_them(caplog):
    caplog.set_level("INFO", "uvicorn.access")
    await Asked(create_app(gateway()), post(), access_log=True).answer()

    assert '"POST /graphql HTTP/1.1" 200' in caplog.text


async def test_answers_that_pages_of_other_origins_read_go_by_asgi():
    border = Border(origins=(OriginPolicy(("https://a.example",)),))
    app = create_app(gateway(), border=border)
    answer = await Asked(app, post(b"origin: https://a.example")).answer()

    assert b"\r\naccess-control-allow-origin: https://a.example\r\n" in answer


async def test_an_application_of_ones_own_is_not_gone_past():
    app = FastAPI()

    @app.post("/graphql")
    async def own() -> str:
        return "own"

    asked = Asked(app, post())

    assert (await asked.answer()).endswith(b'"own"')


async def test_a_request_that_is_cancelled_is_answered_and_its_connection_closed(
    caplog,
):
    async def wait(_request, _context, _proceed):
        await asyncio.Event().wait()

    asked = Asked(create_app(gateway(wait)), post())
    (task,) = asked.state.tasks
    await asyncio.sleep(0)
    task.cancel()
    answer = await asked.answer()

    assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b"\r\nconnection: close\r\n" in answer
    assert asked.connection.is_closing()
    assert "Request to /graphql failed" in caplog.text


async def test_what_fails_is_logged_and_not_told(caplog):
    async def fail(_request, _context, _proceed):
        raise LookupError("hidden")

    answer = await Asked(create_app(gateway(fail)), post()).answer()

    assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b"INTERNAL_SERVER_ERROR" in answer
    assert b"hidden" not in answer
    assert "LookupError: hidden" in caplog.text


async def test_no_header_of_an_answer_holds_a_control_character():
    async def add(request, context, proceed):
        added = {"x-a": "a\r\nx-b: b\0\x7f\tc", "set-cookie": "a=1\nb=\x01"}
        return with_headers(await proceed(request, context), added)

    answer = await Asked(create_app(gateway(add)), post()).answer()

    assert b"\r\nx-a: a  x-b: b  \tc\r\nset-cookie: a=1\r\nset-cookie: b=\r\n" in answer


async def test_nothing_is_written_to_a_client_that_is_gone():
    is_asked, may_answer = asyncio.Event(), asyncio.Event()

    async def wait(request, context, proceed):
        is_asked.set()
        await may_answer.wait()
        return await proceed(request, context)

    asked = Asked(create_app(gateway(wait)), post())
    await is_asked.wait()
    asked.protocol.connection_lost(ConnectionResetError())
    may_answer.set()
    await asyncio.gather(*asked.state.tasks)

    assert b"" == asked.connection.written


async def test_a_client_that_does_not_read_is_not_written_to():
    asked = Asked(create_app(gateway()), post())
    asked.protocol.pause_writing()
    for _ in range(20):
        await asyncio.sleep(0)
    before = asked.connection.written
    asked.protocol.resume_writing()
    answer = await asked.answer()

    assert b"" == before
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_a_connection_that_is_idle_for_too_long_is_closed():
    asked = Asked(create_app(gateway()), post() + post(), timeout_keep_alive=0.01)
    await asked.connection.is_closed.wait()

    assert 2 == asked.connection.written.count(b"HTTP/1.1 200 OK\r\n")
    assert b"connection: close" not in asked.connection.written


async def test_a_connection_is_not_idle_while_a_request_is_answered():
    may_answer = asyncio.Event()

    async def wait(request, context, proceed):
        if request.operation_name is not None:
            await may_answer.wait()
        return await proceed(request, context)

    named = b'{"query": "query A { __typename }", "operationName": "A"}'
    asked = Asked(create_app(gateway(wait)), post(), timeout_keep_alive=0.01)
    await asked.connection.is_written.wait()
    asked.protocol.data_received(post(body=named))
    await asyncio.sleep(0.05)
    was_closed = asked.connection.is_closing()
    may_answer.set()
    await asked.connection.is_closed.wait()

    assert not was_closed
    assert 2 == asked.connection.written.count(b"HTTP/1.1 200 OK\r\n")
