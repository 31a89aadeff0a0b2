"""Count one request: what it needs, what it gets, and what its client is told.

A study says which limits an operation has; a request adds who asks and with which
variables. All its buckets go to the store in one call. An operation's or a client's
limit that is exceeded refuses the request; a field's has the field taken out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import msgspec

from gateway_graphql.errors import ErrorDetail, RateLimited
from gateway_graphql.exchange import RequestContext
from gateway_graphql.language.operation import Operation
from gateway_graphql.language.pruning import NOTHING, Place, affected, path_of
from gateway_graphql.language.type_reference import named_type
from gateway_graphql.policy.rate_limit.arguments import Variables
from gateway_graphql.policy.rate_limit.counted_operation import (
    CountedField,
    CountedOperation,
    counted_operation,
)
from gateway_graphql.policy.rate_limit.field_charges import (
    FieldCharges,
    charge_fields,
)
from gateway_graphql.policy.rate_limit.headers import (
    limit_headers,
    retry_headers,
    standing,
)
from gateway_graphql.policy.rate_limit.identity import claim_of
from gateway_graphql.policy.rate_limit.requirement import Requirement
from gateway_graphql.policy.rate_limit.schedule import Schedule
from gateway_graphql.policy.store.buckets.bucket import (
    Bucket,
    BucketLevel,
    Decision,
    Outcome,
    Store,
)
from gateway_graphql.spelling import tells_options
from gateway_graphql.supergraph.model import FieldDefinition


@dataclass(frozen=True, slots=True)
class Standing:
    """A limit that a request is charged with, and how it stands.

    Attributes:
        name: The limit's name.
        place: The field, `None` where it is the whole operation.
        level: How it stands.
    """

    name: str
    place: Place | None
    level: BucketLevel

    def to_json(self) -> dict[str, object]:
        """The limit as a client is told of it."""
        is_taken = self.level.outcome is Outcome.TAKEN
        return {
            "name": self.name,
            "path": None if self.place is None else list(path_of(self.place)),
            "charged": self.level.charge.amount if is_taken else 0,
            "isExceeded": self.level.outcome is Outcome.EXCEEDED,
            **standing(self.level),
        }


class Grant(msgspec.Struct, frozen=True):
    """What a request gets.

    Attributes:
        removals: Places of fields whose limit is exceeded.
        errors: One for each of them.
        headers: `RateLimit` and `RateLimit-Policy`.
        points: What was taken from the cost budget.
        budget: Where it was taken, `None` without a budget.
        in_reserve: Whether the store's reserve gave it.
        standings: The limits charged; only for a request that is traced.
    """

    removals: frozenset[Place] = NOTHING
    errors: tuple[ErrorDetail, ...] = ()
    headers: Mapping[str, str] = MappingProxyType({})
    points: int = 0
    budget: Bucket | None = None
    in_reserve: bool = False
    standings: tuple[Standing, ...] = ()

    def without_budget(self) -> Grant:
        """The same, with no points to be given back."""
        return msgspec.structs.replace(self, budget=None)


@tells_options
class RateLimiter:
    """Counts the requests of one supergraph; its store may outlive it."""

    def __init__(self, schedule: Schedule, store: Store) -> None:
        self._schedule = schedule
        self._store = store
        self._tiers = [(tier.claim, tier.value) for tier in schedule.tiers[:-1]]
        # Returns of points under way; kept so that they are not collected.
        self._returns: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        return f"<RateLimiter {self._schedule!r} {self._store!r}>"

    def study(self, operation: Operation) -> CountedOperation:
        """What of an operation is counted; once per document."""
        return counted_operation(self._schedule, operation)

    def limits_of(self, type_name: str, field: FieldDefinition) -> Iterator[str]:
        """The limits on a field and on what it returns, as `RateLimit-Policy` items."""
        schedule = self._schedule
        returned = named_type(field.type)
        possible = schedule.supergraph.possible_types.get(returned, (returned,))
        for counter in schedule.of_field(type_name, field):
            yield counter.policy
        for counter in schedule.of_types(possible):
            yield counter.policy

    async def admit(
        self,
        study: CountedOperation,
        variables: Variables,
        context: RequestContext,
        *,
        points: int = 0,
        removals: frozenset[Place] = NOTHING,
    ) -> Grant:
        """Take what a request needs.

        Args:
            study: Of its operation.
            variables: Coerced.
            context: Who asks.
            points: The operation's estimated cost.
            removals: Places that are taken out already; they count for nothing.

        Raises:
            RateLimited: The operation's, the client's or the budget's limit is
                exceeded; nothing was taken.
            RateLimitsUnavailable: The store is down, and the settings want no answers
                without it.
        """
        requirement = study.requirements[self._tier(context) if self._tiers else 0]
        required = requirement.charges(context, points)
        fields = _NO_FIELDS
        if study.fields:
            fields = self._fields(study, variables, context, removals)
        if not (required or fields.groups):
            return _NOTHING_COUNTED
        decision = await self._store.take(required, fields.groups)
        headers = limit_headers(
            requirement.policies, requirement.template, decision.required
        )
        if not decision.is_allowed:
            raise _refusal(requirement, decision, headers)
        withheld, errors = NOTHING, _NO_ERRORS
        if fields.groups:
            withheld, errors = _withheld(fields, decision)
        return Grant(
            withheld,
            errors,
            headers,
            points if requirement.has_budget else 0,
            required[-1].bucket if requirement.has_budget else None,
            decision.in_reserve,
            _standings(requirement, fields, decision) if context.is_traced else (),
        )

    async def look(
        self,
        study: CountedOperation,
        variables: Variables,
        context: RequestContext,
        *,
        points: int = 0,
        removals: frozenset[Place] = NOTHING,
    ) -> tuple[Standing, ...]:
        """How the limits of a request stand, as if it were admitted; nothing is taken.

        Raises:
            RateLimitsUnavailable: As for `admit`.
        """
        requirement = study.requirements[self._tier(context)]
        required = requirement.charges(context, points)
        fields = self._fields(study, variables, context, removals)
        decision = await self._store.look(required, fields.groups)
        return _standings(requirement, fields, decision)

    async def check_client(self, context: RequestContext) -> None:
        """Look whether the client may ask for one thing more; nothing is taken.

        Raises:
            RateLimited: It may not.
            RateLimitsUnavailable: As for `admit`.
        """
        requirement = self._schedule.of_client[self._tier(context)]
        if not requirement.counters:
            return
        charges = requirement.charges(context, _UNREAD_POINTS)
        decision = await self._store.look(charges)
        if any(level.outcome is Outcome.EXCEEDED for level in decision.required):
            raise _refusal(requirement, decision, _headers(requirement, decision))

    async def charge_client(self, context: RequestContext) -> Mapping[str, str]:
        """Take for a request that was refused: it was read all the same.

        Raises:
            RateLimited: The client's limit or its budget is exceeded.
            RateLimitsUnavailable: As for `admit`.
        """
        requirement = self._schedule.of_client[self._tier(context)]
        if not requirement.counters:
            return {}
        charges = requirement.charges(context, _UNREAD_POINTS)
        decision = await self._store.take(charges)
        headers = _headers(requirement, decision)
        if not decision.is_allowed:
            raise _refusal(requirement, decision, headers)
        return headers

    def settle(self, grant: Grant, points: int) -> None:
        """Give back what an operation did not cost, or take what it cost more.

        It is not waited for, and cannot fail the request.

        Args:
            grant: What the operation was given.
            points: What it cost.
        """
        if grant.budget is None or grant.points == points:
            return
        returning = asyncio.get_running_loop().create_task(
            self._store.give_back(
                grant.budget, grant.points - points, in_reserve=grant.in_reserve
            )
        )
        self._returns.add(returning)
        returning.add_done_callback(self._returns.discard)

    async def settled(self) -> None:
        """Wait until all that was given back is."""
        await asyncio.gather(*self._returns)

    def _tier(self, context: RequestContext) -> int:
        """Which tier the caller is in; the last is for everybody."""
        for index, (claim, value) in enumerate(self._tiers):
            said = claim_of(context, claim)
            if said == value or (isinstance(said, list) and value in said):
                return index
        return len(self._tiers)

    def _fields(
        self,
        study: CountedOperation,
        variables: Variables,
        context: RequestContext,
        removals: frozenset[Place],
    ) -> FieldCharges:
        secret = self._schedule.settings.key_secret
        return charge_fields(study, variables, context, removals, secret)


_UNREAD_POINTS: Final = 1
"""Of the cost budget, for a request that is not executed."""


def _headers(requirement: Requirement, decision: Decision) -> Mapping[str, str]:
    return limit_headers(requirement.policies, requirement.template, decision.required)


def _refusal(
    requirement: Requirement, decision: Decision, headers: Mapping[str, str]
) -> RateLimited:
    """The refusal names the limit that is longest in the way."""
    exceeded = [
        (counter, level)
        for counter, level in zip(requirement.counters, decision.required, strict=True)
        if level.outcome is Outcome.EXCEEDED
    ]
    counter, level = max(exceeded, key=lambda one: _wait_ms(one[1]))
    return RateLimited(
        counter.name,
        standing=standing(level),
        headers={**headers, **retry_headers(decision.required)},
    )


def _wait_ms(level: BucketLevel) -> float:
    wait_ms = level.retry_after_ms
    return float("inf") if wait_ms is None else wait_ms


def _standings(
    requirement: Requirement, fields: FieldCharges, decision: Decision
) -> tuple[Standing, ...]:
    """How every limit of a request stands."""
    found = [
        Standing(counter.name, None, level)
        for counter, level in zip(requirement.counters, decision.required, strict=True)
    ]
    for counted, names, levels in zip(
        fields.fields, fields.names, decision.groups, strict=True
    ):
        found += [
            Standing(name, counted.place, level)
            for name, level in zip(names, levels, strict=True)
        ]
    return tuple(found)


def _withheld(
    fields: FieldCharges, decision: Decision
) -> tuple[frozenset[Place], tuple[ErrorDetail, ...]]:
    """The places of the fields whose limit is exceeded, and an error for each."""
    removals: list[Place] = []
    errors: list[ErrorDetail] = []
    for counted, names, levels in zip(
        fields.fields, fields.names, decision.groups, strict=True
    ):
        if levels[0].outcome is Outcome.TAKEN:
            continue
        exceeded = [
            (name, level)
            for name, level in zip(names, levels, strict=True)
            if level.outcome is Outcome.EXCEEDED
        ]
        if exceeded:
            name, level = max(exceeded, key=lambda one: _wait_ms(one[1]))
            removals.append(counted.place)
            errors.append(_error(name, level, counted))
    return frozenset(removals), tuple(errors)


def _error(name: str, level: BucketLevel, counted: CountedField) -> ErrorDetail:
    wait_ms = level.retry_after_ms
    message = (
        f"{name} takes more than its limit ever gives."
        if wait_ms is None
        else f"The limit on {name} is reached; retry in {-(-wait_ms // 1000)} s."
    )
    return ErrorDetail(
        message,
        RateLimited.code,
        counted.path,
        extensions=(
            *affected(counted.place, counted.path),
            ("rateLimit", standing(level)),
        ),
    )


_NO_ERRORS: Final[tuple[ErrorDetail, ...]] = ()
_NOTHING_COUNTED: Final = Grant()
_NO_FIELDS: Final = FieldCharges([], [], [])
