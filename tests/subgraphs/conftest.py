"""The shop as tests use it: three real apps, connected without sockets.

Databases are seeded once per run and copied for every test. Tests that use
`any_shop` run twice: on SQLite files, and on a PostgreSQL server of our own; those
that only read use `any_unchanged_shop`, which needs no copy.
"""

import asyncio
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from subgraphs.orders.app import create_app as create_orders
from subgraphs.products.app import create_app as create_products
from subgraphs.shop.settings import Settings
from subgraphs.users.app import create_app as create_users
from tests.ports import free_port
from tests.provisions import program

SERVICES = ("users", "products", "orders")
PASSWORD = "demo-password"
SECRET = "a secret for tests, long enough to be one"
BASE = Settings(
    users_jwks_url="http://users/.well-known/jwks.json",
    products_url="http://products/graphql",
    service_secret=SECRET,
)


# What a server that will be thrown away need not do.
NO_SAFETY = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"

SERVER_BYTES = 2 * 1024**3


class Link(httpx.AsyncBaseTransport):
    """The wire to one app, which starts when it is first reached.

    The wire may break before or after the app is reached.
    """

    def __init__(self, start: Callable[[], Awaitable[Any]]) -> None:
        self._start = start
        self._starting = asyncio.Lock()
        self._inner: httpx.ASGITransport | None = None
        self.is_down = False
        self.answers_to_lose = 0
        self.garbage: bytes | None = None

    async def open(self) -> httpx.ASGITransport:
        async with self._starting:
            if self._inner is None:
                self._inner = httpx.ASGITransport(await self._start())
        return self._inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_down:
            raise httpx.ConnectError("nobody listens", request=request)
        if self.garbage is not None:
            return httpx.Response(200, content=self.garbage)
        response = await (await self.open()).handle_async_request(request)
        if self.answers_to_lose > 0:
            self.answers_to_lose -= 1
            await response.aclose()
            raise httpx.ReadError("the answer got lost", request=request)
        return response


class Switchboard(httpx.AsyncBaseTransport):
    """Connects each request with the link that its host names."""

    def __init__(self) -> None:
        self.links: dict[str, Link] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self.links[request.url.host].handle_async_request(request)


@dataclass
class Shop:
    """Three services and a client that reaches them by name."""

    client: httpx.AsyncClient
    links: Mapping[str, Link]
    settings: Mapping[str, Settings]
    tokens: dict[str, str]

    async def start(self):
        """Start all services, rather than each when it is first reached."""
        for link in self.links.values():
            await link.open()

    async def post(self, service, query, variables=None, *, token=None, headers=None):
        """Send an operation and return the HTTP response."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        body = {"query": query, "variables": variables or {}}
        return await self.client.post(
            f"http://{service}/graphql", json=body, headers=sent
        )

    async def ask(self, service, query, variables=None, *, token=None, headers=None):
        """Send an operation as somebody and return the GraphQL response."""
        response = await self.post(
            service, query, variables, token=token, headers=headers
        )
        assert response.status_code == 200, response.text
        return response.json()

    async def data(self, service, query, variables=None, *, token=None):
        """Send an operation that must succeed and return its data."""
        answer = await self.ask(service, query, variables, token=token)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def code(self, service, query, variables=None, *, token=None):
        """Send an operation that must fail and return the code of its one error."""
        answer = await self.ask(service, query, variables, token=token)
        (error,) = answer["errors"]
        return error["extensions"]["code"]

    async def entities(self, service, representations, selection, *, token=None):
        """Ask for entities the way a gateway does."""
        query = (
            "query ($representations: [_Any!]!)"
            f" {{ _entities(representations: $representations) {{ {selection} }} }}"
        )
        variables = {"representations": representations}
        data = await self.data(service, query, variables, token=token)
        return data["_entities"]

    async def sign_in(self, username, password=PASSWORD):
        """Return a token of that user."""
        if username not in self.tokens:
            query = """
            mutation ($username: String!, $password: String!) {
              login(username: $username, password: $password) { accessToken }
            }
            """
            variables = {"username": username, "password": password}
            data = await self.data("users", query, variables)
            self.tokens[username] = data["login"]["accessToken"]
        return self.tokens[username]

    async def stock(self, product_id):
        """Return how many of a product there are."""
        query = "query ($id: ID!) { product(id: $id) { stock } }"
        data = await self.data("products", query, {"id": str(product_id)})
        return data["product"]["stock"]


@asynccontextmanager
async def open_shop(
    settings: Mapping[str, Settings], tokens: dict[str, str] | None = None
) -> AsyncIterator[Shop]:
    """Connect three apps, each of which starts when it is first reached."""
    switchboard = Switchboard()
    async with AsyncExitStack() as stack:
        client = httpx.AsyncClient(transport=switchboard)
        await stack.enter_async_context(client)

        async def start(name: str) -> Any:
            app = create_app(name, settings[name], client)
            await stack.enter_async_context(app.router.lifespan_context(app))
            return app

        switchboard.links = {name: Link(partial(start, name)) for name in SERVICES}
        own_tokens = {} if tokens is None else tokens
        yield Shop(client, switchboard.links, settings, own_tokens)


def create_app(name: str, settings: Settings, client: httpx.AsyncClient) -> Any:
    """Return the app of a service that talks to the others through the client."""
    if name == "users":
        return create_users(settings)
    create = create_products if name == "products" else create_orders
    return create(settings, client)


async def seed(settings: Mapping[str, Settings]) -> None:
    """Let all three services start once."""
    async with open_shop(settings) as shop:
        await shop.start()


def settings_in(data_dir: Path) -> dict[str, Settings]:
    """Return settings of three services that share a data directory."""
    return dict.fromkeys(SERVICES, replace(BASE, data_dir=data_dir))


@pytest.fixture(scope="session")
def seeded_dir(tmp_path_factory) -> Path:
    """Return a data directory in which all three services have started once."""
    directory = tmp_path_factory.mktemp("seeded")
    asyncio.run(seed(settings_in(directory)))
    return directory


@pytest.fixture
def data_dir(seeded_dir, tmp_path) -> Path:
    """Return a seeded data directory that the test may change."""
    return Path(shutil.copytree(seeded_dir, tmp_path / "data"))


@pytest.fixture
def sqlite_settings(data_dir) -> dict[str, Settings]:
    """Return settings of three services on seeded SQLite files."""
    return settings_in(data_dir)


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server that lives as long as the test run."""

    port: int

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str) -> None:
        commands = [part for text in statements for part in ("-c", text)]
        subprocess.run(
            ["psql", "-q", "-v", "ON_ERROR_STOP=1", *commands, self.url("postgres")],
            check=True,
        )


def roomy_memory() -> str | None:
    """Return a folder in memory that has room for the server, or None."""
    folder = Path("/dev/shm")
    has_room = folder.is_dir() and shutil.disk_usage(folder).free > SERVER_BYTES
    return str(folder) if has_room else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Return a server of our own, on a port of its own."""
    initdb, pg_ctl = (program(name, "postgresql") for name in ("initdb", "pg_ctl"))
    # The server refuses to run as root, and pytest's own folder is root's alone.
    owner = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(
        prefix="demo-shop-postgres-", dir=roomy_memory()
    ) as directory:
        if owner is not None:
            shutil.chown(directory, owner)

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [program, "-D", f"{directory}/data", *arguments],
                check=True,
                user=owner,
                cwd=directory,
                stdout=subprocess.DEVNULL,
            )

        port = free_port()
        options = f"-p {port} -h 127.0.0.1 -k {directory} {NO_SAFETY}"
        run(initdb, "-U", "postgres", "--no-sync", "-A", "trust")
        run(pg_ctl, "-l", f"{directory}/log", "-o", options, "-w", "start")
        yield Postgres(port)
        run(pg_ctl, "-m", "immediate", "stop")


@pytest.fixture(scope="session")
def seeded_postgres(postgres, seeded_dir) -> Postgres:
    """Return a server with a seeded database of each service, which nobody changes."""
    postgres.run(*(f"CREATE DATABASE seeded_{name}" for name in SERVICES))
    asyncio.run(
        seed(
            {
                name: replace(
                    BASE,
                    data_dir=seeded_dir,
                    database_url=postgres.url(f"seeded_{name}"),
                )
                for name in SERVICES
            }
        )
    )
    postgres.run(
        *(
            f"ALTER DATABASE seeded_{name} SET default_transaction_read_only = on"
            for name in SERVICES
        )
    )
    return postgres


@pytest.fixture
def postgres_settings(seeded_postgres, data_dir) -> dict[str, Settings]:
    """Return settings of three services on copies of seeded PostgreSQL databases."""
    # Copies are never dropped: that waits for the disk, and the server goes anyway.
    suffix = uuid.uuid4().hex
    databases = {name: f"{name}_{suffix}" for name in SERVICES}
    seeded_postgres.run(
        *(
            f"CREATE DATABASE {copy} TEMPLATE seeded_{n}"
            for n, copy in databases.items()
        )
    )
    return {
        name: replace(BASE, data_dir=data_dir, database_url=seeded_postgres.url(copy))
        for name, copy in databases.items()
    }


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request) -> dict[str, Settings]:
    """Return settings of three seeded services, once for each kind of database."""
    chosen: dict[str, Settings] = request.getfixturevalue(f"{request.param}_settings")
    return chosen


@pytest.fixture(params=["sqlite", "postgres"])
def unchanged_settings(request, seeded_dir) -> dict[str, Settings]:
    """Return settings of the seeded services themselves, for tests that only read."""
    if request.param == "sqlite":
        return settings_in(seeded_dir)
    server: Postgres = request.getfixturevalue("seeded_postgres")
    return {
        name: replace(
            BASE, data_dir=seeded_dir, database_url=server.url(f"seeded_{name}")
        )
        for name in SERVICES
    }


@pytest.fixture(scope="session")
def tokens() -> dict[str, str]:
    """Return the tokens of a run: all shops are copies and share one signing key."""
    return {}


@pytest.fixture
async def any_shop(settings, tokens) -> AsyncIterator[Shop]:
    """Return a running shop, once on each kind of database."""
    async with open_shop(settings, tokens) as running:
        yield running


@pytest.fixture
async def any_unchanged_shop(unchanged_settings, tokens) -> AsyncIterator[Shop]:
    """Return a running shop that must not change, on each kind of database."""
    async with open_shop(unchanged_settings, tokens) as running:
        yield running


@pytest.fixture
async def shop(sqlite_settings, tokens) -> AsyncIterator[Shop]:
    """Return a running shop on SQLite files."""
    async with open_shop(sqlite_settings, tokens) as running:
        yield running


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Collect the SQL statements that are executed; clear it to start anew.

    Starting a service executes some, so tests that count start all of them first.
    """
    collected: list[str] = []

    def note(connection, cursor, statement, *rest):
        del connection, cursor, rest
        collected.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield collected
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def start_shop():
    """Return what starts a shop with settings of the test's own."""
    return open_shop
