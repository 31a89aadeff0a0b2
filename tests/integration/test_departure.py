"""Clients that close their sockets while what they asked for waits to be prepared."""

import os
import socket
import time
from pathlib import Path

import httpx
import pytest

PROGRAM = Path(__file__).with_name("held_gateway.py")


def post(body):
    return (
        b"POST /graphql HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n%s" % (len(body), body)
    )


def get(path):
    return b"GET %s HTTP/1.1\r\nhost: gateway\r\n\r\n" % path


ANSWER = b'{"data":{"a":1}}'
HOLD = post(b'{"query": "query Hold { a }"}')
WANTED = post(b'{"query": "query Wanted { a }"}')


class Held:
    """The gateway's process, in which `HOLD` holds up whatever comes after it."""

    def __init__(self, process, port, directory):
        self.process = process
        self._port = port
        self._directory = directory

    def send(self, request):
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=90)
        connection.sendall(request)
        return connection

    def tells(self, path):
        url = f"http://127.0.0.1:{self._port}{path}"
        return httpx.get(url, trust_env=False, timeout=90).json()

    def wait_until(self, path, expected):
        end = time.monotonic() + 90
        while (told := self.tells(path)) != expected:
            assert time.monotonic() < end, told
            time.sleep(0.01)

    def go_on(self):
        os.close(os.open(self._directory / "go-on", os.O_WRONLY))


@pytest.fixture(params=["short", "ASGI"])
def held(request, start, free_ports, tmp_path):
    (port,) = free_ports(1)
    os.mkfifo(tmp_path / "go-on")
    process = start("python", str(PROGRAM), str(port), str(tmp_path), request.param)
    process.wait_for(f"http://127.0.0.1:{port}/health/ready")
    return Held(process, port, tmp_path)


def answer(connection):
    received = b""
    while not received.endswith(ANSWER):
        part = connection.recv(65536)
        assert part, received
        received += part
    connection.close()
    return received[:15]


@pytest.mark.parametrize(
    "request_",
    [
        post(b'{"query": "query Left { a }"}'),
        get(b"/graphql?query=query%20Left{a}"),
        post(b'[{"query": "query Left { a }"}, {"query": "query Right { a }"}]'),
    ],
    ids=["POST", "GET", "list"],
)
def test_a_document_that_nobody_waits_for_is_dropped_and_others_are_served(
    held, request_
):
    holding = held.send(HOLD)
    held.wait_until("/read", ["Hold"])
    leaving = held.send(request_)
    several = 3 if request_.endswith(b"]") else 2
    held.wait_until("/requests", several)
    leaving.close()
    held.wait_until("/requests", 1)
    wanted = held.send(WANTED)
    held.wait_until("/requests", 2)
    held.go_on()

    assert [b"HTTP/1.1 200 OK"] * 2 == [answer(holding), answer(wanted)]
    assert ["Hold", "Wanted"] == held.tells("/read")
    assert "" == held.process.output


def test_an_endpoint_that_nobody_waits_for_is_dropped_and_others_are_served(held):
    holding = held.send(HOLD)
    held.wait_until("/read", ["Hold"])
    leaving = held.send(get(b"/a"))
    held.wait_until("/requests", 2)
    leaving.close()
    held.wait_until("/requests", 1)
    held.go_on()

    assert b"HTTP/1.1 200 OK" == answer(holding)
    assert {"a": 1} == held.tells("/a")
    assert "" == held.process.output
