"""Whatever is sent over a socket, the short way answers as ASGI does, byte for byte."""

import gzip
import re
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

SUPERGRAPH = Path(__file__).resolve().parents[1] / "data" / "shop.graphql"
TIMEOUT_S = 2
MAX_BODY_BYTES = 30_000
OK, BAD = b"200", b"400"
EVENTS = b"accept: text/event-stream\r\n"


def post(body, *more, path=b"/graphql", media=b"application/json", version=b"1.1"):
    return (
        b"POST %b HTTP/%b\r\nhost: a\r\ncontent-type: %b\r\n%bcontent-length: %d\r\n\r\n%b"
        % (
            path,
            version,
            media,
            b"".join(more),
            len(body),
            body,
        )
    )


NAME = post(b'{"query": "{ __typename }"}')
KIND = post(b'{"query": "{ kind: __typename }"}')
LIST = post(b'[{"query": "{ __typename }"}, {"query": "{ kind: __typename }"}]')
GET = b"GET /graphql?query={__typename} HTTP/1.1\r\nhost: a\r\n\r\n"
SCHEMA = b'{"query": "{ __schema { types { name description } } }"}'
EXPECTED = NAME.replace(b"\r\n\r\n", b"\r\nexpect: 100-continue\r\n\r\n")
CHUNKED = (
    b"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
    b'transfer-encoding: chunked\r\n\r\nb\r\n{"query": "\r\n11\r\n{ __typename }" }\r\n0\r\n\r\n'
)
HEAD, _, BODY = NAME.partition(b"\r\n\r\n")


@pytest.fixture(scope="module")
def ports(started_for_module, free_ports):
    """Two gateways: one that takes the short way, one that leaves all to ASGI."""
    ports = free_ports(2)
    for port, has_log in zip(ports, ["false", "true"], strict=True):
        it = started_for_module(
            *("python", "-c", "from gateway_graphql.cli import main; main()", "serve"),
            *("--supergraph", str(SUPERGRAPH), "--port", str(port)),
            env={
                "GATEWAY_SERVER__ACCESS_LOG": has_log,
                "GATEWAY_SERVER__TIMEOUT_S": str(TIMEOUT_S),
                "GATEWAY_SERVER__MAX_BODY_BYTES": str(MAX_BODY_BYTES),
                "GATEWAY_SERVER__BATCHING__ENABLED": "true",
            },
        )
        it.wait_for(f"http://127.0.0.1:{port}/health/ready")
    return ports


def received(port, parts):
    """All that comes until the connection is closed, without the time of day."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        for part in parts:
            connection.sendall(part)
            if len(parts) > 1:
                time.sleep(0.05)  # so that they arrive as they were sent
        connection.settimeout(TIMEOUT_S * 4)
        answer = b""
        with suppress(ConnectionError, TimeoutError):
            while part := connection.recv(65536):
                answer += part
    return re.sub(rb"date: [^\r]*\r\n", b"date\r\n", answer)


def statuses(answer):
    return re.findall(rb"HTTP/1\.1 (\d+) ", answer)


CLOSE = b"connection: close\r\n"
LAST = post(b'{"query": "{ __typename }"}', CLOSE)

WRITTEN = {
    "one": ([LAST], [OK]),
    "one after the other": ([NAME, KIND, LAST], [OK] * 3),
    "pipelined": ([NAME + KIND + NAME + LAST], [OK] * 4),
    "pipelined with others": ([NAME + GET + KIND + GET + CHUNKED + LAST], [OK] * 6),
    "pipelined, the last one in pieces": ([NAME + LAST[:-5], LAST[-5:]], [OK] * 2),
    "head and body apart": ([HEAD + b"\r\n\r\n", BODY + LAST], [OK] * 2),
    "in pieces": (
        [NAME[n : n + 40] for n in range(0, len(NAME), 40)] + [LAST],
        [OK] * 2,
    ),
    "a list": ([LIST + LAST], [OK] * 2),
    "an empty list": ([post(b"[]") + LAST], [BAD, OK]),
    "chunked": ([CHUNKED + LAST], [OK] * 2),
    "expecting to be told to go on": ([EXPECTED + LAST], [b"100", OK, OK]),
    "of an older HTTP": ([post(BODY, version=b"1.0")], [OK]),
    "compressed": (
        [post(gzip.compress(BODY), b"content-encoding: gzip\r\n") + LAST],
        [OK] * 2,
    ),
    "compressed in no known way": (
        [post(BODY, b"content-encoding: x\r\n") + LAST],
        [b"415", OK],
    ),
    "with a query string": ([post(BODY, path=b"/graphql?a=b") + LAST], [OK] * 2),
    "to an encoded path": ([post(BODY, path=b"/%67raphql") + LAST], [OK] * 2),
    "to another path": ([post(BODY, path=b"/graphqlx") + LAST], [b"404", OK]),
    "to the path and a slash": ([post(BODY, path=b"/graphql/") + LAST], [b"404", OK]),
    "another method": ([NAME.replace(b"POST", b"PUT") + LAST], [b"405", OK]),
    "an upgrade": ([post(BODY, b"connection: upgrade\r\nupgrade: h2c\r\n")], [BAD]),
    "no body": ([post(b"") + LAST], [BAD, OK]),
    "no JSON": ([post(b"{") + LAST], [BAD, OK]),
    "no query": ([post(b"{}") + LAST], [BAD, OK]),
    "no document": ([post(b'{"query": "{"}') + LAST], [OK] * 2),
    "no document, told by status": (
        [
            post(b'{"query": "{"}', b"accept: application/graphql-response+json\r\n")
            + LAST
        ],
        [BAD, OK],
    ),
    "a form": ([post(BODY, media=b"text/plain") + LAST], [b"415", OK]),
    "no content type": ([NAME.replace(b"content-type", b"x") + LAST], [b"406", OK]),
    "accepting nothing there is": (
        [post(BODY, b"accept: text/csv\r\n") + LAST],
        [b"406", OK],
    ),
    "accepting events alone": ([post(BODY, EVENTS) + LAST], [OK] * 2),
    "an answer that is compressed": (
        [post(SCHEMA, b"accept-encoding: gzip\r\n") + LAST],
        [OK] * 2,
    ),
    "an answer that is long": ([post(SCHEMA) + LAST], [OK] * 2),
    "as long as may be": ([post(BODY.ljust(MAX_BODY_BYTES)) + LAST], [OK] * 2),
    "longer than may be": ([post(BODY.ljust(MAX_BODY_BYTES + 1)) + LAST], [b"413", OK]),
    "two lengths": (
        [NAME.replace(b"content-length", b"content-length: 9\r\ncontent-length")],
        [BAD],
    ),
    "with a header twice": ([post(BODY, b"x: 1\r\n", b"x: 2\r\n") + LAST], [OK] * 2),
    "never whole": ([NAME[:-5]], [b"504"]),
    "no HTTP after it": ([NAME + b"?\r\n\r\n"], [BAD]),
}


@pytest.mark.parametrize(("parts", "expected"), WRITTEN.values(), ids=WRITTEN)
def test_an_answer_is_the_same_by_either_way(ports, parts, expected):
    short, asgi = (received(port, parts) for port in ports)

    assert asgi == short
    assert expected == statuses(short)


def test_a_client_that_ends_its_side_has_ended(ports):
    def half_closed(port):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(NAME[:-5])
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(65536)

    assert [b"", b""] == [half_closed(port) for port in ports]


def test_clients_that_never_read_do_not_keep_others_waiting(ports):
    for port in ports:
        with ExitStack() as deaf:
            for _ in range(20):
                connection = socket.create_connection(("127.0.0.1", port), timeout=30)
                deaf.enter_context(connection).sendall(post(SCHEMA) * 100)

            assert [OK] == statuses(received(port, [LAST]))
