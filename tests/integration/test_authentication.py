"""The demo with its gateway's authentication: register, log in, ask; and who may not.

Everything is real: `gateway-graphql dev`, its three subgraphs, their keys over HTTP. The
gateway's requests are signed, so the subgraphs answer to nobody else.
"""

from pathlib import Path

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a secret of the gateway and its subgraphs"
REGISTER = """mutation { register(
  username: "grace", email: "grace@example.com", password: "long-enough-password"
) { user { username } accessToken } }"""
LOGIN = """mutation {
  login(username: "grace", password: "long-enough-password") { accessToken } }"""
ME = "{ me { username email } }"
PRODUCTS = "{ products(first: 1) { nodes { id } } }"


@pytest.fixture(scope="module")
def demo(started_for_module, gateway_ports, tmp_path_factory):
    """The demo's addresses: the gateway's, then its subgraphs'."""
    it = started_for_module(
        *("python", "-c", "from gateway_graphql.cli import main; main()", "dev"),
        *("--port", str(gateway_ports[0]), "--config", "schema/gateway.yaml"),
        env={
            "DATA_DIR": str(tmp_path_factory.mktemp("demo")),
            "PYTHONPATH": str(ROOT),
            "GATEWAY_SECRET": SECRET,
        },
    )
    it.wait_for(f"http://127.0.0.1:{gateway_ports[0]}/health/ready")
    return [f"http://127.0.0.1:{port}" for port in gateway_ports]


@pytest.fixture(scope="module")
def gateway_ports(free_ports):
    return free_ports(4)


def post(origin, query, **headers):
    return httpx.post(
        f"{origin}/graphql",
        json={"query": query},
        headers=headers,
        trust_env=False,
        timeout=30,
    )


@pytest.fixture(scope="module")
def token(demo):
    """The token of somebody who has registered and then logged in."""
    registered = post(demo[0], REGISTER).json()
    assert "errors" not in registered, registered
    return post(demo[0], LOGIN).json()["data"]["login"]["accessToken"]


def test_a_token_opens_fields(demo, token):
    answer = post(demo[0], ME, authorization=f"Bearer {token}")

    assert 200 == answer.status_code
    me = {"username": "grace", "email": "grace@example.com"}
    assert {"data": {"me": me}} == answer.json()


def test_without_a_token_the_public_is_answered(demo):
    answer = post(demo[0], PRODUCTS).json()

    assert {"data"} == set(answer)


@pytest.mark.parametrize(
    "damage",
    [
        lambda token: f"Bearer {token[:-4]}AAAA",
        lambda token: f"Bearer {token}x",
        lambda _: "Bearer",
        lambda _: "Bearer null",
        lambda token: f"Basic {token}",
        lambda token: token,
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream, */*"])
def test_a_broken_token_is_refused_even_where_none_is_needed(
    demo, token, damage, accept
):
    answer = post(demo[0], PRODUCTS, authorization=damage(token), accept=accept)

    assert 401 == answer.status_code
    assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    (error,) = answer.json()["errors"]
    assert "UNAUTHENTICATED" == error["extensions"]["code"]
    assert "data" not in answer.json()


def test_a_token_of_another_key_is_refused(demo, token):
    claims = jwt.decode(token, options={"verify_signature": False})
    header = jwt.get_unverified_header(token)
    forged = jwt.encode(
        {**claims, "scope": "orders:read:all"},
        Ed25519PrivateKey.generate(),
        algorithm="EdDSA",
        headers=header,
    )

    assert 401 == post(demo[0], ME, authorization=f"Bearer {forged}").status_code


def test_two_tokens_are_none(demo, token):
    answer = httpx.post(
        f"{demo[0]}/graphql",
        json={"query": ME},
        headers=[("authorization", f"Bearer {token}")] * 2,
        trust_env=False,
    )

    assert 401 == answer.status_code


@pytest.mark.parametrize("index", [1, 2, 3])
def test_a_request_that_bypasses_the_gateway_is_refused(demo, token, index):
    answer = post(demo[index], "{ __typename }", authorization=f"Bearer {token}")

    assert 401 == answer.status_code
    assert httpx.get(f"{demo[index]}/health", trust_env=False).is_success


def test_an_order_goes_through_all_three_services(demo, token):
    order = """mutation { createOrder(input: {items: [{productId: "1", quantity: 1}]}) {
      items { quantity product { name } } user { username } } }"""

    answer = post(demo[0], order, authorization=f"Bearer {token}").json()

    assert "errors" not in answer, answer
    assert "grace" == answer["data"]["createOrder"]["user"]["username"]
