"""What subgraphs are told of the caller, and the signature that makes it believable.

A wrapper around a transport: it sets headers from templates, puts the claims into the
body's `extensions`, and signs both. A header that a template makes is the gateway's alone:
what a client sent under its name is taken out, whoever asks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.exchange import JSON, Caller
from gateway_graphql.policy.authentication.header_template import HeaderTemplate
from gateway_graphql.spelling import tells_options
from gateway_graphql.transport.base import (
    RequestSigner,
    SubgraphAnswer,
    SubgraphRequest,
    Transport,
    keeps_deadlines,
)
from gateway_graphql.wire.signature import (
    SIGNATURE_HEADER,
    check_secret,
    sign,
)


@tells_options
@dataclass(frozen=True, slots=True)
class PropagationSettings:
    """What subgraphs are told of the caller.

    Attributes:
        headers: Header -> template of its value, see `HeaderTemplate`.
        extension: The member of the body's `extensions` that holds the claims; empty
            for none.
        extension_claims: Which claims it holds; empty for all.
        subgraphs: Which subgraphs are told; empty for all.
        secret: What requests to all subgraphs are signed with; empty for no signature.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    extension: str = ""
    extension_claims: tuple[str, ...] = ()
    subgraphs: tuple[str, ...] = ()
    secret: str = field(default="", repr=False)


@tells_options
class Propagation:
    """Wraps the transports of a gateway so that subgraphs learn who asks.

    Args:
        settings: What they learn.
        clock: The time of day, in Unix seconds.

    Raises:
        ConfigInvalid: A template is malformed, or the secret too short.
    """

    def __init__(
        self, settings: PropagationSettings, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._templates = {
            name.lower(): HeaderTemplate(text)
            for name, text in settings.headers.items()
        }
        self._own_headers = frozenset(
            _folded(name) for name in (*self._templates, SIGNATURE_HEADER)
        )
        if settings.secret:
            try:
                check_secret(settings.secret)
            except ValueError as error:
                raise ConfigInvalid(str(error)) from None

    def __repr__(self) -> str:
        return f"<Propagation {self._settings!r}>"

    def around(self, transport: Transport) -> PropagatingTransport:
        """Wrap the transport to a subgraph."""
        return PropagatingTransport(transport, self)

    def tell(self, request: SubgraphRequest) -> SubgraphRequest:
        """The request, with what its subgraph may know of the caller."""
        told = request.caller if self._is_told(request.subgraph) else None
        if told is None and not (request.headers or self._settings.secret):
            return request
        own = {} if told is None else self._headers(told)
        given = {
            name: value
            for name, value in request.headers.items()
            if _folded(name) not in self._own_headers
        }
        extensions = {**request.extensions, **self._extensions(told)}
        return replace(
            request,
            headers={**given, **own},
            extensions=extensions,
            sign=self._signer(request.subgraph, own) if self._settings.secret else None,
        )

    def _is_told(self, subgraph: str) -> bool:
        return not self._settings.subgraphs or subgraph in self._settings.subgraphs

    def _headers(self, caller: Caller) -> dict[str, str]:
        values = {
            name: template.render(caller) for name, template in self._templates.items()
        }
        return {name: value for name, value in values.items() if value is not None}

    def _extensions(self, caller: Caller | None) -> Mapping[str, JSON]:
        if caller is None or not self._settings.extension:
            return {}
        names = self._settings.extension_claims or tuple(caller.claims)
        claims = {name: caller.claims[name] for name in names if name in caller.claims}
        return {self._settings.extension: claims}

    def _signer(self, subgraph: str, own: Mapping[str, str]) -> RequestSigner:
        return _Signer(self._settings.secret, subgraph, tuple(own.items()), self._clock)


@dataclass(frozen=True, slots=True)
class _Signer:
    """Signs requests; two are equal if only the time tells their signatures apart."""

    secret: str = field(repr=False)
    subgraph: str
    headers: tuple[tuple[str, str], ...]
    clock: Callable[[], float]

    def __call__(self, path: str, body: bytes) -> Mapping[str, str]:
        """The header with the signature of a body sent to a path."""
        signature = sign(
            self.secret,
            body,
            subgraph=self.subgraph,
            path=path,
            headers=dict(self.headers),
            now=self.clock(),
        )
        return {SIGNATURE_HEADER: signature}


class PropagatingTransport:
    """Tells a subgraph who asks, and asks it by another transport."""

    def __init__(self, inner: Transport, propagation: Propagation) -> None:
        self._inner = inner
        self._propagation = propagation
        self.keeps_deadlines = keeps_deadlines(inner)

    def __repr__(self) -> str:
        return f"<PropagatingTransport {self._inner!r}>"

    async def send(self, request: SubgraphRequest) -> SubgraphAnswer:
        """Send the request with all that is to be told."""
        return await self._inner.send(self._propagation.tell(request))


def _folded(name: str) -> str:
    """A header's name as frameworks compare it that take underscores for hyphens."""
    return name.lower().replace("_", "-")
