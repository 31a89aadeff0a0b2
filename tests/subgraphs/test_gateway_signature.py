"""Services that answer their gateway only, and the gateway that gets in."""

from dataclasses import replace

import pytest

from gateway_graphql import Gateway, RequestContext
from gateway_graphql.pipeline import open_gate
from gateway_graphql.policy.authentication import (
    Propagation,
    PropagationSettings,
)
from gateway_graphql.transport import ASGITransport
from subgraphs.orders.app import create_app as create_orders
from subgraphs.products.app import create_app as create_products
from subgraphs.users.app import create_app as create_users

SECRET = "what the gateway shares with its subgraphs"
SERVICES = ("users", "products", "orders")
ME = "{ me { username orders(first: 1) { nodes { id } } } }"


@pytest.fixture
async def guarded_shop(sqlite_settings, start_shop):
    guarded = {
        name: replace(settings, gateway_secret=SECRET)
        for name, settings in sqlite_settings.items()
    }
    async with start_shop(guarded) as running:
        yield running


@pytest.fixture
def supergraph(request):
    return request.config.rootpath / "schema" / "supergraph.graphql"


async def gateway_to(shop, supergraph, secret):
    """A gateway with transports into the shop's applications."""
    await shop.start()
    propagation = Propagation(
        PropagationSettings(secret=secret, headers={"x-user-id": "{claims.sub}"})
    )
    applications = {name: (await shop.links[name].open()).app for name in SERVICES}
    return Gateway.from_supergraph(
        supergraph,
        transports={
            name: propagation.around(ASGITransport(application))
            for name, application in applications.items()
        },
        gate=open_gate,
    )


@pytest.mark.parametrize("service", SERVICES)
async def test_whoever_goes_around_the_gateway_is_refused(guarded_shop, service):
    answer = await guarded_shop.post(service, "{ __typename }")

    assert 401 == answer.status_code
    (error,) = answer.json()["errors"]
    assert "UNAUTHENTICATED" == error["extensions"]["code"]


async def test_the_gateway_gets_in(guarded_shop, supergraph):
    gateway = await gateway_to(guarded_shop, supergraph, SECRET)

    result = await gateway.execute("{ products(first: 1) { nodes { id } } }")

    assert () == result.errors
    assert 1 == len(result.data["products"]["nodes"])


async def test_a_gateway_with_another_secret_does_not(guarded_shop, supergraph):
    gateway = await gateway_to(guarded_shop, supergraph, "x" * 32)

    result = await gateway.execute("{ products(first: 1) { nodes { id } } }")

    assert ["UNAUTHENTICATED"] == [
        error["extensions"]["code"] for error in result.errors
    ]


async def test_orders_reach_products_without_the_gateway(guarded_shop, supergraph):
    gateway = await gateway_to(guarded_shop, supergraph, SECRET)
    login = """mutation {
      login(username: "alice", password: "demo-password") { accessToken } }"""
    token = (await gateway.execute(login)).data["login"]["accessToken"]
    context = RequestContext({"authorization": f"Bearer {token}"})

    result = await gateway.execute(
        """mutation { createOrder(input: {items: [{productId: "1", quantity: 1}]}) {
          items { quantity } } }""",
        context=context,
    )

    assert () == result.errors
    assert [{"quantity": 1}] == result.data["createOrder"]["items"]


@pytest.mark.parametrize("path", ["/health", "/.well-known/jwks.json"])
async def test_health_and_public_keys_stay_public(guarded_shop, path):
    answer = await guarded_shop.client.get(f"http://users{path}")

    assert 200 == answer.status_code


async def test_a_short_secret_is_refused_at_start(sqlite_settings):
    for create in (create_users, create_products, create_orders):
        app = create(replace(sqlite_settings["users"], gateway_secret="short"))
        with pytest.raises(ValueError, match="at least 32 characters"):
            app.build_middleware_stack()


def test_nothing_shows_the_secret(sqlite_settings):
    settings = replace(sqlite_settings["users"], gateway_secret=SECRET)

    assert SECRET not in repr(settings)
