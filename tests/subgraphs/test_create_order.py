"""Placing orders, and everything that can go wrong between two services."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from subgraphs.orders.desk import OrderDesk
from subgraphs.orders.models import Base, OrderRow
from subgraphs.orders.seed import seed
from subgraphs.orders.warehouse import Warehouse
from subgraphs.shop import service_calls
from subgraphs.shop.database import Database

CREATE = """
mutation ($input: CreateOrderInput!) {
  createOrder(input: $input) {
    id status
    total { amount }
    items { line quantity unitPrice { amount } product { id } }
    user { id username }
  }
}
"""
CANCEL = "mutation ($id: ID!) { cancelOrder(id: $id) { id status } }"
COUNT = "{ orders { totalCount } }"


def wanted(*items, key="a key"):
    """Return variables that order so many of each product."""
    lines = [{"productId": str(id_), "quantity": quantity} for id_, quantity in items]
    return {"input": {"items": lines, "idempotencyKey": key}}


async def create(shop, variables):
    token = await shop.sign_in("Alice")
    return (await shop.data("orders", CREATE, variables, token=token))["createOrder"]


async def refusal(shop, variables):
    """Return the extensions of the one error of an order that is refused."""
    token = await shop.sign_in("Alice")
    answer = await shop.ask("orders", CREATE, variables, token=token)
    assert answer["data"] is None
    (error,) = answer["errors"]
    return error["extensions"]


async def count(shop):
    token = await shop.sign_in("Admin")
    return (await shop.data("orders", COUNT, token=token))["orders"]["totalCount"]


async def test_an_order_takes_stock_and_keeps_prices(any_shop):
    order = await create(any_shop, wanted((1, 2), (41, 1)))

    assert order == {
        "id": "501",
        "status": "CONFIRMED",
        "total": {"amount": 2 * 99_990 + 2_990},
        "items": [
            {
                "line": 1,
                "quantity": 2,
                "unitPrice": {"amount": 99_990},
                "product": {"id": "1"},
            },
            {
                "line": 2,
                "quantity": 1,
                "unitPrice": {"amount": 2_990},
                "product": {"id": "41"},
            },
        ],
        "user": {"id": "1", "username": "Alice"},
    }
    assert await any_shop.stock(1) == 55


async def test_nobody_orders_without_signing_in(shop):
    assert await shop.code("orders", CREATE, wanted((1, 1))) == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("variables", "extensions"),
    [
        (wanted(), {"code": "BAD_USER_INPUT", "field": "items"}),
        (
            wanted(*((id_, 1) for id_ in range(1, 22))),
            {"code": "BAD_USER_INPUT", "field": "items"},
        ),
        (wanted((1, 1), (1, 2)), {"code": "BAD_USER_INPUT", "field": "items"}),
        (wanted((1, 0)), {"code": "BAD_USER_INPUT", "field": "quantity"}),
        (wanted((1, -3)), {"code": "BAD_USER_INPUT", "field": "quantity"}),
        (wanted((1, 101)), {"code": "BAD_USER_INPUT", "field": "quantity"}),
        (
            wanted((1, 1), key=""),
            {"code": "BAD_USER_INPUT", "field": "idempotencyKey"},
        ),
        (
            wanted((1, 1), key="x" * 129),
            {"code": "BAD_USER_INPUT", "field": "idempotencyKey"},
        ),
        (
            wanted((1, 1), key="nul\0"),
            {"code": "BAD_USER_INPUT", "field": "idempotencyKey"},
        ),
        (wanted((201, 1)), {"code": "UNKNOWN_PRODUCT", "productId": "201"}),
        (wanted(("x", 1)), {"code": "UNKNOWN_PRODUCT", "productId": "x"}),
        (wanted((1, 1), (201, 1)), {"code": "UNKNOWN_PRODUCT", "productId": "201"}),
        (
            wanted((1, 58)),
            {"code": "OUT_OF_STOCK", "productId": "1", "available": 57},
        ),
        (
            wanted((1, 1), (17, 1)),
            {"code": "OUT_OF_STOCK", "productId": "17", "available": 0},
        ),
    ],
)
async def test_a_refused_order_says_why_and_changes_nothing(
    shop, variables, extensions
):
    assert await refusal(shop, variables) == extensions

    assert await count(shop) == 500
    assert await shop.stock(1) == 57


async def test_a_refused_order_is_refused_on_every_database(any_shop):
    assert (await refusal(any_shop, wanted((1, 1), (17, 1))))["code"] == "OUT_OF_STOCK"
    assert (await refusal(any_shop, wanted((201, 1))))["code"] == "UNKNOWN_PRODUCT"

    assert await any_shop.stock(1) == 57
    assert await count(any_shop) == 500


async def test_the_last_one_can_be_bought(shop):
    await create(shop, wanted((1, 57)))

    assert await shop.stock(1) == 0


async def test_the_same_key_orders_once(any_shop):
    first = await create(any_shop, wanted((1, 2)))
    second = await create(any_shop, wanted((1, 2)))

    assert second == first
    assert await any_shop.stock(1) == 55
    assert await count(any_shop) == 501


async def test_the_order_of_items_does_not_make_another_order(shop):
    first = await create(shop, wanted((1, 2), (2, 1)))
    second = await create(shop, wanted((2, 1), (1, 2)))

    assert second == first


async def test_another_key_is_another_order(shop):
    first = await create(shop, wanted((1, 2), key="one"))
    second = await create(shop, wanted((1, 2), key="two"))

    assert second["id"] != first["id"]
    assert await shop.stock(1) == 53


async def test_without_a_key_every_request_is_another_order(shop):
    variables = wanted((1, 2), key=None)
    first = await create(shop, variables)
    second = await create(shop, variables)

    assert second["id"] != first["id"]


async def test_a_key_belongs_to_one_user(shop):
    first = await create(shop, wanted((1, 2)))
    token = await shop.sign_in("bob.baker")
    data = await shop.data("orders", CREATE, wanted((2, 1)), token=token)

    assert data["createOrder"]["id"] != first["id"]


@pytest.mark.parametrize("items", [((1, 3),), ((2, 2),), ((1, 2), (2, 1))])
async def test_a_key_stands_for_the_items_it_was_used_for(shop, items):
    await create(shop, wanted((1, 2)))

    extensions = await refusal(shop, wanted(*items))

    assert extensions == {"code": "IDEMPOTENCY_KEY_REUSED"}
    assert await shop.stock(1) == 55


async def test_the_same_request_many_times_at_once_orders_once(any_shop):
    await any_shop.sign_in("Alice")
    orders = await asyncio.gather(*(create(any_shop, wanted((1, 2))) for _ in range(8)))

    assert {order["id"] for order in orders} == {orders[0]["id"]}
    assert {order["status"] for order in orders} == {"CONFIRMED"}
    assert await any_shop.stock(1) == 55
    assert await count(any_shop) == 501


async def test_many_buyers_at_once_never_buy_more_than_there_is(any_shop):
    token = await any_shop.sign_in("Alice")
    answers = await asyncio.gather(
        *(
            any_shop.ask("orders", CREATE, wanted((1, 10), key=f"{n}"), token=token)
            for n in range(8)
        )
    )

    refused = [answer for answer in answers if "errors" in answer]
    assert len(refused) == 3
    assert await any_shop.stock(1) == 7


async def test_buyers_of_the_same_things_in_another_order_do_not_block(any_shop):
    token = await any_shop.sign_in("Alice")
    items = ((1, 1), (2, 1), (3, 1))
    answers = await asyncio.gather(
        *(
            any_shop.ask(
                "orders",
                CREATE,
                wanted(*(items if n % 2 else items[::-1]), key=f"{n}"),
                token=token,
            )
            for n in range(8)
        )
    )

    assert [answer for answer in answers if "errors" in answer] == []
    assert await any_shop.stock(2) == 94 - 8


async def test_an_answer_that_got_lost_is_asked_for_again(shop):
    shop.links["products"].answers_to_lose = 1

    order = await create(shop, wanted((1, 2)))

    assert order["status"] == "CONFIRMED"
    assert await shop.stock(1) == 55


async def test_stock_is_taken_once_though_every_answer_got_lost(any_shop):
    await any_shop.sign_in("Alice")
    any_shop.links["products"].answers_to_lose = 2
    extensions = await refusal(any_shop, wanted((1, 2)))
    taken_meanwhile = await any_shop.stock(1)

    order = await create(any_shop, wanted((1, 2)))

    assert extensions == {"code": "SERVICE_UNAVAILABLE"}
    assert taken_meanwhile == 55
    assert order["status"] == "CONFIRMED"
    assert order["total"] == {"amount": 2 * 99_990}
    assert await any_shop.stock(1) == 55
    assert await count(any_shop) == 501


async def test_an_order_goes_on_when_products_is_back(shop):
    await shop.sign_in("Alice")
    shop.links["products"].is_down = True
    assert await refusal(shop, wanted((1, 2))) == {"code": "SERVICE_UNAVAILABLE"}
    shop.links["products"].is_down = False

    assert (await create(shop, wanted((1, 2))))["status"] == "CONFIRMED"
    assert await count(shop) == 501


@pytest.mark.parametrize(
    "garbage", [b"", b"<html>", b"[]", b"{}", b'{"data": null}', b'{"errors": [{}]}']
)
async def test_garbage_from_products_is_an_outage(shop, garbage):
    await shop.sign_in("Alice")
    shop.links["products"].garbage = garbage

    assert await refusal(shop, wanted((1, 2))) == {"code": "SERVICE_UNAVAILABLE"}


async def test_a_refused_key_may_be_tried_again(shop):
    await refusal(shop, wanted((17, 1)))
    admin = await shop.sign_in("Admin")
    update_stock = 'mutation { updateStock(id: "17", stock: 5) { id } }'
    await shop.data("products", update_stock, token=admin)

    order = await create(shop, wanted((17, 1)))

    assert order["status"] == "CONFIRMED"
    assert await shop.stock(17) == 4


async def test_a_cancelled_order_stays_cancelled_under_its_key(shop):
    token = await shop.sign_in("Alice")
    order = await create(shop, wanted((1, 2)))
    await shop.data("orders", CANCEL, {"id": order["id"]}, token=token)

    again = await create(shop, wanted((1, 2)))

    assert (again["id"], again["status"]) == (order["id"], "CANCELLED")
    assert await shop.stock(1) == 57


async def test_a_pending_order_can_be_cancelled_and_takes_no_stock_later(shop):
    token = await shop.sign_in("Alice")
    shop.links["products"].is_down = True
    await refusal(shop, wanted((1, 2)))
    shop.links["products"].is_down = False
    await shop.data("orders", CANCEL, {"id": "501"}, token=token)

    order = await create(shop, wanted((1, 2)))

    assert (order["id"], order["status"], order["total"]) == ("501", "CANCELLED", None)
    assert await shop.stock(1) == 57


@pytest.fixture
async def database(settings):
    """Return the orders database of a shop, beside the running service."""
    opened = Database(
        settings["orders"].database_url_for("orders"), Base.metadata, seed
    )
    yield opened
    await opened.close()


@pytest.fixture
def desk(any_shop, database):
    """Return a second order desk, as another worker of the service has one."""
    url = "http://products/graphql"
    secret = any_shop.settings["orders"].service_secret
    return OrderDesk(database, Warehouse(any_shop.client, url, secret))


async def test_stock_not_given_back_at_once_is_given_back_later(any_shop, desk):
    token = await any_shop.sign_in("Alice")
    order = await create(any_shop, wanted((1, 2)))
    any_shop.links["products"].is_down = True
    data = await any_shop.data("orders", CANCEL, {"id": order["id"]}, token=token)
    any_shop.links["products"].is_down = False
    held = await any_shop.stock(1)

    await desk.sweep()
    await desk.sweep()

    assert data["cancelOrder"]["status"] == "CANCELLED"
    assert held == 55
    assert await any_shop.stock(1) == 57


async def test_an_order_left_pending_is_cancelled_in_the_end(any_shop, desk, database):
    await any_shop.sign_in("Alice")
    any_shop.links["products"].answers_to_lose = 2
    await refusal(any_shop, wanted((1, 2)))
    await desk.sweep()
    still_pending = await any_shop.stock(1)
    async with database.transaction() as session:
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        await session.execute(
            update(OrderRow).where(OrderRow.id == 501).values(created_at=long_ago)
        )

    await desk.sweep()

    order = await create(any_shop, wanted((1, 2)))
    assert still_pending == 55
    assert (order["id"], order["status"]) == ("501", "CANCELLED")
    assert await any_shop.stock(1) == 57


async def test_a_sweep_leaves_nothing_to_do(desk, database):
    await desk.sweep()

    async with database.session() as session:
        due = await session.scalar(
            select(func.count(OrderRow.id)).where(
                OrderRow.state == "CANCELLED", OrderRow.holds_stock
            )
        )
    assert due == 0


def sign_call(secret, caller, callee):
    return service_calls.sign_call(secret, caller=caller, callee=callee)


RESERVE = """
mutation ($id: ID!, $items: [StockItemInput!]!) {
  reserveStock(reservationId: $id, items: $items) { held lines { name quantity } }
}
"""
RELEASE = "mutation ($id: ID!) { releaseStock(reservationId: $id) { held } }"


@pytest.mark.parametrize("who", [None, "Alice", "Admin"])
async def test_people_cannot_reserve_stock_whatever_they_are(shop, who):
    token = who and await shop.sign_in(who)
    items = [{"productId": "1", "quantity": 1}]
    variables = {"id": "mine", "items": items}

    reserved = await shop.code("products", RESERVE, variables, token=token)
    released = await shop.code("products", RELEASE, {"id": "demo-order-500"})

    assert (reserved, released) == ("FORBIDDEN", "FORBIDDEN")
    assert await shop.stock(1) == 57


async def test_a_reservation_is_made_once_and_released_once(any_shop):
    secret = any_shop.settings["orders"].service_secret
    header = {"Service-Authorization": sign_call(secret, "orders", "products")}

    async def ask(query, variables):
        return await any_shop.ask("products", query, variables, headers=header)

    items = [{"productId": "1", "quantity": 2}]
    reserve = {"id": "r", "items": items}
    first = await ask(RESERVE, reserve)
    second = await ask(RESERVE, reserve)
    other = await ask(
        RESERVE, {"id": "r", "items": [{"productId": "2", "quantity": 2}]}
    )
    taken = await any_shop.stock(1)
    await ask(RELEASE, {"id": "r"})
    await ask(RELEASE, {"id": "r"})
    closed = await ask(RESERVE, reserve)

    assert first == second
    assert first["data"]["reserveStock"] == {
        "held": True,
        "lines": [{"name": "Laptop", "quantity": 2}],
    }
    assert other["errors"][0]["extensions"]["code"] == "RESERVATION_MISMATCH"
    assert closed["errors"][0]["extensions"]["code"] == "RESERVATION_CLOSED"
    assert (taken, await any_shop.stock(1)) == (55, 57)


@pytest.mark.parametrize(
    ("secret", "caller", "callee"),
    [
        ("some other secret, just as long as ours is", "orders", "products"),
        (None, "users", "products"),
        (None, "orders", "users"),
    ],
)
async def test_a_call_signed_wrongly_is_forbidden(shop, secret, caller, callee):
    signed = sign_call(secret or shop.settings["orders"].service_secret, caller, callee)
    answer = await shop.ask(
        "products",
        RELEASE,
        {"id": "r"},
        headers={"Service-Authorization": signed},
    )

    assert answer["errors"][0]["extensions"] == {"code": "FORBIDDEN"}
