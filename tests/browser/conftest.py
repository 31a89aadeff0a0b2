"""The demo, and Debian's Chromium to look at it with."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests import provisions
from tests.integration.conftest import (
    free_ports,  # noqa: F401 - a fixture
    started_for_module,  # noqa: F401 - a fixture
)

ROOT = Path(__file__).resolve().parents[2]
SLOWEST_MS = 20_000
GATEWAY = ("python", "-c", "from gateway_graphql.cli import main; main()")


@pytest.fixture(scope="module")
def chromium():
    """A browser, started once for a module."""
    path = os.environ.get("CHROMIUM") or provisions.program("chromium")
    expect.set_options(timeout=SLOWEST_MS)
    with sync_playwright() as playwright:
        # Chromium's sandbox refuses to run as root, as tests in containers do.
        arguments = ["--no-sandbox"] if os.getuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def demo(started_for_module, free_ports, tmp_path_factory):  # noqa: F811 - fixtures
    """The demo's address; it runs for all tests of a module."""
    ports = free_ports(4)
    it = started_for_module(
        *GATEWAY,
        "dev",
        "--port",
        str(ports[0]),
        env={
            "DATA_DIR": str(tmp_path_factory.mktemp("data")),
            "PYTHONPATH": str(ROOT),
        },
    )
    url = f"http://127.0.0.1:{ports[0]}"
    it.wait_for(f"{url}/health/ready")
    return url


@pytest.fixture(scope="module")
def served(demo, started_for_module, free_ports):  # noqa: F811 - fixtures
    """The address of `serve` before the demo's subgraphs, told to show what it may."""
    (port,) = free_ports(1)
    first = int(demo.rpartition(":")[2])
    urls = {
        f"GATEWAY_SUBGRAPHS__{name}__URL": f"http://127.0.0.1:{first + place}/graphql"
        for place, name in enumerate(("USERS", "PRODUCTS", "ORDERS"), start=1)
    }
    it = started_for_module(
        *GATEWAY,
        "serve",
        "--config",
        "schema/gateway.yaml",
        "--port",
        str(port),
        env={
            "GATEWAY_SERVER__TRACE": "true",
            "GATEWAY_PLAYGROUND__OFFERS_LOGIN": "true",
            **urls,
        },
    )
    url = f"http://127.0.0.1:{port}"
    it.wait_for(f"{url}/health/ready")
    return url


class Seen:
    """What a page did that its test did not ask for."""

    def __init__(self):
        self.requests = []
        self.problems = []
        self.crashes = []


@pytest.fixture
def seen():
    return Seen()


@pytest.fixture
def scheme():
    """The theme that the person's system has."""
    return "light"


@pytest.fixture
def page(chromium, seen, scheme):
    """A page of a browser that was never here; nothing in it may fail."""
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme=scheme
    )
    context.set_default_timeout(SLOWEST_MS)
    page = context.new_page()
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("pageerror", lambda error: seen.crashes.append(str(error)))
    page.on(
        "console",
        lambda line: seen.problems.append(line.text) if line.type == "error" else None,
    )
    yield page
    context.close()
    assert [] == seen.crashes
