"""`@rateLimit` as a Strawberry schema directive.

@strawberry.mutation(directives=[RateLimit(limit=5, by=["arg:email"])])
def login(self, email: str, password: str) -> Session: ...
"""

from __future__ import annotations

from strawberry.federation.schema_directive import schema_directive
from strawberry.schema_directive import Location

from gateway_graphql.policy.rate_limit.directive import (
    DEFAULT_WINDOW,
    FEATURE_URL,
    NAME,
)
from gateway_graphql.spelling import tells_options


@tells_options
@schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.OBJECT],
    name=NAME,
    repeatable=True,
    compose=True,
    import_url=FEATURE_URL,
    description="How often the gateway lets a field, or fields of a type, be called.",
)
class RateLimit:
    """A limit on how often a field is called, or the fields that return a type.

    Attributes:
        limit: How many calls in a window, in the long run.
        window: A number and a unit: `30s`, `1m`, `1h`, `1d`.
        by: Who shares the allowance: `user`, `client`, `ip`, `claim:NAME`,
            `header:NAME`, `arg:NAME`; several together identify it. Each client has
            its own without it.
        burst: How many calls at once; as many as `limit` without it.
        cost: What one call takes.
    """

    limit: int
    window: str = DEFAULT_WINDOW
    by: list[str] | None = None
    burst: int | None = None
    cost: int = 1
