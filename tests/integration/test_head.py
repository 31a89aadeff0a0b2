"""Request lines and headers of any size, sent to a gateway process."""

import json
import socket
from contextlib import suppress
from pathlib import Path

import pytest

SUPERGRAPH = Path(__file__).resolve().parents[1] / "data" / "shop.graphql"
ASK = b"GET /graphql?query={__typename} HTTP/1.1\r\nhost: gateway\r\n"
REFUSED = {
    "errors": [
        {
            "message": "The request's head is larger than 65536 bytes.",
            "extensions": {"code": "REQUEST_HEADER_FIELDS_TOO_LARGE"},
        }
    ]
}
LINE = b"x-padding: " + b"x" * 989 + b"\r\n"


@pytest.fixture(scope="module")
def port(started_for_module, free_ports, way):
    (port,) = free_ports(1)
    gateway = started_for_module(
        *("python", "-c", "from gateway_graphql.cli import main; main()", "serve"),
        *("--supergraph", str(SUPERGRAPH), "--port", str(port)),
        env=way,
    )
    gateway.wait_for(f"http://127.0.0.1:{port}/health/ready")
    return port


def answers(port, parts, count=1):
    """Send parts until nobody reads them any more; the statuses and last body."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        sent, received = 0, b""
        with suppress(ConnectionError):
            for part in parts:
                connection.sendall(part)
                sent += len(part)
        with suppress(ConnectionError):
            while received.count(b"HTTP/1.1 ") < count or not received.endswith(b"}"):
                if not (part := connection.recv(65536)):
                    break
                received += part
    statuses = [int(it[:3]) for it in received.split(b"HTTP/1.1 ")[1:]]
    return statuses, json.loads(received.rpartition(b"\r\n\r\n")[2] or "null"), sent


def test_a_head_within_the_bound_is_read(port):
    statuses, body, _ = answers(port, [ASK + LINE * 60 + b"\r\n"])

    assert ([200], {"data": {"__typename": "Query"}}) == (statuses, body)


@pytest.mark.parametrize(
    "head",
    [
        ASK + LINE * 100 + b"\r\n",
        ASK + b"x-padding: " + b"x" * 100_000 + b"\r\n\r\n",
        ASK.replace(b"query", b"x=" + b"x" * 65_000 + b"&query") + LINE + b"\r\n",
    ],
    ids=["many headers", "a long one", "a long address"],
)
def test_a_head_that_is_too_large_is_431(port, head):
    statuses, body, _ = answers(port, [head])

    assert ([431], REFUSED) == (statuses, body)


@pytest.mark.parametrize("part", [LINE, b"x" * 1000], ids=["headers", "one header"])
def test_an_endless_head_is_not_read_to_its_end(port, part):
    def endless():
        yield ASK + b"x-padding: "
        for _ in range(100_000):
            yield part

    *_, sent = answers(port, endless())

    assert sent < 50_000_000


def test_a_head_is_not_taken_for_larger_because_of_what_came_with_it(port):
    body = b'{"query": "{ __typename }"' + b" " * 200_000 + b"}"
    post = (
        b"POST /graphql HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n%s" % (len(body), body)
    )
    statuses, _, _ = answers(port, [post + ASK, LINE, b"\r\n"], count=2)

    assert [200, 200] == statuses


@pytest.fixture(scope="module")
def strict_port(started_for_module, free_ports, way):
    (port,) = free_ports(1)
    gateway = started_for_module(
        *("python", "-c", "from gateway_graphql.cli import main; main()", "serve"),
        *("--supergraph", str(SUPERGRAPH), "--port", str(port)),
        env=way
        | {
            "GATEWAY_SERVER__HEAD_TIMEOUT_S": "0.5",
            "GATEWAY_SERVER__MAX_CONNECTIONS_PER_ADDRESS": "5",
        },
    )
    gateway.wait_for(f"http://127.0.0.1:{port}/health/ready")
    return port


def read_to_end(connection):
    received = b""
    with suppress(ConnectionError):
        while part := connection.recv(65536):
            received += part
    return received


@pytest.mark.parametrize(
    "length",
    [b"9" * 5000, b"9" * 40_000, b"-1", b"1e3", b"\xb2", b"0x10", b"1, 2"],
    ids=["thousands", "tens of thousands", "less", "e", "raised", "x", "two"],
)
def test_a_length_that_is_none_or_absurd_is_refused(port, length):
    post = b"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"

    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(post + b"content-length: " + length + b"\r\n\r\n")
        received = read_to_end(connection)

    assert received[:13] in (b"HTTP/1.1 400 ", b"HTTP/1.1 413 ")
    assert b"Traceback" not in received


@pytest.mark.parametrize("name", [b"a", b"x-%d"], ids=["one name", "many names"])
def test_thousands_of_headers_are_431(port, name):
    lines = b"".join(
        (name % n if b"%" in name else name) + b": 1\r\n" for n in range(5000)
    )

    statuses, body, _ = answers(port, [ASK + lines + b"\r\n"])

    assert [431] == statuses
    assert "The request has more than 200 headers." == body["errors"][0]["message"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", b""),
        (b"\r\n\r\n", b""),
        (b"GET", b"HTTP/1.1 408 "),
        (ASK, b"HTTP/1.1 408 "),
        (ASK + b"x-a: b\r\n", b"HTTP/1.1 408 "),
    ],
    ids=["nothing", "line breaks", "a method", "a line", "a header"],
)
def test_a_head_that_is_never_finished_ends_the_connection(strict_port, sent, status):
    with socket.create_connection(("127.0.0.1", strict_port), timeout=30) as it:
        it.sendall(sent)

        received = read_to_end(it)

    assert status == received[: len(b"HTTP/1.1 408 ")]


def test_a_head_that_trickles_ends_at_the_deadline_all_the_same(strict_port):
    with socket.create_connection(("127.0.0.1", strict_port), timeout=30) as it:
        it.sendall(ASK)
        it.settimeout(0.1)
        received = b""
        for _ in range(300):
            with suppress(TimeoutError):
                received = it.recv(65536)
                break
            it.sendall(b"x-a: b\r\n")

    assert received.startswith(b"HTTP/1.1 408 ")


def test_a_second_head_on_a_connection_has_a_deadline_too(strict_port):
    with socket.create_connection(("127.0.0.1", strict_port), timeout=30) as it:
        it.sendall(ASK + b"\r\n" + ASK)

        received = read_to_end(it)

    assert [b"200", b"408"] == [one[:3] for one in received.split(b"HTTP/1.1 ")[1:]]


def test_an_address_holds_as_many_connections_as_it_may(strict_port):
    held = [
        socket.create_connection(("127.0.0.1", strict_port), timeout=30)
        for _ in range(8)
    ]
    endings = [read_to_end(one) for one in held]
    for one in held:
        one.close()

    assert 3 == sum(one.startswith(b"HTTP/1.1 503 ") for one in endings)
    statuses, _, _ = answers(strict_port, [ASK + b"\r\n"])
    assert [200] == statuses
