"""Measure what a start costs (`make bench-start`).

Figures are CPU seconds of a process, user and system, the least of several starts, with
bytecode that an earlier start has written: a first start compiles every module besides.
`serve` is measured from its start to the answer to its first operation, which it asks of
a subgraph by HTTP, over a supergraph in a file, with settings and without.

A machine that does other things at the same time makes the figures larger. So the first
line is how long a loop of fixed work takes, to compare by.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from gateway_graphql import Subgraph, compose

SDL: Final = "type Query { book(id: ID!): Book } type Book { id: ID! title: String! }"
SETTINGS: Final = """
server: {access_log: false}
limits: {max_depth: 20}
subgraphs: {books: {url: "%s"}}
"""
QUESTION: Final = {"query": '{ book(id: "1") { title } }'}
ANSWER: Final = {"data": {"book": {"title": "Emma"}}}
COMMAND: Final = "from gateway_graphql.cli import main; main()"
LOOP: Final = "n = 0\nfor one in range(3_000_000): n += one"


def main() -> int:
    """Print every figure; 1 if one is beyond its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=5, help="of which the least")
    starts: int = parser.parse_args().starts
    with tempfile.TemporaryDirectory() as directory, _subgraph() as url:
        place = Path(directory)
        os.environ["PYTHONPYCACHEPREFIX"] = directory
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        figures = list(_figures(place, url, starts))
    for name, seconds, target in figures:
        told = f"  target {target:.2f}" if target else ""
        sys.stdout.write(f"{name:32} {seconds:6.2f}{told}\n")
    return int(any(target and seconds > target for _, seconds, target in figures))


def _figures(
    place: Path, url: str, starts: int
) -> Iterator[tuple[str, float, float | None]]:
    (place / "supergraph.graphql").write_text(_supergraph(url))
    (place / "gateway.yaml").write_text(SETTINGS % url)
    served = ("--supergraph", str(place / "supergraph.graphql"))

    def least(measure: Callable[[], float]) -> float:
        return min(measure() for _ in range(starts + 1))

    yield "a loop of fixed work", least(lambda: _run("-c", LOOP)), None
    imported = least(lambda: _run("-c", "import gateway_graphql"))
    yield "import gateway_graphql", imported, 0.15
    yield "--help", least(lambda: _run("-c", COMMAND, "--help")), 0.30
    yield "serve", least(lambda: _serve(*served)), 1.2
    configured = (*served, "--config", str(place / "gateway.yaml"))
    yield "serve --config", least(lambda: _serve(*configured)), 1.2


def _run(*arguments: str) -> float:
    """The CPU seconds of a process that ends by itself."""
    before = _of_children()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return _of_children() - before


def _serve(*options: str) -> float:
    """The CPU seconds until a gateway has answered its first operation."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", COMMAND, "serve", *options, "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            _ask(process, f"http://127.0.0.1:{port}/graphql")
            return _seconds_of(process.pid)
        finally:
            process.terminate()


def _ask(process: subprocess.Popen[bytes], url: str) -> None:
    question = urllib.request.Request(  # noqa: S310 - an address of this machine
        url, json.dumps(QUESTION).encode(), {"content-type": "application/json"}
    )
    while process.poll() is None:
        try:
            with urllib.request.urlopen(question, timeout=30) as answer:  # noqa: S310 - as above
                if json.load(answer) != ANSWER:
                    raise AssertionError("the gateway answers something else")
                return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("the gateway has ended")


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _seconds_of(pid: int) -> float:
    """User and system time of a process that runs (proc(5), fields 14 and 15)."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks: Sequence[str] = after_name[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _supergraph(url: str) -> str:
    composed = compose([Subgraph(name="books", url=url, sdl=SDL)])
    if composed.supergraph_sdl is None:
        raise AssertionError(composed.errors)
    return composed.supergraph_sdl


@contextmanager
def _subgraph() -> Iterator[str]:
    """A subgraph that has one answer, by HTTP."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/graphql"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Answering(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps(ANSWER).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    sys.exit(main())
