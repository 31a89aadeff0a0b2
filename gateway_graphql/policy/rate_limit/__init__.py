"""How often who may ask for what: limits per operation, field and client.

`Schedule` finds the limits of a supergraph, `RateLimiter` counts requests against them
in a `Store` of `policy.store.buckets`: `MemoryStore` in this process, or `RedisStore`
(which needs the extra `redis`) behind a `FailoverStore`.
"""

from gateway_graphql.policy.rate_limit.counted_operation import CountedOperation
from gateway_graphql.policy.rate_limit.identity import (
    Identifier,
    parse_identifier,
)
from gateway_graphql.policy.rate_limit.limiter import Grant, RateLimiter, Standing
from gateway_graphql.policy.rate_limit.schedule import Schedule
from gateway_graphql.policy.rate_limit.settings import (
    FieldLimit,
    Limit,
    OperationLimit,
    RateLimits,
    Tier,
)
from gateway_graphql.policy.rate_limit.window import parse_window
from gateway_graphql.policy.store.buckets.bucket import (
    Bucket,
    BucketLevel,
    Charge,
    Decision,
    Group,
    Outcome,
    Rate,
    Store,
)
from gateway_graphql.policy.store.buckets.failover import FailoverStore, Health
from gateway_graphql.policy.store.buckets.memory import MemoryStore

__all__ = [
    "Bucket",
    "BucketLevel",
    "Charge",
    "CountedOperation",
    "Decision",
    "FailoverStore",
    "FieldLimit",
    "Grant",
    "Group",
    "Health",
    "Identifier",
    "Limit",
    "MemoryStore",
    "OperationLimit",
    "Outcome",
    "Rate",
    "RateLimiter",
    "RateLimits",
    "Schedule",
    "Standing",
    "Store",
    "Tier",
    "parse_identifier",
    "parse_window",
]
