r"""What lets a subgraph know that a request comes from its gateway.

The gateway signs each request with a secret that it shares with its subgraphs, and sends
the signature in one header:

    gateway-signature: t=1763735553;n=<32 hex digits>;h=x-user-id,x-roles;v2=<HMAC-SHA-256 in hex>

`t` is when it was signed, in Unix seconds, `n` a number that no other request has, and `h`
names the headers that are signed with the body. Signed are these bytes, names in lower case
and in the order of `h`, the path with its query and as it is written in the request:

    v2\n<t>\n<n>\n<method>\n<path>\n<subgraph>\n<name>: <value>\n...\n\n<body>

The subgraph's name and the path keep a request from being sent elsewhere, the headers keep
who asks from being exchanged, and the nonce keeps a request that was overheard from being
sent again; the time bounds for how long nonces have to be remembered. This module needs the
standard library alone, so a service of any framework can use it: `RequireSignature` is an
ASGI application around another one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets as randomness
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Final, TypeAlias

from gateway_graphql.wire.headers import headers_by_name
from gateway_graphql.wire.nonces import DEFAULT_MAX_NONCES, Nonces

SIGNATURE_HEADER: Final = "gateway-signature"
MIN_SECRET_LENGTH: Final = 32
MAX_AGE_S: Final = 60.0
"""How far the time of a signature may be from the subgraph's, either way."""

_FORM = re.compile(
    r"t=([0-9]{1,12});n=([0-9a-f]{32});h=([a-z0-9!#$&'*+.^_`|~,-]*);v2=([0-9a-f]{64})"
)

_Message: TypeAlias = MutableMapping[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]
_Application: TypeAlias = Callable[[_Message, _Receive, _Send], Awaitable[None]]


class SignatureInvalid(Exception):
    """A request does not come from the gateway, or not now; the message says which."""


def check_secret(secret: str) -> str:
    """The secret, if it is long enough to be one.

    Raises:
        ValueError: It has fewer than `MIN_SECRET_LENGTH` characters.
    """
    if len(secret) < MIN_SECRET_LENGTH:
        raise ValueError(
            f"The gateway's secret needs at least {MIN_SECRET_LENGTH} characters."
        )
    return secret


def sign(  # noqa: PLR0913  all but the first two by name
    secret: str,
    body: bytes,
    *,
    subgraph: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    method: str = "POST",
    now: float | None = None,
) -> str:
    """The value of `SIGNATURE_HEADER` for a request.

    Args:
        secret: What gateway and subgraphs share.
        body: The request's body, as it is sent.
        subgraph: Whom the request is for.
        path: Where it is sent: the path with its query, as the request has it.
        headers: Headers to sign with the body, names in lower case.
        method: The request's method.
        now: The time of day in Unix seconds, by default this moment.
    """
    timestamp = int(time.time() if now is None else now)
    nonce = randomness.token_hex(16)
    signed = headers or {}
    place = (str(timestamp), nonce, method, path, subgraph)
    mac = _mac(secret, _head(place, signed.items()), body)
    return f"t={timestamp};n={nonce};h={','.join(signed)};v2={mac}"


def verify_signature(  # noqa: PLR0913  all but the first two by name
    secrets: Iterable[str],
    body: bytes,
    *,
    subgraph: str,
    path: str,
    headers: Mapping[str, str],
    nonces: Nonces,
    method: str = "POST",
    now: float | None = None,
) -> frozenset[str]:
    """Check the signature of a request, and tell which headers it vouches for.

    Args:
        secrets: Any of them may have signed it, so that they can be exchanged.
        body: The body, as it came.
        subgraph: Who is asked.
        path: The path that was asked, with its query.
        headers: The request's headers, names in lower case.
        nonces: Which requests came already.
        method: The request's method.
        now: The time of day in Unix seconds, by default this moment.

    Raises:
        SignatureInvalid: There is none, it does not hold, is too old, or came already.
    """
    form = _FORM.fullmatch(headers.get(SIGNATURE_HEADER, ""))
    if form is None:
        raise SignatureInvalid("the request is not signed")
    timestamp, nonce = int(form[1]), form[2]
    names = form[3].split(",") if form[3] else []
    today = time.time() if now is None else now
    if abs(today - timestamp) > MAX_AGE_S:
        raise SignatureInvalid("the signature's time is too far from now")
    if not all(name in headers for name in names):
        raise SignatureInvalid("a signed header is missing")
    place = (form[1], nonce, method, path, subgraph)
    head = _head(place, ((name, headers[name]) for name in names))
    matches = [
        hmac.compare_digest(_mac(secret, head, body), form[4]) for secret in secrets
    ]
    if not any(matches):
        raise SignatureInvalid("the signature does not hold")
    # Last, so that nobody without the secret fills what is remembered.
    if not nonces.use(nonce, timestamp, today):
        raise SignatureInvalid("the signature was used already")
    return frozenset(names)


class RequireSignature:
    """An ASGI application that only the gateway can reach.

    A request without a valid signature is answered 401, a WebSocket is not accepted. A
    signature holds once; each process remembers those that it has seen.

    Args:
        application: What is protected.
        secrets: Any of them may have signed a request.
        subgraph: The name that the gateway knows this service by.
        open_paths: Paths that everybody may ask, for example for its health.
        claim_headers: Headers that only the gateway may set; one that is not signed
            is taken out.
        path_prefix: What a proxy before this service takes away from paths.
        max_body_bytes: The longest body that is read.
        max_nonces: How many signatures are remembered for as long as they would hold;
            beyond it, the oldest hold for a shorter time.
        clock: The time of day, in Unix seconds.
    """

    def __init__(  # noqa: PLR0913  all but the first by name
        self,
        application: _Application,
        *,
        secrets: Iterable[str],
        subgraph: str,
        open_paths: Iterable[str] = (),
        claim_headers: Iterable[str] = (),
        path_prefix: str = "",
        max_body_bytes: int = 16 * 1024 * 1024,
        max_nonces: int = DEFAULT_MAX_NONCES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._application = application
        self._secrets = tuple(check_secret(secret) for secret in secrets)
        self._subgraph = subgraph
        self._open_paths = frozenset(open_paths)
        self._claim_headers = frozenset(_folded(name) for name in claim_headers)
        self._path_prefix = path_prefix
        self._max_body_bytes = max_body_bytes
        self._nonces = Nonces(MAX_AGE_S, max_nonces)
        self._clock = clock

    def __repr__(self) -> str:
        return f"<RequireSignature {self._subgraph} {self._application!r}>"

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Answer a request, if it is the gateway's."""
        match scope["type"]:
            case "http" if scope["path"] not in self._open_paths:
                await self._answer(scope, receive, send)
            case "websocket":
                await self._accept(scope, receive, send)
            case _:
                await self._application(scope, receive, send)

    async def _answer(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        body = await self._read(receive)
        if body is None:
            await _refuse(send, 413, "PAYLOAD_TOO_LARGE", "The body is too large.")
            return
        try:
            signed = self._verify(scope, body, scope["method"])
        except SignatureInvalid as error:
            message = f"This service answers its gateway only: {error}."
            await _refuse(send, 401, "UNAUTHENTICATED", message)
            return
        await self._application(
            self._trusted(scope, signed), _replayed(body, receive), send
        )

    async def _accept(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        try:
            signed = self._verify(scope, b"", "WEBSOCKET")
        except SignatureInvalid:
            await receive()
            await send({"type": "websocket.close", "code": 4401})
            return
        await self._application(self._trusted(scope, signed), receive, send)

    def _verify(self, scope: _Message, body: bytes, method: str) -> frozenset[str]:
        return verify_signature(
            self._secrets,
            body,
            subgraph=self._subgraph,
            path=self._path_prefix + _path(scope),
            headers=_headers(scope),
            nonces=self._nonces,
            method=method,
            now=self._clock(),
        )

    def _trusted(self, scope: _Message, signed: frozenset[str]) -> _Message:
        """The scope without headers that pretend to be the gateway's."""
        headers = [
            (name, value)
            for name, value in scope["headers"]
            if name.decode("latin-1").lower() in signed
            or _folded(name.decode("latin-1")) not in self._claim_headers
        ]
        return {**scope, "headers": headers}

    async def _read(self, receive: _Receive) -> bytes | None:
        """The whole body; `None` if it is too large."""
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > self._max_body_bytes:
                return None
            if not message.get("more_body", False):
                return bytes(body)


def _mac(secret: str, head: bytes, body: bytes) -> str:
    return hmac.new(secret.encode(), head + body, hashlib.sha256).hexdigest()


def _head(place: tuple[str, ...], headers: Iterable[tuple[str, str]]) -> bytes:
    lines = ["v2", *place]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\n".join(lines) + "\n\n").encode()


def _path(scope: _Message) -> str:
    """The path and the query as they were sent, or as a server tells them."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope.get("query_string") or b""
    return (path + b"?" + query if query else path).decode("latin-1")


def _folded(name: str) -> str:
    """A header's name, underscores read as the hyphens that WSGI takes them for."""
    return name.lower().replace("_", "-")


def _headers(scope: _Message) -> dict[str, str]:
    """Headers by name; one that is there twice has both values, as signed by nobody."""
    return headers_by_name((name.lower(), value) for name, value in scope["headers"])


def _replayed(body: bytes, receive: _Receive) -> _Receive:
    """Gives the body that was read, then what comes after it."""
    is_given = False

    async def replay() -> _Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _refuse(send: _Send, status: int, code: str, message: str) -> None:
    error = {"message": message, "extensions": {"code": code}}
    body = json.dumps({"errors": [error]}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    if status == 401:  # noqa: PLR2004  HTTP demands a challenge then
        headers.append((b"www-authenticate", b"Gateway-Signature"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
