"""No N+1: however much is asked for, each kind of look-up is one SQL statement."""

import pytest

from subgraphs.shop import demo

HUNDRED = [str(number) for number in range(1, 101)]


def references(type_name, **keys):
    """Return representations, one for each value of the only key."""
    ((key, values),) = keys.items()
    return [{"__typename": type_name, key: value} for value in values]


async def test_a_hundred_users_by_id_are_one_statement(any_unchanged_shop, statements):
    await any_unchanged_shop.start()
    statements.clear()
    users = await any_unchanged_shop.entities(
        "users", references("User", id=HUNDRED), "... on User { id username }"
    )

    assert len(statements) == 1
    assert [user and user["id"] for user in users] == [
        id_ if int(id_) <= 50 else None for id_ in HUNDRED
    ]


async def test_a_hundred_users_by_name_are_one_statement(
    any_unchanged_shop, statements
):
    await any_unchanged_shop.start()
    names = [person.username for person in demo.people()] * 2
    statements.clear()
    users = await any_unchanged_shop.entities(
        "users", references("User", username=names), "... on User { username }"
    )

    assert len(statements) == 1
    assert [user["username"] for user in users] == names


@pytest.mark.parametrize("type_name", ["Product", "PhysicalProduct", "DigitalProduct"])
async def test_a_hundred_products_are_one_statement(
    any_unchanged_shop, statements, type_name
):
    await any_unchanged_shop.start()
    statements.clear()
    products = await any_unchanged_shop.entities(
        "products",
        references(type_name, id=HUNDRED),
        "__typename ... on Product { id name }",
    )

    assert len(statements) == 1
    kinds = {product["__typename"] for product in products if product}
    expected = {type_name}
    if type_name == "Product":
        expected = {"PhysicalProduct", "DigitalProduct"}
        assert [product["id"] for product in products] == HUNDRED
    assert kinds == expected


async def test_a_hundred_products_by_sku_are_one_statement(
    any_unchanged_shop, statements
):
    await any_unchanged_shop.start()
    skus = [ware.sku for ware in demo.wares()][:100]
    statements.clear()
    products = await any_unchanged_shop.entities(
        "products", references("Product", sku=skus), "... on Product { sku }"
    )

    assert len(statements) == 1
    assert [product["sku"] for product in products] == skus


async def test_categories_of_a_page_are_one_statement_more(
    any_unchanged_shop, statements
):
    await any_unchanged_shop.start()
    statements.clear()
    query = "{ products(first: 100) { nodes { categories { name } } totalCount } }"
    await any_unchanged_shop.data("products", query)

    assert len(statements) == 3


async def test_wishlists_of_everybody_are_one_statement(any_unchanged_shop, statements):
    await any_unchanged_shop.start()
    token = await any_unchanged_shop.sign_in("Admin")
    statements.clear()
    users = await any_unchanged_shop.entities(
        "products",
        references("User", id=HUNDRED),
        "... on User { wishlist { id name price { amount } } }",
        token=token,
    )

    assert len(statements) == 1
    for person, user in zip(demo.people(), users, strict=False):
        assert [int(wish["id"]) for wish in user["wishlist"]] == list(person.wishes)


async def test_a_hundred_orders_with_items_are_two_statements(
    any_unchanged_shop, statements
):
    await any_unchanged_shop.start()
    token = await any_unchanged_shop.sign_in("Admin")
    statements.clear()
    orders = await any_unchanged_shop.entities(
        "orders",
        references("Order", id=HUNDRED),
        "... on Order { id total { amount } items { product { id } }"
        " user { username } }",
        token=token,
    )

    assert len(statements) == 2
    assert [order["id"] for order in orders] == HUNDRED


async def test_a_hundred_orders_alone_are_one_statement(any_unchanged_shop, statements):
    await any_unchanged_shop.start()
    token = await any_unchanged_shop.sign_in("Admin")
    statements.clear()
    orders = await any_unchanged_shop.entities(
        "orders",
        references("Order", id=HUNDRED),
        "... on Order { id user { id username } }",
        token=token,
    )

    assert len(statements) == 1
    assert [order["user"]["username"] for order in orders] == [
        purchase.person.username for purchase in demo.purchases()[:100]
    ]


async def test_orders_of_everybody_are_one_statement_and_their_items_another(
    any_unchanged_shop, statements
):
    await any_unchanged_shop.start()
    token = await any_unchanged_shop.sign_in("Admin")
    statements.clear()
    users = await any_unchanged_shop.entities(
        "orders",
        references("User", id=HUNDRED),
        "... on User { orders(first: 3) { nodes { id items { quantity } } } }",
        token=token,
    )

    assert len(statements) == 2
    newest = {
        str(person.id): [
            str(purchase.id)
            for purchase in reversed(demo.purchases())
            if purchase.person == person
        ]
        for person in demo.people()
    }
    assert [[node["id"] for node in user["orders"]["nodes"]] for user in users] == [
        newest.get(id_, [])[:3] for id_ in HUNDRED
    ]


async def test_counts_of_everybodys_orders_are_one_statement_more(
    any_unchanged_shop, statements
):
    await any_unchanged_shop.start()
    token = await any_unchanged_shop.sign_in("Admin")
    statements.clear()
    await any_unchanged_shop.entities(
        "orders",
        references("User", id=HUNDRED),
        "... on User { orders { totalCount } loyaltyPoints }",
        token=token,
    )

    assert len(statements) == 3


async def test_orders_of_a_hundred_products_are_one_statement(
    any_unchanged_shop, statements
):
    await any_unchanged_shop.start()
    token = await any_unchanged_shop.sign_in("Admin")
    statements.clear()
    await any_unchanged_shop.entities(
        "orders",
        references("Product", id=HUNDRED),
        "... on Product { orders(first: 2, status: DELIVERED) { nodes { id } } }",
        token=token,
    )

    assert len(statements) == 1


async def test_what_is_known_by_its_key_asks_no_database(shop, statements):
    await shop.start()
    statements.clear()
    products = [
        {"__typename": "Product", "id": id_, "weight": 1_000} for id_ in HUNDRED
    ]
    await shop.entities(
        "orders", products, "... on Product { shippingEstimate { amount } }"
    )

    assert statements == []


async def test_aliases_with_other_arguments_are_other_lists(shop):
    token = await shop.sign_in("Alice")
    selection = """
    ... on User {
      two: orders(first: 2) { nodes { id } }
      one: orders(first: 1) { nodes { id } }
      cancelled: orders(first: 1, status: CANCELLED) { nodes { status } }
    }
    """
    (user,) = await shop.entities(
        "orders", references("User", id=["1"]), selection, token=token
    )

    assert user == {
        "two": {"nodes": [{"id": "500"}, {"id": "499"}]},
        "one": {"nodes": [{"id": "500"}]},
        "cancelled": {"nodes": [{"status": "CANCELLED"}]},
    }


async def test_two_aliased_entity_fields_share_one_statement(shop, statements):
    query = """
    query ($a: [_Any!]!, $b: [_Any!]!) {
      a: _entities(representations: $a) { ... on Product { name } }
      b: _entities(representations: $b) { ... on Product { name } }
    }
    """
    variables = {
        "a": references("Product", id=["1", "2"]),
        "b": references("PhysicalProduct", id=["2", "3"]),
    }
    await shop.start()
    statements.clear()
    data = await shop.data("products", query, variables)

    assert len(statements) == 1
    assert data["b"] == [{"name": "Smartphone"}, {"name": "Tablet"}]


async def test_two_requests_share_nothing(shop, statements):
    await shop.start()
    for _ in range(2):
        statements.clear()
        await shop.data("products", '{ product(id: "1") { name } }')

        assert len(statements) == 1


@pytest.mark.parametrize(
    ("service", "reference"),
    [
        ("users", {"__typename": "User", "id": "x"}),
        ("users", {"__typename": "User", "username": "nul\0"}),
        ("users", {"__typename": "User"}),
        ("products", {"__typename": "Product", "id": "201"}),
        ("products", {"__typename": "Product", "sku": "nonsense"}),
        ("products", {"__typename": "DigitalProduct", "id": "1"}),
        ("products", {"__typename": "PhysicalProduct", "id": "41"}),
    ],
)
async def test_an_entity_that_does_not_exist_is_null(shop, service, reference):
    assert await shop.entities(service, [reference], "__typename") == [None]
