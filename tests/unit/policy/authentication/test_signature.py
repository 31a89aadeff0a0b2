"""Signatures: that they hold for what was signed, and for nothing else."""

import hashlib
import hmac

import httpx
import pytest

from gateway_graphql.policy.authentication.signature import (
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
    facts = {"subgraph": "users", "now": NOW, **facts}
    return {
        **(claims or {}),
        "gateway-signature": sign(secret, body, headers=claims, **facts),
    }


def test_the_form_is_as_documented():
    text = f"v1\n{NOW}\nPOST\nusers\nx-user-id: 7\nx-roles: admin\n\n".encode() + BODY
    mac = hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest()

    signature = sign(SECRET, BODY, subgraph="users", headers=CLAIMS, now=NOW)

    assert f"t={NOW};h=x-user-id,x-roles;v1={mac}" == signature


@pytest.mark.parametrize("claims", [{}, CLAIMS])
@pytest.mark.parametrize("drift", [-60, 0, 60])
def test_what_was_signed_holds(claims, drift):
    names = verify_signature(
        [OTHER, SECRET],
        BODY,
        subgraph="users",
        headers={"accept": "*/*", **signed_headers(claims=claims)},
        now=NOW + drift,
    )

    assert frozenset(claims) == names


@pytest.mark.parametrize(
    "changed",
    [
        {"secrets": [OTHER]},
        {"secrets": []},
        {"body": BODY + b" "},
        {"body": b""},
        {"subgraph": "orders"},
        {"method": "GET"},
        {"method": "WEBSOCKET"},
        {"now": NOW + 61},
        {"now": NOW - 61},
    ],
)
def test_nothing_else_holds(changed):
    facts = {
        "secrets": [SECRET],
        "body": BODY,
        "subgraph": "users",
        "headers": signed_headers(claims=CLAIMS),
        "now": NOW,
        **changed,
    }

    with pytest.raises(SignatureInvalid):
        verify_signature(facts.pop("secrets"), facts.pop("body"), **facts)


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
        verify_signature([SECRET], BODY, subgraph="users", headers=present, now=NOW)


def test_a_signature_cannot_be_taken_for_fewer_headers():
    headers = signed_headers(claims=CLAIMS)
    headers["gateway-signature"] = headers["gateway-signature"].replace(",x-roles", "")

    with pytest.raises(SignatureInvalid):
        verify_signature([SECRET], BODY, subgraph="users", headers=headers, now=NOW)


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
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    protected = RequireSignature(
        application, secrets=[SECRET], subgraph="users", clock=lambda: NOW
    )
    signature = signed_headers(body=b"", method="WEBSOCKET")["gateway-signature"]
    for headers in ([], [(b"gateway-signature", signature.encode())]):
        scope = {"type": "websocket", "path": "/graphql", "headers": headers}
        await protected(scope, receive, send)

    assert [{"type": "websocket.close", "code": 4401}] == sent
    assert ["websocket"] == seen


def test_a_short_secret_is_none():
    with pytest.raises(ValueError, match="at least 32 characters"):
        RequireSignature(echo, secrets=["short"], subgraph="users")
