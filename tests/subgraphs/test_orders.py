import pytest

ORDERS = """
query ($first: Int, $after: String, $status: OrderStatus) {
  orders(first: $first, after: $after, status: $status) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { id status user { id username } }
  }
}
"""
ORDER = """
query ($id: ID!) {
  order(id: $id) {
    id status createdAt
    total { amount currency }
    items { line quantity unitPrice { amount } product { id } }
    user { id username }
  }
}
"""
CANCEL = "mutation ($id: ID!) { cancelOrder(id: $id) { id status } }"
ADVANCE = """
mutation ($id: ID!, $status: OrderStatus!) {
  updateOrderStatus(id: $id, status: $status) { id status }
}
"""
OF_USER = """
... on User {
  orders(first: 2) { totalCount nodes { id user { id } } pageInfo { hasNextPage } }
}
"""


async def pages(shop, token, **variables):
    nodes, after = [], None
    while True:
        variables["after"] = after
        page = (await shop.data("orders", ORDERS, variables, token=token))["orders"]
        nodes += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == len(nodes)
            return nodes


async def test_customers_list_their_own_orders(any_unchanged_shop):
    nodes = await pages(
        any_unchanged_shop, await any_unchanged_shop.sign_in("Alice"), first=7
    )

    assert {node["user"]["username"] for node in nodes} == {"Alice"}
    assert [node["id"] for node in nodes[:3]] == ["500", "499", "498"]
    ids = [int(node["id"]) for node in nodes]
    assert ids == sorted(set(ids), reverse=True)


async def test_admins_list_everybodys_orders(any_unchanged_shop):
    nodes = await pages(
        any_unchanged_shop, await any_unchanged_shop.sign_in("Admin"), first=90
    )

    assert [node["id"] for node in nodes] == [str(id_) for id_ in range(500, 0, -1)]


async def test_orders_are_listed_by_status(any_unchanged_shop):
    token = await any_unchanged_shop.sign_in("Admin")
    everything = await pages(any_unchanged_shop, token, first=100)

    for status in ("CONFIRMED", "SHIPPED", "DELIVERED", "CANCELLED", "PENDING"):
        nodes = await pages(any_unchanged_shop, token, first=100, status=status)

        assert nodes == [node for node in everything if node["status"] == status]


async def test_an_order_knows_its_items_prices_and_buyer(any_unchanged_shop):
    token = await any_unchanged_shop.sign_in("Alice")
    order = (
        await any_unchanged_shop.data("orders", ORDER, {"id": "499"}, token=token)
    )["order"]

    items = order["items"]
    assert [item["line"] for item in items] == list(range(1, len(items) + 1))
    assert order["user"] == {"id": "1", "username": "Alice"}
    assert order["createdAt"].endswith("+00:00")
    assert order["total"] == {
        "amount": sum(item["quantity"] * item["unitPrice"]["amount"] for item in items),
        "currency": "EUR",
    }


@pytest.mark.parametrize("id_", ["501", "0", "x", "01"])
async def test_an_unknown_order_is_null(shop, id_):
    token = await shop.sign_in("Alice")

    assert await shop.data("orders", ORDER, {"id": id_}, token=token) == {"order": None}


@pytest.mark.parametrize(
    ("who", "code"), [(None, "UNAUTHENTICATED"), ("bob.baker", "FORBIDDEN")]
)
async def test_an_order_is_seen_by_its_owner_and_admins_only(shop, who, code):
    token = who and await shop.sign_in(who)
    variables = {"id": "500"}
    reference = {"representations": [{"__typename": "Order", "id": "500"}]}
    query = """
    query ($representations: [_Any!]!) {
      _entities(representations: $representations) { ... on Order { status } }
    }
    """

    assert await shop.code("orders", ORDER, variables, token=token) == code
    assert await shop.code("orders", query, reference, token=token) == code
    admin = await shop.sign_in("Admin")
    seen = await shop.data("orders", ORDER, variables, token=admin)
    assert seen["order"]["id"] == "500"


async def test_the_list_of_orders_needs_somebody(shop):
    assert await shop.code("orders", ORDERS, {}) == "UNAUTHENTICATED"


async def test_a_user_has_orders(any_unchanged_shop):
    token = await any_unchanged_shop.sign_in("Alice")
    user = {"__typename": "User", "id": "1"}
    (found,) = await any_unchanged_shop.entities("orders", [user], OF_USER, token=token)

    assert [node["id"] for node in found["orders"]["nodes"]] == ["500", "499"]
    assert found["orders"]["pageInfo"] == {"hasNextPage": True}
    assert found["orders"]["totalCount"] == len(await pages(any_unchanged_shop, token))


@pytest.mark.parametrize(
    ("who", "code"), [(None, "UNAUTHENTICATED"), ("Alice", "FORBIDDEN")]
)
async def test_the_orders_of_others_are_an_error_and_the_rest_is_kept(shop, who, code):
    token = who and await shop.sign_in(who)
    query = """
    query ($representations: [_Any!]!) {
      _entities(representations: $representations) {
        ... on User { id orders { totalCount } loyaltyPoints }
      }
    }
    """
    users = [{"__typename": "User", "id": "3"}]
    answer = await shop.ask("orders", query, {"representations": users}, token=token)

    assert answer["data"]["_entities"] == [
        {"id": "3", "orders": None, "loyaltyPoints": None}
    ]
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": code}
    assert error["path"] == ["_entities", 0, "orders"]


async def test_points_are_one_for_each_euro_of_delivered_orders(any_unchanged_shop):
    token = await any_unchanged_shop.sign_in("Alice")
    delivered = await pages(any_unchanged_shop, token, status="DELIVERED")
    euros = 0
    for node in delivered:
        data = await any_unchanged_shop.data(
            "orders", ORDER, {"id": node["id"]}, token=token
        )
        euros += data["order"]["total"]["amount"]
    user = {"__typename": "User", "id": "1"}
    (found,) = await any_unchanged_shop.entities(
        "orders", [user], "... on User { loyaltyPoints }", token=token
    )

    assert found == {"loyaltyPoints": euros // 100}
    assert euros > 0


@pytest.mark.parametrize(
    ("weight", "cents"),
    [
        (None, 0),
        (0, 0),
        (1, 499),
        (1_000, 499),
        (1_001, 699),
        (5_000, 699),
        (20_000, 1_299),
        (20_001, 1_599),
        (30_000, 1_599),
        (30_001, 1_899),
    ],
)
async def test_shipping_costs_by_weight(shop, weight, cents):
    product = {"__typename": "Product", "id": "1", "weight": weight}
    selection = "... on Product { shippingEstimate { amount currency } }"

    (found,) = await shop.entities("orders", [product], selection)

    assert found["shippingEstimate"] == {"amount": cents, "currency": "EUR"}


@pytest.mark.parametrize("extra", [{}, {"weight": "heavy"}, {"weight": True}])
async def test_shipping_cannot_be_estimated_without_the_weight(shop, extra):
    query = """
    query ($representations: [_Any!]!) {
      _entities(representations: $representations) {
        ... on Product { shippingEstimate { amount } }
      }
    }
    """
    product = {"__typename": "Product", "id": "1", **extra}

    code = await shop.code("orders", query, {"representations": [product]})

    assert code == "BAD_USER_INPUT"


async def test_admins_see_who_ordered_a_product(any_unchanged_shop):
    admin = await any_unchanged_shop.sign_in("Admin")
    selection = """
    ... on Product {
      orders(first: 100) { totalCount nodes { id items { product { id } } } }
    }
    """
    products = [{"__typename": "Product", "id": str(id_)} for id_ in range(1, 9)]
    found = await any_unchanged_shop.entities(
        "orders", products, selection, token=admin
    )

    for product, entity in zip(products, found, strict=True):
        nodes = entity["orders"]["nodes"]
        assert entity["orders"]["totalCount"] == len(nodes) > 0
        assert all(
            {"product": {"id": product["id"]}} in node["items"] for node in nodes
        )


@pytest.mark.parametrize(
    ("who", "code"), [(None, "UNAUTHENTICATED"), ("Alice", "FORBIDDEN")]
)
async def test_customers_do_not_see_who_ordered_a_product(shop, who, code):
    token = who and await shop.sign_in(who)
    query = """
    query ($representations: [_Any!]!) {
      _entities(representations: $representations) {
        ... on Product { orders { totalCount } }
      }
    }
    """
    products = {"representations": [{"__typename": "Product", "id": "1"}]}

    assert await shop.code("orders", query, products, token=token) == code


@pytest.mark.parametrize(
    ("country", "postcode", "days", "cents"),
    [
        ("DE", "10969", 2, 0),
        ("DE", "27498", 4, 0),
        ("AT", "1060", 3, 200),
        ("CH", "3011", 10, 1_500),
    ],
)
async def test_a_zone_is_found_by_both_parts_of_its_key(
    shop, country, postcode, days, cents
):
    zone = {"__typename": "DeliveryZone", "country": country, "postcode": postcode}
    selection = """
    ... on DeliveryZone { country postcode deliveryDays surcharge { amount } }
    """

    assert await shop.entities("orders", [zone], selection) == [
        {
            "country": country,
            "postcode": postcode,
            "deliveryDays": days,
            "surcharge": {"amount": cents},
        }
    ]


async def test_a_confirmed_order_can_be_cancelled_and_gives_its_stock_back(any_shop):
    token = await any_shop.sign_in("Alice")
    order = (await any_shop.data("orders", ORDER, {"id": "500"}, token=token))["order"]
    item = order["items"][0]
    before = await any_shop.stock(item["product"]["id"])

    data = await any_shop.data("orders", CANCEL, {"id": "500"}, token=token)

    assert data == {"cancelOrder": {"id": "500", "status": "CANCELLED"}}
    assert await any_shop.stock(item["product"]["id"]) == before + item["quantity"]


async def test_stock_comes_back_once_however_often_an_order_is_cancelled(shop):
    token = await shop.sign_in("Alice")
    order = (await shop.data("orders", ORDER, {"id": "500"}, token=token))["order"]
    item = order["items"][0]
    await shop.data("orders", CANCEL, {"id": "500"}, token=token)
    after_first = await shop.stock(item["product"]["id"])

    code = await shop.code("orders", CANCEL, {"id": "500"}, token=token)

    assert code == "INVALID_TRANSITION"
    assert await shop.stock(item["product"]["id"]) == after_first


async def test_only_the_owner_or_an_admin_cancels(shop):
    bob, admin = await shop.sign_in("bob.baker"), await shop.sign_in("Admin")
    variables = {"id": "500"}

    assert await shop.code("orders", CANCEL, variables) == "UNAUTHENTICATED"
    assert await shop.code("orders", CANCEL, variables, token=bob) == "FORBIDDEN"
    data = await shop.data("orders", CANCEL, variables, token=admin)
    assert data["cancelOrder"]["status"] == "CANCELLED"


@pytest.mark.parametrize("id_", ["501", "x"])
async def test_an_unknown_order_cannot_be_cancelled(shop, id_):
    token = await shop.sign_in("Alice")

    assert await shop.code("orders", CANCEL, {"id": id_}, token=token) == "NOT_FOUND"


async def test_an_order_goes_its_way_to_the_customer(any_shop):
    admin = await any_shop.sign_in("Admin")
    for status in ("SHIPPED", "DELIVERED"):
        variables = {"id": "500", "status": status}
        data = await any_shop.data("orders", ADVANCE, variables, token=admin)

        assert data == {"updateOrderStatus": {"id": "500", "status": status}}


# One order of each status, as the demo begins.
STANDING = {
    "CONFIRMED": "500",
    "SHIPPED": "479",
    "DELIVERED": "1",
    "CANCELLED": "12",
}
ALLOWED = {
    ("CONFIRMED", "SHIPPED"),
    ("CONFIRMED", "CANCELLED"),
    ("SHIPPED", "DELIVERED"),
}
STATUSES = ("PENDING", *STANDING)


@pytest.mark.parametrize("wanted", STATUSES)
@pytest.mark.parametrize("current", STANDING)
async def test_every_transition_that_is_not_drawn_is_forbidden(shop, current, wanted):
    admin = await shop.sign_in("Admin")
    variables = {"id": STANDING[current], "status": wanted}
    answer = await shop.ask("orders", ADVANCE, variables, token=admin)

    if (current, wanted) in ALLOWED:
        assert answer["data"]["updateOrderStatus"]["status"] == wanted
    else:
        (error,) = answer["errors"]
        assert error["extensions"] == {"code": "INVALID_TRANSITION", "status": current}


async def test_customers_do_not_advance_orders(shop):
    variables = {"id": "500", "status": "SHIPPED"}
    token = await shop.sign_in("Alice")

    assert await shop.code("orders", ADVANCE, variables, token=token) == "FORBIDDEN"
