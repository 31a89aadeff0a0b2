"""Section `authentication`: who asks, and what subgraphs are told of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import AwareDatetime, Field, SecretStr, model_validator

from gateway_graphql.addresses import url_problem
from gateway_graphql.config.section import (
    URL,
    ReadableFile,
    Secret,
    Section,
    Window,
)
from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.policy.authentication import (
    APIKey,
    AuthenticationSettings,
    CookieSource,
    HeaderSource,
    IntrospectionSettings,
    Issuer,
    JWTSettings,
    Propagation,
    PropagationSettings,
)
from gateway_graphql.policy.authentication.api_keys import APIKeyVerifier
from gateway_graphql.policy.authentication.settings import Source

_ORIGIN = re.compile(r"\{subgraphs\.([^{}]+)\.origin\}")
_Names = Annotated[tuple[str, ...], Field(min_length=1)]
_Made = TypeVar("_Made")


def _checked(make: Callable[[], _Made]) -> _Made:
    """Make a record; what it complains of becomes a complaint about its place here."""
    try:
        return make()
    except ConfigInvalid as error:
        raise ValueError(str(error)) from None


def _origin(origins: Mapping[str, str]) -> Callable[[re.Match[str]], Any]:
    return lambda found: origins.get(found[1], found[0])


def _origin_of(url: str) -> str:
    scheme, location, *_ = urlsplit(url)
    return f"{scheme}://{location}"


class SourceConfig(Section):
    """Where a credential is looked for: either a header or a cookie.

    Attributes:
        header: The header's name.
        prefix: The scheme before the credential; by default `Bearer` in the header
            `Authorization`, and none in others.
        cookie: The cookie's name.
    """

    header: str | None = None
    prefix: str | None = None
    cookie: str | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.header is None) == (self.cookie is None):
            raise ValueError("should have either a header or a cookie")
        if self.cookie is not None and self.prefix is not None:
            raise ValueError("a cookie has no prefix")
        return self

    def to_source(self) -> Source:
        """The source as the policy knows it."""
        if self.header is None:
            return CookieSource(self.cookie or "")
        name = self.header.lower()
        default = "Bearer" if name == "authorization" else ""
        return HeaderSource(name, default if self.prefix is None else self.prefix)


class IssuerConfig(Section):
    """Somebody whose JWTs are accepted.

    Attributes:
        issuers: Values of `iss` that are this one.
        audiences: Values of `aud` of which a token needs at least one.
        algorithms: How its tokens may be signed: RS256, PS256, ES256, EdDSA and their
            longer siblings.
        jwks_url: Where its public keys are; `{subgraphs.NAME.origin}` stands for scheme,
            host and port of a subgraph.
        jwks_file: A file with its public keys, instead of a URL.
        poll_interval: How old its keys may get before they are read again.
        types: Values of `typ` that a token may have.
    """

    issuers: _Names
    audiences: _Names
    algorithms: _Names
    jwks_url: str | None = None
    jwks_file: ReadableFile | None = None
    poll_interval: Window = 60
    types: tuple[str, ...] = ("jwt", "at+jwt")

    @model_validator(mode="after")
    def _is_right(self) -> Self:
        if (self.jwks_url is None) == (self.jwks_file is None):
            raise ValueError("should have either jwks_url or jwks_file")
        if self.jwks_url is not None:
            example = _ORIGIN.sub("http://subgraph", self.jwks_url)
            if problem := url_problem(example):
                raise ValueError(f"jwks_url {problem}")
        _checked(lambda: self.to_issuer({}))
        return self

    def to_issuer(self, origins: Mapping[str, str]) -> Issuer:
        """The issuer as the policy knows it; placeholders without an origin stay."""
        return Issuer(
            issuers=self.issuers,
            audiences=self.audiences,
            algorithms=self.algorithms,
            jwks=self.jwks_file or _ORIGIN.sub(_origin(origins), self.jwks_url or ""),
            poll_interval_s=self.poll_interval,
            types=tuple(name.lower() for name in self.types),
        )


class JWTConfig(Section):
    """Which JWTs are accepted.

    Attributes:
        issuers: Who may issue them.
        leeway: By how much clocks may differ, at most a minute.
        scope_claims: Claims that may hold the scopes; the first that is there does.
        max_token_bytes: The longest token that is looked at.
        max_cached: How many verified tokens are remembered.
    """

    issuers: tuple[IssuerConfig, ...] = Field(min_length=1)
    leeway: Annotated[Window, Field(le=60)] = 30
    scope_claims: _Names = ("scope", "scopes")
    max_token_bytes: Annotated[int, Field(ge=1)] = 8192
    max_cached: Annotated[int, Field(ge=1)] = 10_000

    @model_validator(mode="after")
    def _is_right(self) -> Self:
        _checked(lambda: self.to_settings({}))
        return self

    def to_settings(self, origins: Mapping[str, str]) -> JWTSettings:
        """The settings as the policy knows them."""
        return JWTSettings(
            issuers=tuple(issuer.to_issuer(origins) for issuer in self.issuers),
            leeway_s=self.leeway,
            scope_claims=self.scope_claims,
            max_token_bytes=self.max_token_bytes,
            max_cached=self.max_cached,
        )


class IntrospectionConfig(Section):
    """Where tokens that are no JWTs are asked about (RFC 7662).

    Attributes:
        url: The introspection endpoint.
        client_id: Who the gateway is there.
        client_secret: How it proves that.
        issuers: If there are any, the answer must name one of them as `iss`.
        audiences: If there are any, the answer must name one of them as `aud`.
        max_age: How long an answer is believed, at most.
        max_cached: How many answers are remembered.
        scope_claims: As for JWTs.
    """

    url: URL
    client_id: str
    client_secret: Secret
    issuers: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    max_age: Window = 60
    max_cached: Annotated[int, Field(ge=1)] = 10_000
    scope_claims: _Names = ("scope", "scopes")

    def to_settings(self) -> IntrospectionSettings:
        """The settings as the policy knows them."""
        return IntrospectionSettings(
            url=self.url,
            client_id=self.client_id,
            client_secret=self.client_secret.get_secret_value(),
            issuers=self.issuers,
            audiences=self.audiences,
            max_cached_s=self.max_age,
            max_cached=self.max_cached,
            scope_claims=self.scope_claims,
        )


class APIKeyConfig(Section):
    """An API key.

    Attributes:
        client: Which client holds it.
        sha256: The SHA-256 of the key in hex: `printf %s KEY | sha256sum`.
        subject: Whom it speaks for.
        scopes: What it allows.
        expires_at: When it stops working, with a time zone.
        claims: What else is to be known of its callers, for example their tier.
    """

    client: str
    sha256: Secret
    subject: str | None = None
    scopes: tuple[str, ...] = ()
    expires_at: AwareDatetime | None = None
    claims: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_right(self) -> Self:
        _checked(self.to_key)
        return self

    def to_key(self) -> APIKey:
        """The key as the policy knows it."""
        end: datetime | None = self.expires_at
        return APIKey(
            sha256=self.sha256.get_secret_value(),
            client=self.client,
            subject=self.subject,
            scopes=self.scopes,
            expires_at=None if end is None else end.timestamp(),
            claims=self.claims,
        )


class PropagationConfig(Section):
    """What subgraphs are told of the caller.

    Attributes:
        headers: Header -> template of its value, such as `{claims.sub}`, `{subject}`,
            `{scopes}` or `{credential}`.
        extension: The member of the request's `extensions` that holds the claims, for
            example `jwt`; empty for none.
        extension_claims: Which claims it holds; empty for all.
        subgraphs: Which subgraphs are told; empty for all.
        secret: What requests to all subgraphs are signed with, at least 32 characters;
            empty for no signature.
    """

    headers: dict[str, str] = Field(default_factory=dict)
    extension: str = ""
    extension_claims: tuple[str, ...] = ()
    subgraphs: tuple[str, ...] = ()
    secret: Secret = SecretStr("")

    @model_validator(mode="after")
    def _is_right(self) -> Self:
        _checked(lambda: Propagation(self.to_settings()))
        return self

    def to_settings(self) -> PropagationSettings:
        """The settings as the policy knows them."""
        return PropagationSettings(
            headers=self.headers,
            extension=self.extension,
            extension_claims=self.extension_claims,
            subgraphs=self.subgraphs,
            secret=self.secret.get_secret_value(),
        )


class AuthenticationConfig(Section):
    """Who asks, and what subgraphs are told of it.

    Attributes:
        require_authentication: Whether a request without a credential is refused.
        sources: Where tokens are looked for; the first that holds one decides.
        ignore_other_prefixes: Whether a header of `sources` with another scheme counts
            as no credential, rather than as a bad one.
        jwt: Which JWTs are accepted.
        introspection: Where other tokens are asked about.
        api_key_sources: Where API keys are looked for, before tokens.
        api_keys: Which API keys are accepted.
        propagation: What subgraphs are told of the caller.
    """

    require_authentication: bool = False
    sources: tuple[SourceConfig, ...] = (SourceConfig(header="authorization"),)
    ignore_other_prefixes: bool = False
    jwt: JWTConfig | None = None
    introspection: IntrospectionConfig | None = None
    api_key_sources: tuple[SourceConfig, ...] = (SourceConfig(header="x-api-key"),)
    api_keys: tuple[APIKeyConfig, ...] = ()
    propagation: PropagationConfig = PropagationConfig()

    @model_validator(mode="after")
    def _is_right(self) -> Self:
        _checked(lambda: APIKeyVerifier([key.to_key() for key in self.api_keys]))
        return self

    def to_settings(self, urls: Mapping[str, str]) -> AuthenticationSettings:
        """The settings as the policy knows them.

        Args:
            urls: Subgraph name -> its URL, for placeholders.

        Raises:
            ConfigInvalid: A placeholder names no subgraph.
        """
        origins = {name: _origin_of(url) for name, url in urls.items()}
        return AuthenticationSettings(
            jwt=self._jwt(origins),
            introspection=(
                self.introspection.to_settings() if self.introspection else None
            ),
            api_keys=tuple(key.to_key() for key in self.api_keys),
            token_sources=tuple(source.to_source() for source in self.sources),
            key_sources=tuple(source.to_source() for source in self.api_key_sources),
            require_authentication=self.require_authentication,
            ignore_other_prefixes=self.ignore_other_prefixes,
        )

    def _jwt(self, origins: Mapping[str, str]) -> JWTSettings | None:
        if self.jwt is None:
            return None
        for issuer in self.jwt.issuers:
            for name in _ORIGIN.findall(issuer.jwks_url or ""):
                if name not in origins:
                    raise ConfigInvalid(
                        f"authentication.jwt: jwks_url names the subgraph '{name}', "
                        f"but there are only {', '.join(origins)}."
                    )
                if origins[name].startswith("unix:"):
                    raise ConfigInvalid(
                        f"authentication.jwt: jwks_url names the subgraph '{name}', "
                        "which is behind a Unix socket."
                    )
        return self.jwt.to_settings(origins)
