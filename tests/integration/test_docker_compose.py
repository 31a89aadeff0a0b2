"""`docker-compose.yml` without Docker: its services as local processes.

The file's own commands, environments, health checks and start order are used. Hosts and
ports become loopback ports, volumes temporary directories, and the two images that are
not ours Debian's PostgreSQL and Redis.
"""

import os
import pwd
import re
import subprocess
import sys
import time
from graphlib import TopologicalSorter
from pathlib import Path

import httpx
import pytest
import yaml

from tests.provisions import program

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "POSTGRES_PASSWORD": "p" * 40,
    "SERVICE_SECRET": "s" * 40,
    "GATEWAY_SECRET": "g" * 40,
}
QUERY = """{ me { orders(first: 3) { nodes { items { quantity
  product { name shippingEstimate { amount } } } } } } }"""
LOGIN = """mutation {
  login(email: "alice@example.com", password: "demo-password") { accessToken } }"""
_INTERPOLATION = re.compile(r"\$\{(\w+)(?::([?-])([^}]*))?\}")


def interpolated(text):
    """The text with `${NAME:?message}` and `${NAME:-default}` filled in."""

    def fill(found):
        name, kind, rest = found.groups()
        if name in SECRETS:
            return SECRETS[name]
        assert kind == "-", f"{name} is not given"
        return rest

    return _INTERPOLATION.sub(fill, text)


@pytest.fixture(scope="module")
def installed():
    program("postgres", "postgresql")
    program("redis-server")


@pytest.fixture(scope="module")
def services():
    text = (ROOT / "docker-compose.yml").read_text()
    return yaml.safe_load(interpolated(text))["services"]


def container_port(service):
    published = service.get("ports") or service["expose"]
    return published[0].rsplit(":", 1)[-1]


class LocalCompose:
    """The services of the file, each at a loopback port of its own."""

    def __init__(self, services, ports, start, directory):
        self._services = services
        self._ports = dict(zip(services, ports, strict=True))
        self._start = start
        self.directory = directory
        self.started = []

    def url(self, name, path):
        return f"http://127.0.0.1:{self._ports[name]}{path}"

    def up(self):
        order = TopologicalSorter(
            {n: s.get("depends_on", {}) for n, s in self._services.items()}
        )
        for name in order.static_order():
            match name:
                case "postgres":
                    self._start_postgres()
                case "redis":
                    self._start_service(name, program("redis-server"))
                case _:
                    self._start_service(name)
            self._wait_until_healthy(name)
            self.started.append(name)

    def _start_service(self, name, executable=None):
        service = self._services[name]
        first, *rest = (self._local(word, name) for word in service["command"])
        if first == "gateway-graphql":
            first, rest = (
                "python",
                ["-c", "from gateway_graphql.cli import main; main()", *rest],
            )
        environment = {
            key: self._local(value, name)
            for key, value in service.get("environment", {}).items()
        }
        data = self.directory / name
        data.mkdir()
        self._start(
            executable or first,
            *rest,
            env={"DATA_DIR": str(data), **environment, "PYTHONPATH": str(ROOT)},
            name=name,
        )

    def _start_postgres(self):
        data = self.directory / "postgres"
        settings = self._services["postgres"]["environment"]
        password = self.directory / "password"
        password.write_text(settings["POSTGRES_PASSWORD"])
        user = unprivileged(data, password)
        subprocess.run(
            [
                *user,
                program("initdb"),
                f"--pgdata={data}",
                f"--username={settings['POSTGRES_USER']}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
        )
        port = str(self._ports["postgres"])
        self._start(
            *user,
            program("postgres"),
            *("-D", str(data), "-p", port, "-k", "", "-c", "fsync=off"),
            name="postgres",
        )

    def _wait_until_healthy(self, name):
        """Run the file's own health check until it succeeds."""
        kind, *command = self._services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        command = [self._local(word, name) for word in command]
        if command[0] == "python":
            command[0] = sys.executable
        environment = {
            **os.environ,
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self._ports["postgres"]),
        }
        end = time.monotonic() + 60
        while subprocess.run(
            command, env=environment, capture_output=True, check=False
        ).returncode:
            assert time.monotonic() < end, f"{name} is not healthy"
            time.sleep(0.1)
        if name == "postgres":
            self._create_databases()

    def _create_databases(self):
        """What the image does with the scripts that are mounted into it."""
        settings = self._services["postgres"]["environment"]
        mounted = next(
            volume.split(":")[0]
            for volume in self._services["postgres"]["volumes"]
            if "docker-entrypoint-initdb.d" in volume
        )
        for script in sorted((ROOT / mounted).glob("*.sql")):
            subprocess.run(
                [
                    program("psql"),
                    "--host=127.0.0.1",
                    f"--port={self._ports['postgres']}",
                    f"--username={settings['POSTGRES_USER']}",
                    "--dbname=postgres",
                    f"--file={script}",
                    "--set=ON_ERROR_STOP=1",
                ],
                env={**os.environ, "PGPASSWORD": settings["POSTGRES_PASSWORD"]},
                check=True,
                capture_output=True,
            )

    def _local(self, text, name):
        """The text with hosts, ports and directories as they are here."""
        for other, port in self._ports.items():
            there = f"{other}:{container_port(self._services[other])}"
            text = re.sub(rf"(?<=[/@]){there}\b", f"127.0.0.1:{port}", text)
        own = container_port(self._services[name])
        text = re.sub(
            rf"^{own}$|(?<=127\.0\.0\.1:){own}\b", str(self._ports[name]), text
        )
        return {"0.0.0.0": "127.0.0.1", "/data": str(self.directory / name)}.get(
            text, text
        )


def unprivileged(data, password):
    """What to put before a command that refuses to run as root."""
    if os.getuid() != 0:
        return ()
    postgres = pwd.getpwnam("postgres")
    data.mkdir()
    for path in (data, password):
        os.chown(path, postgres.pw_uid, postgres.pw_gid)
    for parent in data.parents:  # pytest's directories are for their owner alone
        if parent.stat().st_uid == 0 and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    return ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")


@pytest.fixture(scope="module")
def running(installed, services, started_for_module, free_ports, tmp_path_factory):  # noqa: ARG001 - skips
    compose = LocalCompose(
        services,
        free_ports(len(services)),
        started_for_module,
        tmp_path_factory.mktemp("compose"),
    )
    compose.up()
    return compose


def ask(url, query, **headers):
    return httpx.post(
        url, json={"query": query}, headers=headers, trust_env=False, timeout=30
    ).json()


def test_the_composite_query_is_answered_over_postgresql(running):
    url = running.url("gateway", "/graphql")
    token = ask(url, LOGIN)["data"]["login"]["accessToken"]

    answer = ask(url, QUERY, authorization=f"Bearer {token}")

    assert "errors" not in answer
    assert [] == sorted(running.directory.rglob("*.db"))  # nobody fell back to SQLite
    orders = answer["data"]["me"]["orders"]["nodes"]
    assert 3 == len(orders)
    assert all(item["product"]["name"] for order in orders for item in order["items"])


def test_services_start_after_what_they_depend_on(running):
    assert "gateway" == running.started[-1]
    assert running.started.index("postgres") < running.started.index("users")
    assert running.started.index("users") < running.started.index("products")
    assert running.started.index("products") < running.started.index("orders")


def test_every_service_has_a_health_check_and_waits_for_healthy_ones(services):
    assert all("healthcheck" in service for service in services.values())
    assert {"service_healthy"} == {
        condition["condition"]
        for service in services.values()
        for condition in service.get("depends_on", {}).values()
    }


def test_no_secret_is_in_the_file():
    text = (ROOT / "docker-compose.yml").read_text()
    secrets = re.findall(r"(?:PASSWORD|SECRET): *(.+)|shop:([^@]+)@", text)

    assert secrets
    assert all(
        (value or in_url).startswith(tuple(f"${{{name}:?" for name in SECRETS))
        for value, in_url in secrets
    )


def test_what_is_built_is_there(services):
    built = [service["build"] for service in services.values() if "build" in service]
    stages = re.findall(r" AS (\w+)", (ROOT / "deploy" / "Dockerfile").read_text())

    assert 4 == len(built)
    assert all(
        build["dockerfile"] == "deploy/Dockerfile" and build["target"] in stages
        for build in built
    )
