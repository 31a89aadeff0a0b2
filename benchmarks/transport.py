"""Measure what a request to a subgraph costs (`make bench-transport`).

A server of a few lines, in a process of its own, answers each request with the same small
answer as soon as it is whole. Each transport sends it requests from 1, 8 and 64 tasks;
rounds take turns, so that a busy machine slows all alike, and the best of each counts. CPU
microseconds of the client's process are compared, whatever its loop does included.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import uvloop

from gateway_graphql.cli.garbage import keep_what_is_there
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport import (
    HTTPTransport,
    HTTPXTransport,
    SubgraphReply,
    SubgraphRequest,
)

TARGET_US = 15.0
CONCURRENCIES = (1, 8, 64)

_BODY = b'{"data":{"topProducts":[' + b'{"name":"Table","price":899}' * 1 + b"]}}"
_ANSWER = (
    b"HTTP/1.1 200 OK\r\n"
    b"content-type: application/json\r\n"
    b"cache-control: max-age=60\r\n"
    b"date: Mon, 02 Jan 2006 15:04:05 GMT\r\n"
    b"content-length: %d\r\n\r\n%b" % (len(_BODY), _BODY)
)
_REQUEST = SubgraphRequest(
    "products",
    OperationKind.QUERY,
    "query ($first: Int) { topProducts(first: $first) { name price } }",
    variables={"first": 5},
    headers={"authorization": "Bearer abcdefghijklmnopqrstuvwxyz"},
)


class Measured(Protocol):
    """What all transports over HTTP have."""

    async def send(self, request: SubgraphRequest) -> SubgraphReply:
        """Send a request."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


class _Answering(asyncio.Protocol):
    """Answers what ends like a body does, unread: requests come one by one."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"}"):
            self._transport.write(_ANSWER)  # type: ignore[attr-defined]


def _serve(told: multiprocessing.Queue[int]) -> None:
    async def answer() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(_Answering, "127.0.0.1", 0)
        told.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(answer())


@contextmanager
def _server() -> Iterator[str]:
    told: multiprocessing.Queue[int] = multiprocessing.Queue()
    process = multiprocessing.Process(target=_serve, args=(told,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{told.get()}/graphql"
    finally:
        process.terminate()
        process.join()


async def _cpu_us(transport: Measured, *, tasks: int, requests: int) -> float:
    """CPU of one request, of many sent by tasks that each wait for an answer."""

    async def send(count: int) -> None:
        for _ in range(count):
            await transport.send(_REQUEST)

    await asyncio.gather(*(send(2) for _ in range(tasks)))
    each = max(1, requests // tasks)
    began = time.process_time()
    await asyncio.gather(*(send(each) for _ in range(tasks)))
    return (time.process_time() - began) / (each * tasks) * 1e6


async def _round(make: Callable[[], Measured], *, tasks: int, requests: int) -> float:
    transport = make()
    try:
        return await _cpu_us(transport, tasks=tasks, requests=requests)
    finally:
        await transport.aclose()


def main() -> None:
    """Measure both transports side by side and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--asyncio", action="store_true", help="not on uvloop")
    chosen = parser.parse_args()
    run = asyncio.run if chosen.asyncio else uvloop.run
    keep_what_is_there()
    best: dict[tuple[str, int], float] = {}
    with _server() as url:
        transports: dict[str, tuple[Callable[[], Measured], int]] = {
            "own": (lambda: HTTPTransport(url), chosen.requests),
            # It costs so much more that fewer requests tell as much.
            "httpx": (lambda: HTTPXTransport(url), chosen.requests // 20),
        }
        for _ in range(chosen.rounds):
            for tasks in CONCURRENCIES:
                for name, (make, requests) in transports.items():
                    took = run(_round(make, tasks=tasks, requests=requests))
                    key = name, tasks
                    best[key] = min(took, best.get(key, took))
    print("CPU us a request".ljust(20), *(f"{tasks:>8}" for tasks in CONCURRENCIES))
    for name in transports:
        row = (best[name, tasks] for tasks in CONCURRENCIES)
        print(name.ljust(20), *(f"{us:>8.1f}" for us in row))


if __name__ == "__main__":
    main()
