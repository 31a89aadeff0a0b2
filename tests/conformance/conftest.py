"""The suites' subgraphs, and one gateway process per suite, all over HTTP."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.ports import free_port


@contextlib.contextmanager
def process(*command, ready):
    """A process that runs until the block ends; `ready` is a URL that answers then."""
    child = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(ready).is_success:
                    break
            if child.poll() is not None or time.monotonic() > deadline:
                child.kill()
                output = child.communicate()[0].decode()
                pytest.fail(f"{command} did not start:\n{output}")
            time.sleep(0.05)
        yield
    finally:
        child.terminate()
        child.communicate(timeout=10)


@pytest.fixture(scope="session")
def fixtures_url(shared):
    """The server of the suites' subgraphs.

    It punishes: poor plans fail, even those that would be correct, so what passes here
    passes without punishment, too.
    """
    folder, port = shared / "conformance", free_port()
    url = f"http://127.0.0.1:{port}"
    with process(
        sys.executable,
        folder / "fixture_server.py",
        "--port",
        port,
        "--punish",
        folder / "fixtures",
        ready=f"{url}/_suites",
    ):
        yield url


@pytest.fixture
def serve(tmp_path):
    """Start `gateway-graphql serve` for a supergraph; its URL."""
    with contextlib.ExitStack() as stack:

        def start(supergraph):
            file = tmp_path / "supergraph.graphql"
            file.write_text(supergraph)
            port = free_port()
            url = f"http://127.0.0.1:{port}"
            stack.enter_context(
                process(
                    Path(sys.executable).with_name("gateway-graphql"),
                    "serve",
                    "--supergraph",
                    file,
                    "--port",
                    port,
                    ready=f"{url}/health/live",
                )
            )
            return f"{url}/graphql"

        yield start
