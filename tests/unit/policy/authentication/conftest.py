"""Issuers for tests: real keys, and a real HTTP server that publishes them."""

import asyncio
import base64
import json
import threading
import time

import jwt
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway_graphql.policy.authentication import Issuer, JWTSettings
from gateway_graphql.policy.authentication.jwt_verifier import JWTVerifier

NOW = 1_700_000_000


def segment(value):
    """One part of a token, from JSON text or what becomes it."""
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


class SigningKey:
    """A private key, and what its issuer publishes of it."""

    def __init__(self, kid, algorithm, private_key):
        self.kid = kid
        self.algorithm = algorithm
        self.private_key = private_key
        public = private_key.public_key()
        implementation = jwt.get_algorithm_by_name(algorithm)
        jwk = json.loads(implementation.to_jwk(public))
        jwk.pop("key_ops", None)
        self.jwk = {**jwk, "kid": kid, "alg": algorithm, "use": "sig"}
        self.public_pem = public.public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, header, payload):
        """A token of these very parts, whatever they say; strings are JSON already."""
        text = f"{segment(header)}.{segment(payload)}"
        implementation = jwt.get_algorithm_by_name(self.algorithm)
        signature = implementation.sign(text.encode(), self.private_key)
        return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    def token(self, *, header=None, without=(), **claims):
        """A token that holds, but for what is said."""
        head = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT", **(header or {})}
        payload = {"iss": "issuer", "aud": "api", "sub": "7", "exp": NOW + 600}
        payload |= claims
        return self.sign(
            {name: value for name, value in head.items() if name not in without},
            {name: value for name, value in payload.items() if name not in without},
        )


@pytest.fixture(scope="session")
def rsa_key():
    return SigningKey("r1", "RS256", rsa.generate_private_key(65537, 2048))


@pytest.fixture(scope="session")
def other_rsa_key():
    return SigningKey("r2", "RS256", rsa.generate_private_key(65537, 2048))


@pytest.fixture(scope="session")
def ec_key():
    return SigningKey("e1", "ES256", ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture(scope="session")
def ed_key():
    return SigningKey("o1", "EdDSA", ed25519.Ed25519PrivateKey.generate())


class Endpoint:
    """An HTTP server on a real socket; what it answers may be changed at any time."""

    def __init__(self):
        self.reset()
        config = uvicorn.Config(self, port=0, log_level="critical", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def reset(self):
        self.status = 200
        self.body = b"{}"
        self.headers = []
        self.hangs = False
        self.is_endless = False
        self.delay_s = 0.0
        self.requests = []

    def start(self):
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        (listener,) = self._server.servers[0].sockets
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/keys"

    def stop(self):
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join()

    def publish(self, *keys):
        self.answer({"keys": [key.jwk for key in keys]})

    def answer(self, document):
        self.body = json.dumps(document).encode()

    async def __call__(self, scope, receive, send):
        content = (await receive()).get("body", b"")
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.requests.append((scope["path"], headers, content.decode()))
        await asyncio.sleep(60 if self.hangs else self.delay_s)
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": self.headers,
            }
        )
        if self.is_endless:
            await self._send_until_nobody_listens(receive, send)
        await send({"type": "http.response.body", "body": self.body})

    async def _send_until_nobody_listens(self, receive, send):
        part = {"type": "http.response.body", "body": b" " * 8192, "more_body": True}
        gone = asyncio.create_task(receive())
        while not gone.done():
            await send(part)
            await asyncio.sleep(0.001)


@pytest.fixture(scope="session")
def running_endpoint():
    server = Endpoint()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def endpoint(running_endpoint):
    running_endpoint.reset()
    return running_endpoint


class Clock:
    """A time that tests move."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock(NOW)


@pytest.fixture
def monotonic():
    return Clock(1000.0)


@pytest.fixture
def key_file(tmp_path, rsa_key, ec_key, ed_key):
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [k.jwk for k in (rsa_key, ec_key, ed_key)]}))
    return path


@pytest.fixture
def issuer(endpoint, rsa_key):
    endpoint.publish(rsa_key)
    return Issuer(("issuer",), ("api",), ("RS256", "ES256", "EdDSA"), endpoint.url)


@pytest.fixture
def verifier(issuer, clock, monotonic):
    return JWTVerifier(JWTSettings((issuer,)), clock=clock, monotonic=monotonic)
