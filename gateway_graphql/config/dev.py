"""Section `dev`: what a developer sees."""

from __future__ import annotations

from gateway_graphql.config.section import Seconds, Section


class DevConfig(Section):
    """What `gateway-graphql dev` shows beside addresses.

    Attributes:
        notes: Lines to print at start, such as demo accounts.
        start_timeout_s: How long a subgraph may take to become healthy.
    """

    notes: tuple[str, ...] = ()
    start_timeout_s: Seconds = 60
