"""What an operator limits, as values."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from gateway_graphql.language.operation import OperationKind
from gateway_graphql.policy.rate_limit.identity import Client, Identifier
from gateway_graphql.policy.store import keys
from gateway_graphql.policy.store.buckets.bucket import Rate
from gateway_graphql.spelling import tells_options


@tells_options
@dataclass(frozen=True, slots=True)
class Limit:
    """How often, and for whom each.

    Attributes:
        rate: How much a bucket gives.
        by: Who shares a bucket; all of them together identify it.
        cost: What one call takes.
    """

    rate: Rate
    by: tuple[Identifier, ...] = (Client(),)
    cost: int = 1


@tells_options
@dataclass(frozen=True, slots=True)
class OperationLimit:
    """A limit on operations.

    A client chooses the names of its operations, so a limit by name binds only where
    operations are known in advance.

    Attributes:
        limit: How often.
        name: The operation's name; `None` for any.
        kind: Query, mutation or subscription; `None` for any.
    """

    limit: Limit
    name: str | None = None
    kind: OperationKind | None = None


@tells_options
@dataclass(frozen=True, slots=True)
class FieldLimit:
    """A limit on a field, beside those that the schema has.

    Attributes:
        coordinate: `Type.field`.
        limit: How often.
    """

    coordinate: str
    limit: Limit


@tells_options
@dataclass(frozen=True, slots=True)
class Tier:
    """Other allowances for clients of whom a claim says something.

    Attributes:
        claim: The claim's name.
        value: What it says; of a claim that is a list, one of its items.
        client: Requests; `None` for those of everybody.
        budget: Points; `None` for those of everybody.
    """

    claim: str
    value: str
    client: Limit | None = None
    budget: Limit | None = None


@tells_options
@dataclass(frozen=True, slots=True)
class RateLimits:
    """All limits of a gateway beside those in the schema.

    Attributes:
        client: Requests of each client.
        budget: Cost points of each client.
        tiers: The first that fits a caller counts.
        operations: By name and kind; all that fit count.
        fields: By coordinate.
        client_claim: The claim that names the application, for `by: client`.
        key_prefix: What keys begin with.
        key_secret: Makes what is hashed into keys impossible to guess; the same for
            all processes that share buckets. At most 64 bytes.
    """

    client: Limit | None = None
    budget: Limit | None = None
    tiers: tuple[Tier, ...] = ()
    operations: tuple[OperationLimit, ...] = ()
    fields: tuple[FieldLimit, ...] = ()
    client_claim: str | None = None
    key_prefix: str = keys.BUCKETS
    key_secret: bytes = b""

    def __post_init__(self) -> None:
        if len(self.key_secret) > blake2b.MAX_KEY_SIZE:
            raise ValueError(f"the key's secret is over {blake2b.MAX_KEY_SIZE} bytes")
