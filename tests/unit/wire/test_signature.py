"""Signatures: that they hold for what was signed, and for nothing else."""

import hashlib
import hmac
import re

import httpx
import pytest

from gateway_graphql.wire.nonces import Nonces
from gateway_graphql.wire.signature import (
    RequireSignature,
    SignatureInvalid,
    sign,
    verify_signature,
)

NOW = 1_700_000_000
SECRET = "s" * 32
OTHER = "o" * 32
BODY = b'{"query": "{ a }"}'
CLAIMS = {"x-user-id": "7", "x-roles": "admin"}


def signed_headers(body=BODY, claims=None, secret=SECRET, **facts):
    facts = {"subgraph": "users", "path": "/graphql", "now": NOW, **facts}
    return {
        **(claims or {}),
        "gateway-signature": sign(secret, body, headers=claims, **facts),
    }


def verify(secrets=(SECRET,), body=BODY, **facts):
    facts = {
        "subgraph": "users",
        "path": "/graphql",
        "nonces": Nonces(60),
        "now": NOW,
        **facts,
    }
    return verify_signature(secrets, body, **facts)


def test_the_form_is_as_documented():
    signature = sign(
        SECRET, BODY, subgraph="users", path="/graphql?a=1", headers=CLAIMS, now=NOW
    )

    nonce = re.search("n=([0-9a-f]{32});", signature)[1]
    text = f"v2\n{NOW}\n{nonce}\nPOST\n/graphql?a=1\nusers\n"
    text += "x-user-id: 7\nx-roles: admin\n\n"
    mac = hmac.new(SECRET.encode(), text.encode() + BODY, hashlib.sha256).hexdigest()
    assert f"t={NOW};n={nonce};h=x-user-id,x-roles;v2={mac}" == signature


def test_a_signature_without_path_and_nonce_does_not_hold():
    text = f"v1\n{NOW}\nPOST\nusers\n\n".encode() + BODY
    mac = hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest()

    with pytest.raises(SignatureInvalid, match="is not signed"):
        verify(headers={"gateway-signature": f"t={NOW};h=;v1={mac}"})


@pytest.mark.parametrize("claims", [{}, CLAIMS])
@pytest.mark.parametrize("drift", [-60, 0, 60])
def test_what_was_signed_holds(claims, drift):
    names = verify(
        [OTHER, SECRET],
        headers={"accept": "*/*", **signed_headers(claims=claims)},
        now=NOW + drift,
    )

    assert frozenset(claims) == names


@pytest.mark.parametrize("later", [0, 30, 60])
def test_what_was_signed_holds_once(later):
    nonces = Nonces(60)
    headers = signed_headers()
    verify(headers=headers, nonces=nonces)

    with pytest.raises(SignatureInvalid, match="was used already"):
        verify(headers=headers, nonces=nonces, now=NOW + later)
    verify(headers=signed_headers(), nonces=nonces)


def test_nobody_without_the_secret_fills_what_is_remembered():
    nonces = Nonces(60)

    with pytest.raises(SignatureInvalid):
        verify(headers=signed_headers(secret=OTHER), nonces=nonces)

    assert 0 == len(nonces)


def test_nonces_are_forgotten_when_their_signatures_are_too_old():
    nonces = Nonces(60)
    for second in range(500):
        headers = signed_headers(now=NOW + second)
        verify(headers=headers, nonces=nonces, now=NOW + second)

    assert 61 == len(nonces)


def test_what_a_crowd_drives_out_does_not_hold_again():
    nonces = Nonces(60, max_nonces=5)
    headers = [signed_headers(now=NOW + number // 2) for number in range(20)]
    for one in headers:
        verify(headers=one, nonces=nonces, now=NOW + 10)
        assert 5 >= len(nonces)

    for one in headers:
        with pytest.raises(SignatureInvalid, match="was used already"):
            verify(headers=one, nonces=nonces, now=NOW + 10)
    verify(headers=signed_headers(now=NOW + 10), nonces=nonces, now=NOW + 10)


def test_there_is_room_for_one_nonce():
    with pytest.raises(ValueError, match="at least one"):
        Nonces(60, 0)

    assert Nonces(60, 1).use("00", NOW, NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"secrets": [OTHER]},
        {"secrets": []},
        {"body": BODY + b" "},
        {"body": b""},
        {"subgraph": "orders"},
        {"path": "/"},
        {"path": "/graphql/"},
        {"path": "/graphql?a=1"},
        {"path": ""},
        {"method": "GET"},
        {"method": "WEBSOCKET"},
        {"now": NOW + 61},
        {"now": NOW - 61},
    ],
)
def test_nothing_else_holds(changed):
    with pytest.raises(SignatureInvalid):
        verify(**{"headers": signed_headers(claims=CLAIMS), **changed})


@pytest.mark.parametrize(
    "change",
    [
        {"x-user-id": "8"},
        {"x-user-id": None},
        {"x-roles": "admin, admin"},
        {"gateway-signature": None},
        {"gateway-signature": ""},
        {"gateway-signature": "t=1;v1=00"},
    ],
)
def test_headers_that_were_changed_do_not_hold(change):
    headers = {**signed_headers(claims=CLAIMS), **change}
    present = {name: value for name, value in headers.items() if value is not None}

    with pytest.raises(SignatureInvalid):
        verify(headers=present)


def test_a_signature_cannot_be_taken_for_fewer_headers():
    headers = signed_headers(claims=CLAIMS)
    headers["gateway-signature"] = headers["gateway-signature"].replace(",x-roles", "")

    with pytest.raises(SignatureInvalid):
        verify(headers=headers)


async def echo(scope, receive, send):
    """Answers with the headers and the body that came through."""
    body = (await receive())["body"]
    names = ",".join(
        f"{name.decode()}={value.decode()}"
        for name, value in scope["headers"]
        if name.decode().lower().startswith("x")
    )
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": names.encode() + b"|" + body})


@pytest.fixture
def protected():
    """An HTTP client of a protected application."""
    application = RequireSignature(
        echo,
        secrets=[SECRET],
        subgraph="users",
        open_paths=["/health"],
        claim_headers=["X-User-Id", "x-roles"],
        max_body_bytes=1000,
        clock=lambda: NOW,
    )
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://subgraph"
    )


async def test_the_gateway_comes_in(protected):
    answer = await protected.post(
        "/graphql", content=BODY, headers=signed_headers(claims=CLAIMS)
    )

    assert b"x-user-id=7,x-roles=admin|" + BODY == answer.content


async def test_the_gateway_comes_in_once_with_one_signature(protected):
    headers = signed_headers()
    answers = [
        await protected.post("/graphql", content=BODY, headers=headers)
        for _ in range(2)
    ]

    assert [200, 401] == [answer.status_code for answer in answers]


async def test_a_signature_is_of_no_use_at_another_path(protected):
    answers = [
        await protected.post(path, content=BODY, headers=signed_headers())
        for path in ("/admin", "/graphql?a", "/graphql%2F", "/%67raphql", "/graphql")
    ]

    assert [401] * 4 + [200] == [answer.status_code for answer in answers]


async def test_the_path_is_signed_as_it_is_written(protected):
    path = "/gr%C3%A4ph/a%2Fb?a=%20b&c"
    headers = signed_headers(path=path)

    answer = await protected.post(path, content=BODY, headers=headers)

    assert 200 == answer.status_code


async def test_what_a_proxy_takes_from_the_path_is_put_back():
    application = RequireSignature(
        echo, secrets=[SECRET], subgraph="users", path_prefix="/shop", clock=lambda: NOW
    )
    headers = signed_headers(path="/shop/graphql")

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://subgraph"
    ) as client:
        answer = await client.post("/graphql", content=BODY, headers=headers)

    assert 200 == answer.status_code


async def test_whoever_goes_around_the_gateway_does_not(protected):
    answers = [
        await protected.post("/graphql", content=BODY),
        await protected.post("/graphql/", content=BODY),
        await protected.post("/GraphQL", content=BODY),
        await protected.get("/graphql?query={a}"),
        await protected.get("/graphql?query={a}", headers=signed_headers(body=b"")),
    ]

    assert [401] * 5 == [answer.status_code for answer in answers]
    assert "Gateway-Signature" == answers[0].headers["www-authenticate"]
    message = "This service answers its gateway only: the request is not signed."
    error = {"message": message, "extensions": {"code": "UNAUTHENTICATED"}}
    assert {"errors": [error]} == answers[0].json()


async def test_open_paths_are_open(protected):
    answer = await protected.post("/health", content=b"up")

    assert b"|up" == answer.content


async def test_claims_that_are_not_signed_are_taken_out(protected):
    headers = {
        **signed_headers(claims={"x-user-id": "7"}),
        "x-roles": "admin",
        "X_Roles": "admin",
        "X_User_Id": "8",
        "x-other": "kept",
    }

    answer = await protected.post("/graphql", content=BODY, headers=headers)

    assert b"x-user-id=7,x-other=kept|" + BODY == answer.content


async def test_a_body_has_an_end(protected):
    body = b"x" * 1001

    answer = await protected.post(
        "/graphql", content=body, headers=signed_headers(body=body)
    )

    assert 413 == answer.status_code


async def test_a_websocket_needs_a_signature_too():
    sent, seen = [], []

    async def application(scope, receive, send):  # noqa: ARG001  ASGI's signature
        seen.append(scope["type"])

    async def receive():
        seen.append("connect")
        return {"type": "websocket.connect"}

    async def send(message):
        seen.append("close")
        sent.append(message)

    protected = RequireSignature(
        application, secrets=[SECRET], subgraph="users", clock=lambda: NOW
    )
    signature = signed_headers(body=b"", method="WEBSOCKET")["gateway-signature"]
    for headers in ([], [(b"gateway-signature", signature.encode())]):
        scope = {"type": "websocket", "path": "/graphql", "headers": headers}
        await protected(scope, receive, send)

    assert [{"type": "websocket.close", "code": 4401}] == sent
    assert ["connect", "close", "websocket"] == seen


def test_a_short_secret_is_none():
    with pytest.raises(ValueError, match="at least 32 characters"):
        RequireSignature(echo, secrets=["short"], subgraph="users")
