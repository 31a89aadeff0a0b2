"""The demo's REST endpoints over its real services, and clients made for them."""

import importlib.util
import json
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.failures import FailureGroup

ROOT = Path(__file__).resolve().parents[2]
ALICE = {"username": "alice@example.com", "password": "demo-password"}
ADMIN = {"username": "admin@example.com", "password": "demo-password"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """The demo's settings without its limits, which these tests would run into."""
    settings = yaml.safe_load((ROOT / "schema" / "gateway.yaml").read_text())
    for key in ("rate_limits", "demand_control"):
        settings.pop(key, None)
    settings["rest"]["endpoints"] = [str(ROOT / "schema" / "rest")]
    settings["supergraph"] = str(ROOT / "schema" / "supergraph.graphql")
    for name, subgraph in settings["subgraphs"].items():
        subgraph["schema"] = str(ROOT / "schema" / f"{name}.graphql")
    path = tmp_path_factory.mktemp("settings") / "gateway.yaml"
    path.write_text(yaml.safe_dump(settings, sort_keys=False))
    return path


@pytest.fixture(scope="module")
def url(started_for_module, free_ports, tmp_path_factory, settings):
    ports = free_ports(4)
    data = tmp_path_factory.mktemp("data")
    demo = started_for_module(
        "python",
        "-c",
        "from gateway_graphql.cli import main; main()",
        "dev",
        "--port",
        str(ports[0]),
        "--config",
        str(settings),
        env={"DATA_DIR": str(data), "PYTHONPATH": str(ROOT)},
    )
    url = f"http://127.0.0.1:{ports[0]}"
    demo.wait_for(f"{url}/health/ready")
    return url


@pytest.fixture(scope="module")
def http(url):
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def alice(http):
    return signed_in(http, ALICE)


@pytest.fixture(scope="module")
def admin(http):
    return signed_in(http, ADMIN)


def signed_in(http, who):
    response = http.post("/users/login", json=who)
    assert 200 == response.status_code, response.text
    return {"authorization": f"Bearer {response.json()['accessToken']}"}


def test_a_user_and_products_come_from_two_services(http):
    response = http.get("/user-products/1")

    assert {
        "user_id": 1,
        "user_name": "Alice",
        "email": "alice@example.com",
        "products": [{"id": 1, "name": "Laptop"}, {"id": 2, "name": "Smartphone"}],
    } == response.json()
    assert (200, "application/json") == (
        response.status_code,
        response.headers["content-type"],
    )


def test_a_name_can_be_registered_once(http):
    account = {"username": "testuser", "password": "password123"}

    first = http.post("/users/register", json=account)
    again = http.post("/users/register", json=account)

    assert (201, "/users/profile") == (first.status_code, first.headers["location"])
    assert "testuser" == first.json()["user"]["username"]
    assert 409 == again.status_code
    assert {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "The username 'testuser' is taken.",
        "code": "USERNAME_TAKEN",
        "errors": [
            {
                "in": "body",
                "pointer": "#/username",
                "detail": "The username 'testuser' is taken.",
                "code": "USERNAME_TAKEN",
            }
        ],
    } == again.json()


def test_a_rule_of_a_service_is_told_with_its_place(http):
    response = http.post("/users/register", json={"username": "a", "password": "x" * 9})

    assert 422 == response.status_code
    assert "#/username" == response.json()["errors"][0]["pointer"]


def test_a_wrong_password_is_a_401(http):
    response = http.post("/users/login", json={**ALICE, "password": "wrong"})

    assert (401, "INVALID_CREDENTIALS") == (
        response.status_code,
        response.json()["code"],
    )
    assert "Bearer" == response.headers["www-authenticate"]


def test_a_profile_is_for_its_owner(http, alice):
    nobody = http.get("/users/profile")
    forged = http.get("/users/profile", headers={"authorization": "Bearer x.y.z"})
    own = http.get("/users/profile", headers=alice)

    assert [401, 401, 200] == [one.status_code for one in (nobody, forged, own)]
    assert ("1", "Alice") == (own.json()["id"], own.json()["username"])


def test_products_are_filtered_sorted_and_turned_page_by_page(http):
    query = {"category": "books", "sort": "PRICE_ASC", "first": 5, "inStock": "true"}

    pages = [http.get("/products", params=query)]
    while "next" in pages[-1].links:
        pages.append(http.get(pages[-1].links["next"]["url"]))

    prices = [one["price"]["amount"] for page in pages for one in page.json()]
    assert len(pages) > 1
    assert sorted(prices) == prices
    assert all(len(page.json()) == 5 for page in pages[:-1])


def test_a_product_is_put_on_sale_by_who_may(http, alice, admin):
    product = {
        "sku": "P-7777",
        "name": "Desk Lamp",
        "kind": "PHYSICAL",
        "price": 2990,
        "stock": 3,
        "weight": 900,
    }

    nobody = http.post("/products", json=product)
    customer = http.post("/products", json=product, headers=alice)
    made = http.post("/products", json=product, headers=admin)
    again = http.post("/products", json=product, headers=admin)
    found = http.get(made.headers["location"])

    statuses = [one.status_code for one in (nobody, customer, made, again, found)]
    assert [401, 403, 201, 409, 200] == statuses
    assert made.json() == found.json()
    assert 900 == found.json()["weight"]


def test_an_order_is_placed_and_found(http, alice):
    order = {"items": [{"productId": "1", "quantity": 2}]}

    placed = http.post("/orders", json=order, headers=alice)
    found = http.get(placed.headers["location"], headers=alice)
    listed = http.get("/orders?first=1", headers=alice)
    foreign = http.get("/orders/3", headers=alice)

    assert 201 == placed.status_code
    assert placed.json() == found.json()
    assert [placed.json()["id"]] == [one["id"] for one in listed.json()]
    assert (403, 404) == (
        foreign.status_code,
        http.get("/orders/999999", headers=alice).status_code,
    )


def test_what_is_not_there_is_a_404(http):
    assert 404 == http.get("/products/999999").status_code


def test_who_has_a_product_is_told_so(http):
    first = http.get("/products/1")
    again = http.get("/products/1", headers={"if-none-match": first.headers["etag"]})

    assert (304, b"") == (again.status_code, again.content)


def test_the_document_is_valid_and_complete(http):
    document = http.get("/openapi.json").json()

    validate(document)
    assert "3.1.0" == document["openapi"]
    assert {
        "/users/register": {"post"},
        "/users/login": {"post"},
        "/users/profile": {"get"},
        "/products": {"get", "post"},
        "/products/{id}": {"get"},
        "/orders": {"get", "post"},
        "/orders/{id}": {"get"},
        "/user-products/{userId}": {"get"},
    } == {path: set(methods) for path, methods in document["paths"].items()}


@pytest.fixture(scope="module")
def written(started_for_module, settings, url, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clients")
    process = started_for_module(
        "python",
        "-c",
        "from gateway_graphql.cli import main; main()",
        "client",
        "--config",
        str(settings),
        "--base-url",
        url,
        "--python",
        str(folder / "shop_client.py"),
        "--postman",
        str(folder / "shop.json"),
    )
    assert 0 == process.process.wait(60), process.output
    return folder


def test_the_python_client_is_typed_and_works(written):
    shop = imported(written / "shop_client.py")

    with (
        httpx.Client(trust_env=False) as connections,
        shop.Client(client=connections) as client,
    ):
        composite = client.get_user_products("1")
        client.token = client.log_in(**ALICE).access_token
        laptop = client.get_product("1")
        pages = list(client.list_orders_pages(first=10))
        order = client.create_order(
            shop.CreateOrderInput(
                items=[shop.OrderItemInput(product_id="2", quantity=1)]
            )
        )
        with pytest.raises(shop.ProblemError) as caught:
            client.list_products(first=1000)

    assert (
        shop.GetUserProductsAnswer(
            user_id=1,
            user_name="Alice",
            email="alice@example.com",
            products=[
                shop.GetUserProductsAnswerProducts(id=1, name="Laptop"),
                shop.GetUserProductsAnswerProducts(id=2, name="Smartphone"),
            ],
        )
        == composite
    )
    assert isinstance(laptop, shop.PhysicalProduct)
    assert isinstance(laptop.price, shop.Money)
    assert len(pages) > 1
    assert all(len(page) == 10 for page in pages[:-1])
    assert "Smartphone" == order.items[0].product.name
    assert (422, "BAD_USER_INPUT") == (caught.value.status, caught.value.code)


def imported(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def test_every_request_of_the_postman_collection_is_answered(written, admin):
    collection = json.loads((written / "shop.json").read_text())
    variables = {one["key"]: one["value"] for one in collection["variable"]}
    variables["token"] = admin["authorization"].split()[1]

    statuses = {
        item["name"]: send(collection, item["request"], variables)
        for folder in collection["item"]
        for item in folder["item"]
    }

    assert collection["info"]["schema"].endswith("/v2.1.0/collection.json")
    # The example's name is taken where another test has registered it.
    assert statuses.pop("Open an account and sign in") in (201, 409)
    assert {
        "The caller's orders, newest first; everybody's for admins": 200,
        "An order": 200,
        "Order products: their stock is taken, all of it or none": 201,
        "The catalogue, page by page": 200,
        "A product": 200,
        "Put a product on sale": 201,
        "A user and what the user wishes for": 200,
        "Sign in by name or e-mail address": 200,
        "Who asks": 200,
    } == statuses


def send(collection, request, variables):
    """Do what Postman does with a request of a collection (format v2.1)."""

    def filled(text):
        for key, value in variables.items():
            text = text.replace("{{" + key + "}}", value)
        return text

    url = request["url"]
    in_path = {one["key"]: one["value"] for one in url.get("variable", [])}
    path = [in_path[step[1:]] if step[0] == ":" else step for step in url["path"]]
    headers = {one["key"]: filled(one["value"]) for one in request["header"]}
    auth = request.get("auth", collection["auth"])
    if auth["type"] == "bearer":
        headers["Authorization"] = f"Bearer {filled(auth['bearer'][0]['value'])}"
    return httpx.request(
        request["method"],
        "/".join([filled(url["host"][0]), *path]),
        params=[
            (one["key"], one["value"])
            for one in url.get("query", [])
            if not one.get("disabled")
        ],
        headers=headers,
        content=request["body"]["raw"] if "body" in request else None,
        trust_env=False,
    ).status_code


def test_generated_requests_find_nothing(url, admin):
    """What the document promises is what is answered, whatever is asked.

    A value may fit its type and break a rule of a service, which GraphQL has no way to
    say, so 422 is an answer to a request that fits the document.
    """
    token = admin["authorization"].split()[1]
    config = schemathesis.Config.from_dict(
        {
            "auth": {"openapi": {"token": {"bearer": token}}},
            "checks": {
                "positive_data_acceptance": {
                    "expected-statuses": [
                        "2xx",
                        "304",
                        "401",
                        "403",
                        "404",
                        "409",
                        "422",
                        "429",
                    ]
                }
            },
        }
    )
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=config)
    checks = CHECKS.get_all()

    findings = [
        finding
        for operation in schema.get_all_operations()
        for finding in examined(operation.ok(), checks)
    ]

    assert [] == findings


def examined(operation, checks):
    """What is wrong with the answers of one operation."""
    findings = []
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @given(case=operation.as_strategy(generation_mode=mode))
        @hypothesis_settings(
            max_examples=25,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def examine(case):
            try:
                case.call_and_validate(checks=checks)
            except FailureGroup as group:
                findings.extend(map(told, group.exceptions))

        # There is no wrong request where every request is right.
        with suppress(Unsatisfiable):
            examine()
    return findings


def told(failure):
    return f"{failure.operation}: {failure.title}: {failure.message}"
