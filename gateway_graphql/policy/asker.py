"""Who asks: what limits and turns are counted by where nothing else is said."""

from __future__ import annotations

import msgspec

from gateway_graphql.exchange import JSON, RequestContext
from gateway_graphql.pipeline import Waiting
from gateway_graphql.wire.address import host_of


def address_of(context: RequestContext) -> str:
    """Who asks, in the sense of `ip`."""
    return f"ip {host_of(context.address or '')}"


def user_of(context: RequestContext) -> str:
    """Who asks, in the sense of `user`."""
    caller = context.caller
    if caller is None or caller.subject is None:
        return address_of(context)
    # Two issuers may call two persons the same.
    return f"user {text_of(caller.claims.get('iss'))} {caller.subject}"


def text_of(value: JSON) -> str:
    """A claim as a part of a name."""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value, order="deterministic").decode()


def waiting_of(context: RequestContext) -> Waiting:
    """Who waits for what takes long: those who share a limit share their turn."""
    return Waiting(user_of(context), context.gone)
