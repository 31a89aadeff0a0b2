"""One service's database: SQLite by default, PostgreSQL by URL.

Tables are made and seeded the first time somebody asks for a session, in one
transaction under a lock that other processes respect: several workers may start
on an empty database at the same moment, and what is there is never seeded again.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    Table,
    event,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.types import TypeDecorator

Rows = Sequence[Mapping[str, Any]]
Seed = Sequence[tuple[type[Any], Rows]]

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
EntityId = BigInteger().with_variant(Integer, "sqlite")

MAX_ENTITY_ID = 2**63 - 1
MAX_ID_DIGITS = 19
SEED_LOCK = 7_402_001
BUSY_TIMEOUT_S = 30
WAL_TRIES = 300


class SeedSource(Protocol):
    """Makes the rows of a new database, table by table, parents first."""

    def __call__(self) -> Seed:
        """Return mapped classes with their rows."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC that keeps its zone on databases that know none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Store every moment as UTC."""
        del dialect
        return None if value is None else value.astimezone(UTC)

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Give the zone back to what SQLite kept without one."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value


def parse_id(value: object) -> int | None:
    """Return the number an id stands for, or None if no row can have that id."""
    digits = str(value)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > MAX_ID_DIGITS:
        return None
    number = int(digits)
    # One row has one id: "01" is not another way to write "1".
    return number if digits == str(number) and number <= MAX_ENTITY_ID else None


def is_storable(value: str) -> bool:
    """Tell whether every database can hold, or be asked for, this text."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value


def async_url(database_url: str) -> str:
    """Return the URL with the asynchronous driver this service uses."""
    url = make_url(database_url)
    drivers = {
        "postgres": "postgresql+asyncpg",
        "postgresql": "postgresql+asyncpg",
        "sqlite": "sqlite+aiosqlite",
    }
    driver = drivers.get(url.drivername, url.drivername)
    return url.set(drivername=driver).render_as_string(hide_password=False)


class Database:
    """The engine and the sessions of one service."""

    def __init__(self, url: str, metadata: MetaData, seed: SeedSource) -> None:
        self.engine = _engine(async_url(url))
        self._metadata = metadata
        self._seed = seed
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        # Turns true once, after tables and seed are known to be there.
        self._prepared = False
        self._preparing = asyncio.Lock()

    def __repr__(self) -> str:
        """Name the database without its password."""
        state = "prepared" if self._prepared else "not prepared"
        return f"<Database {self.engine.url!r} {state}>"

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Open a session for reading; what it changes is discarded."""
        await self.prepare()
        async with self._sessions() as session:
            yield session

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open a session whose changes are committed together, or not at all."""
        await self.prepare()
        async with self._sessions.begin() as session:
            yield session

    async def prepare(self) -> None:
        """Make tables and seed them if nobody did so yet."""
        if not self._prepared:
            async with self._preparing:
                await self._prepare_once()

    async def _prepare_once(self) -> None:
        if self._prepared:
            return
        async with self.engine.begin() as connection:
            await _lock_for_seeding(connection)
            if not await connection.run_sync(self._has_tables):
                await connection.run_sync(self._metadata.create_all)
                await _fill(connection, self._seed())
        self._prepared = True

    def _has_tables(self, connection: Connection) -> bool:
        first, *_ = self._metadata.sorted_tables
        return inspect(connection).has_table(first.name)

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def _engine(url: str) -> AsyncEngine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_async_engine(url, pool_pre_ping=True)
    _make_parent_directory(url)
    engine = create_async_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
    event.listen(engine.sync_engine, "connect", _configure_sqlite)
    return engine


def _make_parent_directory(url: str) -> None:
    file = make_url(url).database
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)


def _configure_sqlite(connection: Any, record: object) -> None:
    """Let readers go on while one writes, and hold references true."""
    del record
    cursor = connection.cursor()
    _turn_on_wal(cursor)
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _turn_on_wal(cursor: Any) -> None:
    """Change the journal's mode, which does not wait for others as statements do."""
    for _ in range(WAL_TRIES):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:  # another process is just changing it
            time.sleep(BUSY_TIMEOUT_S / WAL_TRIES)
        else:
            return
    cursor.execute("PRAGMA journal_mode = WAL")


async def _lock_for_seeding(connection: AsyncConnection) -> None:
    """Take a lock that ends with the transaction, the way each database has one."""
    if connection.dialect.name == "sqlite":
        await connection.execute(text("BEGIN IMMEDIATE"))
    else:
        lock = select(func.pg_advisory_xact_lock(SEED_LOCK))
        await connection.execute(lock)


async def _fill(connection: AsyncConnection, seed: Seed) -> None:
    for model, rows in seed:
        await connection.execute(insert(model), list(rows))
    if connection.dialect.name == "postgresql":
        await _move_sequences(connection, (model.__table__ for model, _ in seed))


async def _move_sequences(connection: AsyncConnection, tables: Iterable[Table]) -> None:
    """Let PostgreSQL number new rows after the seeded ones."""
    for table in tables:
        column = table.autoincrement_column
        if column is None:
            continue
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        highest = select(func.max(column)).scalar_subquery()
        await connection.execute(select(func.setval(sequence, highest)))
