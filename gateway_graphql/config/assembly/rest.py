"""Sections `rest` and `authentication` of the settings -> the records of this package."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from gateway_graphql.config import Config
from gateway_graphql.config.rest import RestConfig
from gateway_graphql.policy.authentication import AuthenticationSettings, CookieSource
from gateway_graphql.policy.authentication.settings import Source
from gateway_graphql.rest.serving.face import RestSettings
from gateway_graphql.rest.settings import SecurityScheme


def rest_of(rest: RestConfig, config: Config) -> RestSettings:
    """Which endpoints there are."""
    urls = {name: subgraph.url for name, subgraph in config.subgraphs.items()}
    return RestSettings(
        rest.endpoints,
        rest.prefix,
        {code: HTTPStatus(status) for code, status in rest.statuses.items()},
        tuple(_schemes(config.authentication.to_settings(urls))),
        rest.documentation,
        rest.title,
        rest.version,
        rest.description,
    )


def _schemes(settings: AuthenticationSettings) -> Iterator[SecurityScheme]:
    """The places where credentials may be; none if nobody looks for any."""
    if settings.jwt is not None or settings.introspection is not None:
        is_jwt = settings.introspection is None
        for number, source in enumerate(settings.token_sources, 1):
            yield _scheme(f"token{number if number > 1 else ''}", source, is_jwt=is_jwt)
    if settings.api_keys:
        for number, source in enumerate(settings.key_sources, 1):
            yield _scheme(f"apiKey{number if number > 1 else ''}", source, is_jwt=False)


def _scheme(name: str, source: Source, *, is_jwt: bool) -> SecurityScheme:
    if isinstance(source, CookieSource):
        return SecurityScheme(name, "cookie", source.name, "", is_jwt)
    return SecurityScheme(name, "header", source.name, source.prefix, is_jwt)
