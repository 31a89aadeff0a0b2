"""What an operator decides about authentication, as frozen records.

Everything that a token could try to decide for itself (which algorithm, which key, who
may issue it, whom it is for) is decided here instead (RFC 8725, sections 3.1 and 3.8).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.exchange import JSON
from gateway_graphql.spelling import tells_options

MAX_LEEWAY_S: Final = 60.0

ALGORITHMS: Final = frozenset(
    {
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "EdDSA"),
    }
)
"""Signatures with a public key. `none` and shared secrets are not among them, so a
token that is signed with a public key as if it were a secret has no way in."""


@tells_options
@dataclass(frozen=True, slots=True)
class HeaderSource:
    """A credential in a header.

    Attributes:
        name: The header; kept in lower case.
        prefix: The scheme before the credential, in any case; empty for none.
    """

    name: str = "authorization"
    prefix: str = "Bearer"

    def __post_init__(self) -> None:
        """Names are compared in lower case."""
        object.__setattr__(self, "name", self.name.lower())


@tells_options
@dataclass(frozen=True, slots=True)
class CookieSource:
    """A credential in a cookie.

    Attributes:
        name: The cookie; names of cookies are case-sensitive.
    """

    name: str


Source: TypeAlias = HeaderSource | CookieSource


@tells_options
@dataclass(frozen=True, slots=True)
class Issuer:
    """Somebody whose tokens are accepted, and how far.

    Attributes:
        issuers: Values of `iss` that are this one.
        audiences: Values of `aud` of which a token needs at least one.
        algorithms: How its tokens may be signed.
        jwks: Where its public keys are: a URL or a file.
        poll_interval_s: How old its keys may get before they are read again.
        types: Values of `typ` that a token may have, in lower case and without
            `application/`; having none is always accepted (RFC 8725, section 3.11).
    """

    issuers: tuple[str, ...]
    audiences: tuple[str, ...]
    algorithms: tuple[str, ...]
    jwks: str | Path
    poll_interval_s: float = 60.0
    types: tuple[str, ...] = ("jwt", "at+jwt")

    def __post_init__(self) -> None:
        for name in ("issuers", "audiences", "algorithms"):
            if not getattr(self, name):
                raise ConfigInvalid(f"A JWT issuer needs {name}.")
        if unknown := sorted(set(self.algorithms) - ALGORITHMS):
            raise ConfigInvalid(
                f"A JWT issuer cannot use the algorithm {unknown[0]}; "
                f"use some of {', '.join(sorted(ALGORITHMS))}."
            )


@tells_options
@dataclass(frozen=True, slots=True)
class JWTSettings:
    """Which JWTs are accepted.

    Attributes:
        issuers: Who may issue them.
        leeway_s: By how much clocks may differ, at most `MAX_LEEWAY_S`.
        scope_claims: Claims that may hold the scopes; the first that is there does.
        max_token_bytes: The longest token that is looked at.
        max_cached: How many verified tokens are remembered.
    """

    issuers: tuple[Issuer, ...]
    leeway_s: float = 30.0
    scope_claims: tuple[str, ...] = ("scope", "scopes")
    max_token_bytes: int = 8192
    max_cached: int = 10_000

    def __post_init__(self) -> None:
        if not 0 <= self.leeway_s <= MAX_LEEWAY_S:
            raise ConfigInvalid(
                f"The leeway of JWTs is between 0 and {MAX_LEEWAY_S:.0f} seconds."
            )
        named = [name for issuer in self.issuers for name in issuer.issuers]
        if len(named) != len(set(named)):
            raise ConfigInvalid("Two JWT issuers have the same name (`iss`).")


@tells_options
@dataclass(frozen=True, slots=True)
class APIKey:
    """An API key, known by its hash only.

    Attributes:
        sha256: The SHA-256 of the key's UTF-8 text, in hex.
        client: Which client holds it; the claim `client` of its callers.
        subject: Whom it speaks for.
        scopes: What it allows.
        expires_at: When it stops working, in Unix seconds; `None` for never.
        claims: What else is to be known of its callers, for example their tier.
    """

    sha256: str = field(repr=False)
    client: str
    subject: str | None = None
    scopes: tuple[str, ...] = ()
    expires_at: float | None = None
    claims: Mapping[str, JSON] = field(default_factory=dict)

    def __post_init__(self) -> None:
        digits = self.sha256.lower()
        if len(digits) != 64 or set(digits) - set("0123456789abcdef"):  # noqa: PLR2004  256 bits in hex
            raise ConfigInvalid(
                f"The hash of the API key of '{self.client}' is not a SHA-256 in hex."
            )


@tells_options
@dataclass(frozen=True, slots=True)
class IntrospectionSettings:
    """Where opaque tokens are asked about (RFC 7662).

    Attributes:
        url: The introspection endpoint.
        client_id: Who the gateway is there.
        client_secret: How it proves that.
        issuers: If not empty, the answer must have one of them as `iss`.
        audiences: If not empty, the answer must have one of them as `aud`.
        max_cached_s: How long an answer is believed, at most; `exp` may shorten it.
        max_cached: How many answers are remembered.
        scope_claims: As for JWTs.
    """

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    issuers: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    max_cached_s: float = 60.0
    max_cached: int = 10_000
    scope_claims: tuple[str, ...] = ("scope", "scopes")


@tells_options
@dataclass(frozen=True, slots=True)
class AuthenticationSettings:
    """Which credentials are accepted, and where they are looked for.

    Attributes:
        jwt: Which JWTs are accepted, if any.
        introspection: Where tokens that are no JWTs are asked about, if anywhere.
        api_keys: Which API keys are accepted.
        token_sources: Where tokens are looked for; the first that holds one decides.
        key_sources: Where API keys are looked for, before tokens.
        require_authentication: Whether a request without a credential is refused.
        ignore_other_prefixes: Whether a header of `token_sources` that has another
            scheme counts as no credential, rather than as a bad one.
    """

    jwt: JWTSettings | None = None
    introspection: IntrospectionSettings | None = None
    api_keys: tuple[APIKey, ...] = ()
    token_sources: tuple[Source, ...] = (HeaderSource(),)
    key_sources: tuple[Source, ...] = (HeaderSource("x-api-key", ""),)
    require_authentication: bool = False
    ignore_other_prefixes: bool = False
