"""Tokens: issued by users with a private key, believed by all with its public half."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subgraphs.shop.errors import ServiceUnavailable
from subgraphs.shop.keys import MAX_AGE_S, REFRESH_INTERVAL_S, RemoteKeys
from subgraphs.shop.service_calls import service_secret
from subgraphs.shop.settings import Settings
from subgraphs.users.tokens import SigningKey

SERVICES = ("users", "products", "orders")
ANYTHING = "{ __typename }"


def claims(**changes):
    now = datetime.now(UTC)
    believed = {
        "iss": "demo-shop-users",
        "aud": "demo-shop",
        "sub": "1",
        "iat": now,
        "exp": now + timedelta(minutes=5),
        "username": "Alice",
        "roles": ["CUSTOMER"],
        "scope": "",
    }
    changed = {**believed, **changes}
    return {name: value for name, value in changed.items() if value is not None}


@pytest.fixture
def key(data_dir):
    return SigningKey.load(data_dir)


def sign(key, kid=None, **changes):
    return jwt.encode(
        claims(**changes),
        key.private_key,
        algorithm="EdDSA",
        headers={"kid": kid or key.kid},
    )


async def test_the_public_key_is_published_and_nothing_else(shop):
    response = await shop.client.get("http://users/.well-known/jwks.json")

    (key,) = response.json()["keys"]
    assert set(key) == {"alg", "crv", "kid", "kty", "use", "x"}
    assert (key["kty"], key["crv"], key["alg"]) == ("OKP", "Ed25519", "EdDSA")
    assert response.headers["Cache-Control"] == "public, max-age=300"


async def test_a_token_says_who_issued_it_for_whom_and_until_when(shop):
    token = await shop.sign_in("Admin")
    keys = (await shop.client.get("http://users/.well-known/jwks.json")).json()
    header = jwt.get_unverified_header(token)
    body = jwt.decode(
        token, jwt.PyJWKSet.from_dict(keys)[header["kid"]], audience="demo-shop"
    )

    assert header["alg"] == "EdDSA"
    assert body["iss"] == "demo-shop-users"
    assert body["sub"] == "2"
    assert body["exp"] - body["iat"] == 15 * 60
    assert body["roles"] == ["ADMIN"]
    assert "products:write" in body["scope"].split()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_token_is_believed_by_every_service(shop, service):
    token = await shop.sign_in("Alice")

    assert await shop.data(service, ANYTHING, token=token) == {"__typename": "Query"}


def unsigned(**changes):
    return jwt.encode(claims(**changes), None, algorithm="none")


def with_public_key_as_secret(key):
    public = base64.urlsafe_b64decode(key.public_jwk["x"] + "=")
    return jwt.encode(claims(), public, algorithm="HS256", headers={"kid": key.kid})


def tampered(key):
    header, _, signature = sign(key).split(".")
    body = claims(sub="2", iat=0, exp=2**31)
    packed = base64.urlsafe_b64encode(json.dumps(body).encode()).decode().rstrip("=")
    return f"{header}.{packed}.{signature}"


PAST = datetime.now(UTC) - timedelta(minutes=5)
BAD_TOKENS = {
    "garbage": lambda _: "garbage",
    "empty": lambda _: "",
    "unsigned": lambda _: unsigned(),
    "signed with another key": lambda key: sign(
        SigningKey(Ed25519PrivateKey.generate()), kid=key.kid
    ),
    "signed with an unknown key": lambda key: sign(key, kid="unknown"),
    "signed with the public key as a secret": with_public_key_as_secret,
    "tampered": tampered,
    "expired": lambda key: sign(key, exp=PAST),
    "for another audience": lambda key: sign(key, aud="elsewhere"),
    "of another issuer": lambda key: sign(key, iss="elsewhere"),
    "without an end": lambda key: sign(key, exp=None),
    "without a subject": lambda key: sign(key, sub=None),
    "of a subject that is no number": lambda key: sign(key, sub="Alice"),
    "without roles": lambda key: sign(key, roles=None),
    "with roles that are no list": lambda key: sign(key, roles=3),
}


@pytest.mark.parametrize("kind", BAD_TOKENS)
async def test_a_token_that_does_not_hold_is_refused_everywhere(shop, key, kind):
    token = BAD_TOKENS[kind](key)
    for service in SERVICES:
        response = await shop.post(service, ANYTHING, token=token)

        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
        (error,) = response.json()["errors"]
        assert error["extensions"] == {"code": "UNAUTHENTICATED"}


@pytest.mark.parametrize("header", ["", "Basic QWxpY2U6eA==", "Bearer", "Bearer  "])
async def test_any_other_authorization_is_refused(shop, header):
    response = await shop.post("users", ANYTHING, headers={"Authorization": header})

    assert response.status_code == 401


async def test_the_signing_key_survives_a_restart(shop, start_shop):
    token = await shop.sign_in("Alice")
    async with start_shop(shop.settings) as restarted:
        data = await restarted.data("users", "{ me { username } }", token=token)

    assert data == {"me": {"username": "Alice"}}


def test_secrets_are_for_their_owner_only(data_dir):
    service_secret(Settings(data_dir=data_dir))
    for name in ("users-signing-key.pem", "service-secret"):
        assert (data_dir / name).stat().st_mode & 0o077 == 0


async def test_processes_that_start_together_agree_on_secrets(tmp_path):
    settings = Settings(data_dir=tmp_path / "new")
    loaded = await asyncio.gather(
        *(asyncio.to_thread(SigningKey.load, settings.data_dir) for _ in range(8)),
    )
    secrets = await asyncio.gather(
        *(asyncio.to_thread(service_secret, settings) for _ in range(8)),
    )

    assert len({key.kid for key in loaded}) == 1
    assert len(set(secrets)) == 1
    assert sorted(path.name for path in settings.data_dir.iterdir()) == [
        "service-secret",
        "users-signing-key.pem",
    ]


def test_a_configured_secret_must_be_long_enough():
    with pytest.raises(ValueError, match="at least 32"):
        service_secret(Settings(service_secret="short"))


async def test_without_users_tokens_cannot_be_checked_and_others_are_served(shop):
    token = await shop.sign_in("Alice")
    shop.links["users"].is_down = True

    response = await shop.post("orders", ANYTHING, token=token)
    anonymous = await shop.data("orders", ANYTHING)

    assert response.status_code == 503
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE"}
    assert anonymous == {"__typename": "Query"}
    shop.links["users"].is_down = False
    assert await shop.data("orders", ANYTHING, token=token) == {"__typename": "Query"}


class KeyServer(httpx.AsyncBaseTransport):
    """Publishes keys, and counts how often it is asked."""

    def __init__(self, *keys: SigningKey) -> None:
        self.keys = keys
        self.requests = 0
        self.is_down = False

    async def handle_async_request(self, request):
        self.requests += 1
        await asyncio.sleep(0)
        if self.is_down:
            return httpx.Response(500, request=request)
        return httpx.Response(200, json={"keys": [key.public_jwk for key in self.keys]})


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server():
    return KeyServer(SigningKey(Ed25519PrivateKey.generate()))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def keys(server, clock):
    async with httpx.AsyncClient(transport=server) as client:
        yield RemoteKeys("http://users/jwks", client, clock=clock)


async def test_keys_are_fetched_once_for_all_who_wait(server, keys):
    kid = server.keys[0].kid
    found = await asyncio.gather(*(keys.key(kid) for _ in range(10)))

    assert {key.key_id for key in found} == {kid}
    assert server.requests == 1


async def test_keys_are_kept_until_they_are_old(server, keys, clock):
    kid = server.keys[0].kid
    await keys.key(kid)
    clock.now += MAX_AGE_S
    await keys.key(kid)
    before = server.requests
    clock.now += 1
    await keys.key(kid)

    assert (before, server.requests) == (1, 2)


async def test_old_keys_stay_in_use_while_users_is_down(server, keys, clock):
    kid = server.keys[0].kid
    await keys.key(kid)
    server.is_down = True
    clock.now += 10 * MAX_AGE_S

    assert (await keys.key(kid)).key_id == kid
    assert (await keys.key(kid)).key_id == kid
    assert server.requests == 2


async def test_an_unknown_key_is_looked_for_once_in_a_while(server, keys, clock):
    await keys.key(server.keys[0].kid)
    new = SigningKey(Ed25519PrivateKey.generate())
    server.keys = (*server.keys, new)
    too_early = await keys.key(new.kid)
    clock.now += REFRESH_INTERVAL_S
    found = await keys.key(new.kid)
    for number in range(100):
        assert await keys.key(f"unknown {number}") is None

    assert too_early is None
    assert found.key_id == new.kid
    assert server.requests == 2


async def test_keys_that_were_never_had_are_asked_for_again(server, keys):
    server.is_down = True
    with pytest.raises(ServiceUnavailable):
        await keys.key(server.keys[0].kid)
    server.is_down = False

    assert (await keys.key(server.keys[0].kid)).key_id == server.keys[0].kid


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"keys": []}', b'{"keys": [{}]}', b"null"]
)
async def test_garbage_is_no_key_set(body):
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(ServiceUnavailable):
            await RemoteKeys("http://users/jwks", client).key("kid")
