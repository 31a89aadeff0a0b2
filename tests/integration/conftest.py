"""Real processes for tests: started, waited for, and ended with all they started."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests import javascript, ports

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "tests" / "clients"
START_TIMEOUT_S = 90


@pytest.fixture(scope="session")
def free_ports():
    """Finds ports that are free, one after the other, as `dev` wants them."""
    return ports.free_ports


@pytest.fixture(scope="module", params=["short", "ASGI"])
def way(request):
    """The environment in which `serve` answers POSTs by the short way, or by ASGI.

    A log of requests is written by uvicorn's side of ASGI, so everything goes there.
    """
    return {"GATEWAY_SERVER__ACCESS_LOG": str(request.param == "ASGI")}


class Running:
    """A process that runs, and what it has written."""

    def __init__(self, process, log):
        self.process = process
        self._log = log

    @property
    def output(self):
        return self._log.read_text(errors="replace")

    def wait_for(self, url):
        """Wait until the URL answers 2xx."""
        end = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            with suppress(httpx.HTTPError):
                if httpx.get(url, trust_env=False).is_success:
                    return
            time.sleep(0.1)
        pytest.fail(f"{url} did not answer:\n{self.output}")

    def wait_until(self, holds):
        """Wait until something holds of what it has written."""
        end = time.monotonic() + START_TIMEOUT_S
        while not holds(self.output):
            if time.monotonic() > end:
                pytest.fail(f"It was not written:\n{self.output}")
            time.sleep(0.05)

    def end(self, number=signal.SIGTERM):
        """Ask the process to end, and give its exit code."""
        self.process.send_signal(number)
        return self.process.wait(START_TIMEOUT_S)


@pytest.fixture
def start(tmp_path):
    """Start a command; whatever is left of it is killed after the test."""
    with started(tmp_path) as run:
        yield run


@pytest.fixture(scope="module")
def started_for_module(tmp_path_factory):
    """Like `start`, for processes that all tests of a module share."""
    with started(tmp_path_factory.mktemp("processes")) as run:
        yield run


@contextmanager
def started(directory):
    running = []

    def run(*command, env=None, cwd=ROOT, name="process"):
        log = directory / f"{name}-{len(running)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    sys.executable if command[0] == "python" else command[0],
                    *command[1:],
                ],
                env={**os.environ, **(env or {})},
                cwd=cwd,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running.append(Running(process, log))
        return running[-1]

    try:
        yield run
    finally:
        for it in reversed(running):
            with suppress(ProcessLookupError):
                os.killpg(it.process.pid, signal.SIGKILL)
            it.process.wait()


@pytest.fixture
def gateway_command():
    """The console script's command, without relying on PATH."""
    return ("python", "-c", "from gateway_graphql.cli import main; main()")


@pytest.fixture(scope="session")
def node():
    """Runs `node` in `tests/clients`, gives what it prints: one JSON value per line."""
    javascript.install(CLIENTS)

    def run(*arguments, program=None):
        done = javascript.node(
            *arguments, cwd=CLIENTS, input=program, timeout=START_TIMEOUT_S
        )
        assert 0 == done.returncode, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run
