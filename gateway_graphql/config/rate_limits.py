"""Section `rate_limits`: how often who may ask for what, and where it is counted."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    WithJsonSchema,
    model_validator,
)

from gateway_graphql.config.section import Count, Secret, Section, Window
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.policy.rate_limit import (
    FailoverStore,
    FieldLimit,
    Limit,
    MemoryStore,
    OperationLimit,
    Rate,
    RateLimits,
    Store,
    Tier,
    parse_identifier,
    parse_window,
)
from gateway_graphql.policy.store import keys
from gateway_graphql.policy.store.buckets.memory import DEFAULT_MAX_BUCKETS


def _window_us(value: object) -> object:
    if isinstance(value, str):
        return parse_window(value)
    raise ValueError('should be a window such as "30s", "1m", "1h" or "1d"')


def _checked(value: str) -> str:
    parse_identifier(value)
    return value


LimitWindow: TypeAlias = Annotated[
    int,
    BeforeValidator(_window_us),
    WithJsonSchema({"type": "string", "pattern": r"^\s*\d{1,9}\s*(ms|s|m|h|d)\s*$"}),
]
"""Microseconds, written `30s`, `1m`, `1h`, `1d`."""

By: TypeAlias = Annotated[
    tuple[Annotated[str, AfterValidator(_checked)], ...], Field(min_length=1)
]
_MINUTE_US = parse_window("1m")


class _Allowance(Section):
    """What limits and budgets share."""

    window: LimitWindow = Field(default=_MINUTE_US, json_schema_extra={"default": "1m"})
    by: By = ("client",)
    burst: Count | None = None

    def _limit(self, amount: int, cost: int = 1) -> Limit:
        return Limit(
            Rate.per_window(amount, self.window, self.burst),
            tuple(parse_identifier(item) for item in self.by),
            cost,
        )


class LimitConfig(_Allowance):
    """A limit on calls.

    Attributes:
        limit: How many calls in a window, in the long run.
        window: `30s`, `1m`, `1h` or `1d`.
        by: Who shares the allowance: `user`, `client`, `ip`, `claim:NAME`,
            `header:NAME`, for fields also `arg:NAME`. Several together identify it.
        burst: How many calls at once; as many as `limit` without it.
        cost: What one call takes.
    """

    limit: Count
    cost: Annotated[int, Field(ge=0)] = 1

    @model_validator(mode="after")
    def _can_be_counted(self) -> LimitConfig:
        self.to_limit()
        return self

    def to_limit(self) -> Limit:
        """The policy's own record."""
        return self._limit(self.limit, self.cost)


class OperationLimitConfig(LimitConfig):
    """A limit on operations.

    Attributes:
        name: The operation's name; any without it. Clients choose names, so it binds
            only where operations are known in advance.
        kind: `query`, `mutation` or `subscription`; any without it.
    """

    name: str | None = None
    kind: OperationKind | None = None


class BudgetConfig(_Allowance):
    """A limit on cost points.

    Attributes:
        points: How many points in a window, in the long run.
        window: `30s`, `1m`, `1h` or `1d`.
        by: Who shares the budget, as for limits.
        burst: How many points at once; as many as `points` without it.
    """

    points: Count

    @model_validator(mode="after")
    def _can_be_counted(self) -> BudgetConfig:
        self.to_limit()
        return self

    def to_limit(self) -> Limit:
        """The policy's own record."""
        return self._limit(self.points)


class TierConfig(Section):
    """Other allowances for some clients.

    Attributes:
        claim: The claim that says who is in the tier.
        value: What it says; of a claim that is a list, one of its items.
        client: Instead of `rate_limits.client`.
        budget: Instead of `rate_limits.budget`.
    """

    claim: Annotated[str, Field(min_length=1)]
    value: str
    client: LimitConfig | None = None
    budget: BudgetConfig | None = None


class RedisConfig(Section):
    """Where several gateway processes count together.

    Attributes:
        url: `redis://`, `rediss://` or `unix://`.
        cluster: Whether it is a Redis Cluster.
        timeout: How long one request may wait for it.
        on_failure: What happens while it does not answer: `memory` counts in each
            process, `refuse` answers 503.
    """

    url: Secret
    cluster: bool = False
    timeout: Window = 0.05
    on_failure: Literal["memory", "refuse"] = "memory"


class RateLimitsConfig(Section):
    """How often who may ask for what.

    Limits on fields and types may stand in the schema, too, as `@rateLimit`.

    Attributes:
        client: Requests of each client.
        budget: Cost points of each client.
        tiers: The first that fits a caller counts.
        operations: Limits on operations; all that fit count.
        fields: Limits by coordinate, such as `Mutation.login`.
        client_claim: The claim that names the application, for `by: [client]`;
            without it, a client is a user.
        max_buckets: How many buckets one process remembers.
        redis: Where several processes count together; each for itself without it.
        key_prefix: What keys in Redis begin with; for a cluster, with a hash tag.
        key_secret: Makes keys impossible to guess; the same for all processes.
    """

    client: LimitConfig | None = None
    budget: BudgetConfig | None = None
    tiers: tuple[TierConfig, ...] = ()
    operations: tuple[OperationLimitConfig, ...] = ()
    fields: Mapping[str, tuple[LimitConfig, ...]] = {}
    client_claim: str | None = None
    max_buckets: Count = DEFAULT_MAX_BUCKETS
    redis: RedisConfig | None = None
    key_prefix: Annotated[str, Field(min_length=1)] = keys.BUCKETS
    key_secret: Secret | None = None

    @model_validator(mode="after")
    def _is_in_one_slot(self) -> RateLimitsConfig:
        prefix = self.key_prefix
        has_tag = "{" in prefix and not prefix.partition("{")[2].startswith("}")
        if (
            self.redis is not None
            and self.redis.cluster
            and not (has_tag and "}" in prefix.partition("{")[2])
        ):
            raise ValueError(
                'key_prefix needs a hash tag for a cluster, such as "{gateway}:rate"'
            )
        return self

    def to_rate_limits(self) -> RateLimits:
        """The policy's own record."""
        secret = self.key_secret
        return RateLimits(
            client=self.client.to_limit() if self.client else None,
            budget=self.budget.to_limit() if self.budget else None,
            tiers=tuple(
                Tier(
                    tier.claim,
                    tier.value,
                    tier.client.to_limit() if tier.client else None,
                    tier.budget.to_limit() if tier.budget else None,
                )
                for tier in self.tiers
            ),
            operations=tuple(
                OperationLimit(rule.to_limit(), rule.name, rule.kind)
                for rule in self.operations
            ),
            fields=tuple(
                FieldLimit(coordinate, limit.to_limit())
                for coordinate, limits in self.fields.items()
                for limit in limits
            ),
            client_claim=self.client_claim,
            key_prefix=self.key_prefix,
            # A secret of any length; the policy's has at most 64 bytes.
            key_secret=sha256(secret.get_secret_value().encode()).digest()
            if secret
            else b"",
        )

    def make_store(self) -> Store:
        """The store that all supergraphs of a gateway share; close it at the end."""
        memory = MemoryStore(self.max_buckets)
        redis = self.redis
        if redis is None:
            return memory
        # Imported here because it needs the extra `redis`.
        from gateway_graphql.policy.store.buckets.redis_store import (  # noqa: PLC0415
            RedisStore,
        )

        return FailoverStore(
            RedisStore(
                redis.url.get_secret_value(),
                is_cluster=redis.cluster,
                timeout_s=redis.timeout,
            ),
            memory if redis.on_failure == "memory" else None,
        )
