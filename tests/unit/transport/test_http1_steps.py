"""What a request costs, counted in calls: the same on every machine, busy or not."""

import sys
from collections import Counter
from pathlib import Path

import gateway_graphql
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport import HTTPTransport, SubgraphRequest
from tests.scripted_server import http, listening, port_of, read_request

PACKAGE = str(Path(gateway_graphql.__file__).parent)
REQUESTS = 20
MOST = 36
"""Calls of functions of the package for one request with one header, and its answer with
three. Raise it with a reason only: each takes some 0.1 us."""

REQUEST = SubgraphRequest(
    "s", OperationKind.QUERY, "{ a }", headers={"authorization": "Bearer x"}
)


async def answer(reader, writer):
    while True:
        await read_request(reader)
        writer.write(http(headers="content-type: application/json\r\nx-y: z\r\n"))


async def test_a_request_on_a_kept_connection_takes_few_steps():
    calls = Counter()

    def count(frame, event, _):
        if event == "call" and frame.f_code.co_filename.startswith(PACKAGE):
            calls[frame.f_code.co_qualname] += 1

    async with (
        listening(answer) as server,
        HTTPTransport(f"http://127.0.0.1:{port_of(server)}/") as transport,
    ):
        await transport.send(REQUEST)
        sys.setprofile(count)
        try:
            for _ in range(REQUESTS):
                await transport.send(REQUEST)
        finally:
            sys.setprofile(None)

    assert calls["HTTPTransport.send"] >= REQUESTS
    assert calls.total() / REQUESTS <= MOST, calls
