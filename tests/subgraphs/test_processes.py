"""The services as processes, configured by nothing but their environment."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.ports import free_port

SERVICES = ("users", "products", "orders")
ROOT = Path(__file__).parents[2]
LOGIN = """
mutation { login(username: "Alice", password: "demo-password") { accessToken } }
"""
CREATE = """
mutation {
  createOrder(input: { items: [{ productId: 1, quantity: 2 }], idempotencyKey: "k" }) {
    id status
  }
}
"""
START_TIMEOUT_S = 30.0


def ask(port, query, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"http://127.0.0.1:{port}/graphql"
    return httpx.post(url, json={"query": query}, headers=headers, timeout=10).json()


def wait_until_up(process, port):
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "the process ended before it was up"
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200:
                return
        time.sleep(0.05)
    pytest.fail(f"nothing answers on port {port}")


@pytest.fixture
def start(tmp_path):
    """Return what starts a service and waits until it answers."""
    processes = []

    def start(service, port, *arguments, **environment):
        with (tmp_path / f"{service}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"subgraphs.{service}", *arguments],
                cwd=ROOT,
                env={
                    "PATH": os.environ["PATH"],
                    "DATA_DIR": str(tmp_path / "var"),
                    **environment,
                },
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        processes.append(process)
        wait_until_up(process, port)
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture(params=["sqlite", "postgres"])
def databases(request):
    """Return what each process gets as its database."""
    if request.param == "sqlite":
        return {name: {} for name in SERVICES}
    server = request.getfixturevalue("postgres")
    names = {name: f"process_{name}_{time.time_ns()}" for name in SERVICES}
    server.run(*(f"CREATE DATABASE {name}" for name in names.values()))
    return {key: {"DATABASE_URL": server.url(name)} for key, name in names.items()}


def test_three_processes_are_a_shop_and_end_when_told(start, databases, tmp_path):
    ports = {name: free_port() for name in SERVICES}
    addresses = {
        "USERS_JWKS_URL": f"http://127.0.0.1:{ports['users']}/.well-known/jwks.json",
        "PRODUCTS_URL": f"http://127.0.0.1:{ports['products']}/graphql",
    }
    # Users comes last: the others start and serve without it.
    processes = {
        name: start(
            name, ports[name], PORT=str(ports[name]), **addresses, **databases[name]
        )
        for name in ("orders", "products", "users")
    }
    laptop = ask(ports["products"], '{ product(id: "1") { name } }')
    token = ask(ports["users"], LOGIN)["data"]["login"]["accessToken"]
    first = ask(ports["orders"], CREATE, token)
    second = ask(ports["orders"], CREATE, token)
    stock = ask(ports["products"], '{ product(id: "1") { stock } }')
    for process in processes.values():
        process.send_signal(signal.SIGTERM)
    codes = {name: process.wait(timeout=10) for name, process in processes.items()}

    assert laptop == {"data": {"product": {"name": "Laptop"}}}
    assert first == {"data": {"createOrder": {"id": "501", "status": "CONFIRMED"}}}
    assert second == first
    assert stock == {"data": {"product": {"stock": 55}}}
    assert codes == dict.fromkeys(SERVICES, 0)
    for name in SERVICES:
        assert "Traceback" not in (tmp_path / f"{name}.log").read_text()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_runs_alone_and_listens_where_it_is_told(start, service, tmp_path):
    port = free_port()
    process = start(service, port, "--host", "127.0.0.1", "--port", str(port))
    answer = ask(port, "{ __typename }")
    process.send_signal(signal.SIGINT)

    assert answer == {"data": {"__typename": "Query"}}
    assert process.wait(timeout=10) == 0
    assert (tmp_path / "var" / f"{service}.db").exists()


def test_a_service_that_was_killed_goes_on_where_it_was(start):
    port = free_port()
    first = start("users", port, "--port", str(port))
    token = ask(port, LOGIN)["data"]["login"]["accessToken"]
    first.kill()
    first.wait()
    start("users", port, "--port", str(port))

    assert ask(port, "{ me { username } }", token) == {
        "data": {"me": {"username": "Alice"}}
    }
