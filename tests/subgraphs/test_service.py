"""What every service does over HTTP, whatever it serves."""

import logging

import pytest
from sqlalchemy import text

from subgraphs.orders.models import Base
from subgraphs.orders.seed import seed
from subgraphs.shop.database import Database

SERVICES = ("users", "products", "orders")


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_answers_that_it_is_up(shop, service):
    response = await shop.client.get(f"http://{service}/health")

    assert (response.status_code, response.json()) == (200, {"status": "UP"})


@pytest.mark.parametrize("service", SERVICES)
async def test_an_unknown_field_is_the_clients_error(shop, service):
    answer = await shop.ask(service, "{ nonsense }")

    (error,) = answer["errors"]
    assert error["message"] == "Cannot query field 'nonsense' on type 'Query'."


async def test_a_broken_service_says_nothing_about_itself(shop, caplog):
    token = await shop.sign_in("Alice")
    url = shop.settings["orders"].database_url_for("orders")
    database = Database(url, Base.metadata, seed)
    async with database.transaction() as session:
        await session.execute(text("DROP TABLE order_lines"))
    await database.close()

    with caplog.at_level(logging.ERROR, logger="subgraphs.shop.schema"):
        query = "query Broken { orders(first: 1) { nodes { items { line } } } }"
        answer = await shop.ask("orders", query, token=token)

    (error,) = answer["errors"]
    assert error["message"] == "Internal server error."
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}
    assert error["path"] == ["orders", "nodes", 0, "items"]
    assert "no such table" not in str(answer)
    assert "no such table: order_lines" in caplog.text
    assert "in operation Broken" in caplog.text


async def test_what_clients_do_wrong_is_no_news(shop, caplog):
    with caplog.at_level(logging.ERROR):
        await shop.ask("orders", "{ nonsense }")
        await shop.ask("orders", "{ orders { totalCount } }")

    assert caplog.records == []


async def test_a_representation_of_an_unknown_type_is_masked(shop):
    query = """
    query ($representations: [_Any!]!) {
      _entities(representations: $representations) { __typename }
    }
    """
    variables = {"representations": [{"__typename": "Nonsense", "id": "1"}]}

    code = await shop.code("users", query, variables)

    assert code == "INTERNAL_SERVER_ERROR"
