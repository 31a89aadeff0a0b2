"""Sections of the settings about HTTP -> the records of this package."""

from __future__ import annotations

from gateway_graphql.config import Config, ServerConfig
from gateway_graphql.server.border.cors import OriginPolicy
from gateway_graphql.server.border.csrf import CSRFRule
from gateway_graphql.server.border.rules import Border
from gateway_graphql.server.graphql.endpoint import RequestLimits
from gateway_graphql.server.head_limit import HeadLimits
from gateway_graphql.server.pages.playground import (
    Account,
    Example,
    Login,
    PlaygroundOptions,
)


def limits_of(config: ServerConfig) -> RequestLimits:
    """What a client may ask of the server."""
    return RequestLimits(config.max_body_bytes, config.timeout_s)


def head_limits_of(config: ServerConfig) -> HeadLimits:
    """What a connection may cost before its request is known."""
    return HeadLimits(
        config.head_timeout_s,
        config.max_connections_per_address,
        config.trusted_proxies,
    )


def border_of(config: ServerConfig) -> Border:
    """Who may ask, from where, and how much at a time."""
    return Border(
        CSRFRule(config.csrf.applies_to, config.csrf.headers),
        tuple(
            OriginPolicy(
                origins=policy.origins,
                patterns=policy.matching,
                allow_credentials=policy.allow_credentials,
                headers=policy.headers,
                expose_headers=policy.expose_headers,
                max_age_s=int(policy.max_age),
            )
            for policy in config.cors
        ),
        config.trusted_proxies,
        config.batching.max_size if config.batching.enabled else None,
        config.compression.min_bytes if config.compression.enabled else None,
    )


def playground_of(config: Config) -> PlaygroundOptions:
    """What the playground offers; accounts only where they are no secret."""
    login = config.playground.login if config.playground.offers_login else None
    return PlaygroundOptions(
        config.server.example,
        tuple(
            Example(example.name, example.query, example.variables)
            for example in config.playground.examples
        ),
        None
        if login is None
        else Login(
            login.query,
            login.token,
            login.header,
            login.prefix,
            tuple(Account(one.name, one.variables) for one in login.accounts),
        ),
        traces=config.server.trace is True,
    )
