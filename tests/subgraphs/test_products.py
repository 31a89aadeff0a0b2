import pytest

CREATE = """
mutation ($input: CreateProductInput!) {
  createProduct(input: $input) {
    __typename id sku name stock weight inStock
    price { amount currency }
    categories { slug name }
  }
}
"""
UPDATE_STOCK = """
mutation ($id: ID!, $stock: Int!) {
  updateStock(id: $id, stock: $stock) { id stock inStock }
}
"""
LIST = """
query (
  $filter: ProductFilter, $sort: ProductSort! = NEWEST, $first: Int, $after: String
) {
  products(filter: $filter, sort: $sort, first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { __typename id name stock price { amount } categories { slug } }
  }
}
"""
LAMP = {
    "sku": "P-9001",
    "name": "Reading Lamp",
    "kind": "PHYSICAL",
    "price": 3_990,
    "stock": 7,
    "weight": 900,
    "categories": ["home", "office"],
}


async def test_the_first_two_products_are_a_laptop_and_a_smartphone(shop):
    query = '{ a: product(id: "1") { name } b: product(id: "2") { name } }'

    data = await shop.data("products", query)

    assert data == {"a": {"name": "Laptop"}, "b": {"name": "Smartphone"}}


async def test_a_product_has_price_weight_stock_and_categories(any_unchanged_shop):
    query = """{
      product(id: "1") {
        __typename sku weight stock inStock
        price { amount currency }
        categories { slug name }
      }
    }"""

    data = await any_unchanged_shop.data("products", query)

    assert data["product"] == {
        "__typename": "PhysicalProduct",
        "sku": "P-0001",
        "weight": 1650,
        "stock": 57,
        "inStock": True,
        "price": {"amount": 99990, "currency": "EUR"},
        "categories": [
            {"slug": "computers", "name": "Computers"},
            {"slug": "office", "name": "Office"},
        ],
    }


async def test_a_digital_product_weighs_nothing_and_has_a_size(shop):
    query = """{
      product(id: "41") {
        __typename name weight ... on DigitalProduct { downloadSize }
      }
    }"""

    data = await shop.data("products", query)

    assert data["product"] == {
        "__typename": "DigitalProduct",
        "name": "GraphQL in Practice, E-Book",
        "weight": None,
        "downloadSize": 18,
    }


@pytest.mark.parametrize("sku", ["P-0001", "D-0041"])
async def test_a_product_is_found_by_its_sku(shop, sku):
    query = "query ($sku: String!) { productBySku(sku: $sku) { id sku } }"

    data = await shop.data("products", query, {"sku": sku})

    assert data["productBySku"] == {"id": str(int(sku[2:])), "sku": sku}


async def test_an_unknown_sku_is_null(any_unchanged_shop):
    query = "query ($sku: String!) { productBySku(sku: $sku) { id } }"

    for sku in ("", "p-0001", "nonsense", "nul\0"):
        data = await any_unchanged_shop.data("products", query, {"sku": sku})

        assert data == {"productBySku": None}


async def test_an_unknown_product_is_null(shop):
    query = '{ a: product(id: "201") { id } b: product(id: "x") { id } }'

    assert await shop.data("products", query) == {"a": None, "b": None}


async def all_pages(shop, **variables):
    nodes, after = [], None
    while True:
        page = (await shop.data("products", LIST, {**variables, "after": after}))[
            "products"
        ]
        nodes += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return nodes


async def test_pages_in_any_order_list_every_product_once(any_unchanged_shop):
    for sort in ("NEWEST", "NAME", "PRICE_ASC", "PRICE_DESC"):
        nodes = await all_pages(any_unchanged_shop, sort=sort, first=33)

        assert sorted(int(node["id"]) for node in nodes) == list(range(1, 201))


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("NEWEST", lambda node: -int(node["id"])),
        ("PRICE_ASC", lambda node: node["price"]["amount"]),
        ("PRICE_DESC", lambda node: -node["price"]["amount"]),
    ],
)
async def test_sorting_is_by_what_it_says(shop, sort, key):
    keys = [key(node) for node in await all_pages(shop, sort=sort, first=100)]

    assert keys == sorted(keys)


async def test_sorting_by_name_is_by_name(any_unchanged_shop):
    nodes = await all_pages(any_unchanged_shop, sort="NAME", first=100)

    names = [node["name"] for node in nodes if node["name"].isalpha()]
    assert names == sorted(names, key=str.casefold)


FILTERS = [
    ({"search": "laptop"}, lambda node: "laptop" in node["name"].lower()),
    (
        {"category": "audio"},
        lambda node: {"slug": "audio"} in node["categories"],
    ),
    ({"kind": "DIGITAL"}, lambda node: node["__typename"] == "DigitalProduct"),
    ({"kind": "PHYSICAL"}, lambda node: node["__typename"] == "PhysicalProduct"),
    (
        {"minPrice": 5_000, "maxPrice": 10_000},
        lambda node: 5_000 <= node["price"]["amount"] <= 10_000,
    ),
    ({"inStock": False}, lambda node: node["stock"] == 0),
    ({"inStock": True}, lambda node: node["stock"] > 0),
    (
        {"category": "books", "maxPrice": 2_000},
        lambda node: (
            {"slug": "books"} in node["categories"] and node["price"]["amount"] <= 2_000
        ),
    ),
    ({"search": "%"}, lambda _: False),
    ({}, lambda _: True),
]


async def test_a_filter_lists_what_fits_and_nothing_else(any_unchanged_shop):
    everything = await all_pages(any_unchanged_shop, first=100)

    for criteria, fits in FILTERS:
        variables = {"filter": criteria, "first": 100}
        first_page = (await any_unchanged_shop.data("products", LIST, variables))[
            "products"
        ]
        found = await all_pages(any_unchanged_shop, **variables)

        assert found == [node for node in everything if fits(node)]
        assert first_page["totalCount"] == len(found)


async def test_a_cursor_of_one_order_is_refused_in_another(shop):
    page = await shop.data("products", LIST, {"sort": "PRICE_ASC", "first": 1})
    cursor = page["products"]["pageInfo"]["endCursor"]

    code = await shop.code("products", LIST, {"sort": "NAME", "after": cursor})

    assert code == "BAD_USER_INPUT"


async def test_admins_put_products_on_sale(any_shop):
    token = await any_shop.sign_in("Admin")
    created = await any_shop.data("products", CREATE, {"input": LAMP}, token=token)
    found = await any_shop.data("products", '{ product(id: "201") { name } }')

    assert created["createProduct"] == {
        "__typename": "PhysicalProduct",
        "id": "201",
        "sku": "P-9001",
        "name": "Reading Lamp",
        "stock": 7,
        "weight": 900,
        "inStock": True,
        "price": {"amount": 3990, "currency": "EUR"},
        "categories": [
            {"slug": "home", "name": "Home"},
            {"slug": "office", "name": "Office"},
        ],
    }
    assert found == {"product": {"name": "Reading Lamp"}}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sku": "no spaces"}, "sku"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "nul\0"}, "name"),
        ({"price": -1}, "price"),
        ({"price": 1_000_001}, "price"),
        ({"stock": -1}, "stock"),
        ({"weight": None}, "weight"),
        ({"weight": 0}, "weight"),
        ({"downloadSize": 3}, "downloadSize"),
        ({"kind": "DIGITAL", "weight": None}, "downloadSize"),
        ({"kind": "DIGITAL", "downloadSize": 3}, "weight"),
        ({"categories": ["home", "nonsense"]}, "categories"),
        ({"categories": ["nul\0"]}, "categories"),
    ],
)
async def test_a_product_must_follow_the_rules(shop, changes, field):
    token = await shop.sign_in("Admin")
    variables = {"input": {**LAMP, **changes}}
    answer = await shop.ask("products", CREATE, variables, token=token)

    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": field}
    count = await shop.data("products", "{ products { totalCount } }")
    assert count == {"products": {"totalCount": 200}}


async def test_a_sku_belongs_to_one_product(any_shop):
    token = await any_shop.sign_in("Admin")
    variables = {"input": {**LAMP, "sku": "P-0001"}}

    assert (
        await any_shop.code("products", CREATE, variables, token=token) == "SKU_TAKEN"
    )


async def test_admins_update_the_stock(any_shop):
    token = await any_shop.sign_in("Admin")
    variables = {"id": "1", "stock": 0}
    data = await any_shop.data("products", UPDATE_STOCK, variables, token=token)

    assert data == {"updateStock": {"id": "1", "stock": 0, "inStock": False}}
    assert await any_shop.stock(1) == 0


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"id": "1", "stock": -1}, "BAD_USER_INPUT"),
        ({"id": "201", "stock": 1}, "UNKNOWN_PRODUCT"),
        ({"id": "x", "stock": 1}, "UNKNOWN_PRODUCT"),
    ],
)
async def test_stock_is_a_number_of_a_known_product(shop, variables, code):
    token = await shop.sign_in("Admin")

    got = await shop.code("products", UPDATE_STOCK, variables, token=token)

    assert got == code


@pytest.mark.parametrize(
    ("who", "code"), [(None, "UNAUTHENTICATED"), ("Alice", "FORBIDDEN")]
)
async def test_only_those_with_the_scope_change_products(shop, who, code):
    token = who and await shop.sign_in(who)
    create = await shop.code("products", CREATE, {"input": LAMP}, token=token)
    variables = {"id": "1", "stock": 1}
    update = await shop.code("products", UPDATE_STOCK, variables, token=token)

    assert (create, update) == (code, code)


WISHLIST = "... on User { wishlist { __typename name } }"


async def test_alices_wishlist_is_public(any_unchanged_shop):
    user = {"__typename": "User", "id": "1"}

    assert await any_unchanged_shop.entities("products", [user], WISHLIST) == [
        {
            "wishlist": [
                {"__typename": "PhysicalProduct", "name": "Laptop"},
                {"__typename": "PhysicalProduct", "name": "Smartphone"},
            ]
        }
    ]


async def test_a_private_wishlist_is_for_its_owner_and_admins(shop):
    user = {"__typename": "User", "id": "6"}
    seen = {
        who: (
            await shop.entities(
                "products", [user], WISHLIST, token=who and await shop.sign_in(who)
            )
        )[0]["wishlist"]
        for who in (None, "Alice", "elena.evans", "Admin")
    }

    assert seen[None] is None
    assert seen["Alice"] is None
    assert seen["elena.evans"] == seen["Admin"]
    assert isinstance(seen["Admin"], list)


async def test_whoever_never_wished_keeps_that_private(shop):
    user = {"__typename": "User", "id": "4711"}

    assert await shop.entities("products", [user], WISHLIST) == [{"wishlist": None}]
