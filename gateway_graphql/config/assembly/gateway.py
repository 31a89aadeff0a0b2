"""Settings -> a gateway for a supergraph."""

from __future__ import annotations

from gateway_graphql.config.assembly.transports import transports_of
from gateway_graphql.config.config import Config
from gateway_graphql.config.mode import Mode
from gateway_graphql.gateway import Gateway, Resource
from gateway_graphql.gateway.sources import SupergraphSource
from gateway_graphql.policy.authentication import Authentication, Propagation
from gateway_graphql.policy.gate import Policies
from gateway_graphql.policy.headers import HeaderPropagation


def make_gateway(config: Config, source: SupergraphSource) -> Gateway:
    """Make the gateway for a supergraph; where settings give a URL, it is the one used.

    Raises:
        SupergraphInvalid: The supergraph cannot be read or served.
    """
    urls = {name: subgraph.url for name, subgraph in config.subgraphs.items()}
    propagation = Propagation(config.authentication.propagation.to_settings())
    border = header_border(config)
    authentication = Authentication(config.authentication.to_settings(urls))
    persisted = config.persisted.make_middleware()
    policies = _policies(config)
    mode = config.mode or Mode.PRODUCTION
    transports = transports_of(config)
    return Gateway.from_supergraph(
        source,
        transports=transports,
        subgraph_timeout_s=config.server.subgraph_timeout_s,
        middleware=[
            *([border] if border else []),
            authentication,
            persisted,
        ],
        gate=policies,
        resources=[
            part
            for part in (authentication, persisted, policies, *transports.values())
            if isinstance(part, Resource)
        ],
        # What rules let through goes first, so that what the gateway itself tells
        # subgraphs cannot be replaced by it.
        around_transports=[*([border.around] if border else []), propagation.around],
        forward_headers=("*",) if border else config.server.forward_headers,
        suggests=config.errors.suggests(mode),
        mask=config.errors.to_masking(mode),
        error_limits=config.errors.to_limits(),
        explains=config.server.explain,
        traces=config.server.trace is True,
        operation_limits=config.limits.to_limits(),
        sharing=config.sharing.to_settings(),
    )


def _policies(config: Config) -> Policies:
    demand_control = config.demand_control
    return Policies(
        authorization=config.authorization.to_settings(),
        demand_control=demand_control.to_settings() if demand_control else None,
        rate_limits=config.rate_limits.to_rate_limits(),
        store=config.rate_limits.make_store(),
    )


def header_border(config: Config) -> HeaderPropagation | None:
    """What lets headers through; without rules, the gateway forwards those named."""
    if config.headers is None:
        return None
    return HeaderPropagation(config.headers.to_rules(config.server.forward_headers))
