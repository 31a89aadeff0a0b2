"""Databases: made and seeded once, by whoever comes first, the same everywhere."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import httpx
import pytest
from sqlalchemy import func, select

from subgraphs.orders import models as orders_models
from subgraphs.orders import seed as orders_seed
from subgraphs.orders.models import OrderLine, OrderRow
from subgraphs.products import models as products_models
from subgraphs.products import seed as products_seed
from subgraphs.shop import demo
from subgraphs.shop.database import Database, async_url, parse_id
from subgraphs.shop.settings import Settings
from subgraphs.users import models as users_models
from subgraphs.users import seed as users_seed
from subgraphs.users.app import create_app
from subgraphs.users.models import Account

PARTS = {
    "users": (users_models.Base.metadata, users_seed.seed),
    "products": (products_models.Base.metadata, products_seed.seed),
    "orders": (orders_models.Base.metadata, orders_seed.seed),
}


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'empty.db'}"
    server = request.getfixturevalue("postgres")
    name = f"empty_{tmp_path.name.lower()}"
    server.run(f'CREATE DATABASE "{name}"')
    return server.url(name)


async def test_workers_that_start_together_seed_once(empty_url):
    for service, (metadata, seed) in PARTS.items():
        workers = [Database(empty_url, metadata, seed) for _ in range(4)]
        await asyncio.gather(*(worker.prepare() for worker in workers))
        model, rows = seed()[0]
        async with workers[0].session() as session:
            count = await session.scalar(select(func.count()).select_from(model))
        for worker in workers:
            await worker.close()

        assert count == len(rows), service


async def test_rows_added_after_the_seed_are_numbered_after_it(empty_url):
    metadata, seed = PARTS["users"]
    database = Database(empty_url, metadata, seed)
    account = Account(
        username="new",
        username_key="new",
        email_public=False,
        password_hash="x",
        role="CUSTOMER",
        loyalty_points=0,
        created_at=datetime.now(UTC),
    )
    async with database.transaction() as session:
        session.add(account)
    await database.close()

    assert account.id == 51


async def test_what_was_deleted_is_not_seeded_again(empty_url):
    metadata, seed = PARTS["users"]
    first = Database(empty_url, metadata, seed)
    async with first.transaction() as session:
        for account in await session.scalars(select(Account)):
            await session.delete(account)
    await first.close()
    second = Database(empty_url, metadata, seed)
    async with second.session() as session:
        count = await session.scalar(select(func.count()).select_from(Account))
    await second.close()

    assert count == 0


async def test_times_keep_their_zone(empty_url):
    metadata, seed = PARTS["orders"]
    database = Database(empty_url, metadata, seed)
    somewhere = timezone(timedelta(hours=5))
    moment = datetime(2025, 6, 1, 12, 0, tzinfo=somewhere)
    async with database.transaction() as session:
        (await session.get_one(OrderRow, 1)).created_at = moment
    async with database.session() as session:
        read = (await session.get_one(OrderRow, 1)).created_at
    await database.close()

    assert read == moment
    assert read.utcoffset() == timedelta(0)


async def test_an_app_prepares_itself_even_if_nobody_starts_it(tmp_path):
    app = create_app(Settings(data_dir=tmp_path / "new"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        body = {"query": "{ users { totalCount } }"}
        response = await client.post("http://users/graphql", json=body)
    async with app.router.lifespan_context(app):
        pass

    assert response.json() == {"data": {"users": {"totalCount": 50}}}


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql+asyncpg://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("sqlite:///x.db", "sqlite+aiosqlite:///x.db"),
    ],
)
def test_urls_name_the_database_and_not_the_driver(given, used):
    assert async_url(given) == used


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        (1, 1),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", None),
        ("9" * 5_000, None),
        ("0", 0),
        ("01", None),
        ("-1", None),
        ("1.0", None),
        ("\u0661", None),
        ("", None),
        (None, None),
        (True, None),
        ({"id": "1"}, None),
    ],
)
def test_ids_are_strings_of_whole_numbers(text, number):
    assert parse_id(text) == number


def test_the_story_has_the_promised_size():
    assert len(demo.people()) == 50
    assert len(demo.wares()) == 200
    assert len(demo.purchases()) == 500
    assert {len(order.lines) for order in demo.purchases()} == {1, 2, 3, 4, 5}


def test_the_story_begins_as_promised():
    alice, admin = demo.people()[:2]
    laptop, smartphone = demo.wares()[:2]

    assert (alice.username, alice.email) == ("Alice", "alice@example.com")
    assert (admin.username, admin.email) == ("Admin", "admin@example.com")
    assert (alice.email_public, alice.wishlist_public) == (True, True)
    assert alice.wishes == (1, 2)
    assert (laptop.name, smartphone.name) == ("Laptop", "Smartphone")


def test_the_story_makes_sense():
    names = [ware.name for ware in demo.wares()]
    people = demo.people()

    assert len(set(names)) == len(names)
    assert len({person.username.casefold() for person in people}) == 50
    assert all(99 < ware.price < 200_000 for ware in demo.wares())
    assert all(
        (ware.weight is None) != (ware.download_size is None) for ware in demo.wares()
    )
    dates = [order.created_at for order in demo.purchases()]
    assert dates == sorted(dates)
    assert all(order.created_at > order.person.created_at for order in demo.purchases())
    assert dates[-1] < datetime(2026, 1, 1, tzinfo=UTC)


def test_alices_newest_orders_show_both_kinds_of_products():
    mine = [order for order in demo.purchases() if order.person.id == demo.ALICE]
    wares = {ware.id: ware for ware in demo.wares()}
    bought = [wares[line.product_id] for order in mine[-3:] for line in order.lines]

    assert any(ware.weight is None for ware in bought)
    assert any(ware.weight is not None for ware in bought)


def test_the_story_is_the_same_every_time():
    first = (demo.people(), demo.wares(), demo.purchases())
    for function in (demo.people, demo.wares, demo.purchases):
        function.cache_clear()

    assert (demo.people(), demo.wares(), demo.purchases()) == first


def test_lines_of_orders_are_seeded_with_their_orders():
    (_, orders), (model, lines) = orders_seed.seed()

    assert model is OrderLine
    assert {line["order_id"] for line in lines} == {order["id"] for order in orders}
