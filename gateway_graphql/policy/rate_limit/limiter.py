"""Count one request: what it needs, what it gets, and what its client is told.

A study says which limits an operation has; a request adds who asks and with which
variables. All its buckets go to the store in one call. An operation's or a client's
limit that is exceeded refuses the request; a field's has the field taken out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from gateway_graphql.errors import ErrorDetail, RateLimited
from gateway_graphql.language.operation import Condition, Operation
from gateway_graphql.language.pruning import NOTHING, Place, path_of
from gateway_graphql.language.type_reference import named_type
from gateway_graphql.policy.rate_limit.arguments import Variables
from gateway_graphql.policy.rate_limit.bucket import (
    Bucket,
    Charge,
    Group,
    Level,
    Outcome,
    Store,
    Verdict,
)
from gateway_graphql.policy.rate_limit.headers import (
    limit_headers,
    retry_headers,
    standing,
)
from gateway_graphql.policy.rate_limit.identity import claim_of
from gateway_graphql.policy.rate_limit.schedule import Counter, Schedule, TierCounters
from gateway_graphql.policy.rate_limit.study import (
    CountedField,
    FieldCounter,
    Study,
    study_operation,
)
from gateway_graphql.request import RequestContext
from gateway_graphql.supergraph.model import FieldDefinition

_DIGEST_BYTES: Final = 16
_MAX_REMEMBERED: Final = 256
"""Characters; what a client can make longer is not kept in memory."""
_OWNERS_REMEMBERED: Final = 4096


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
    level: Level

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


class Grant(NamedTuple):
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


class RateLimiter:
    """Counts the requests of one supergraph; its store may outlive it."""

    def __init__(self, schedule: Schedule, store: Store) -> None:
        self._schedule = schedule
        self._store = store
        # A counter's stem -> its charge for an owner, made once for each of them.
        self._charge_by_stem: dict[str, Callable[[str], Charge]] = {}
        # Returns of points under way; kept so that they are not collected.
        self._returns: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        return f"<RateLimiter {self._schedule!r} {self._store!r}>"

    def study(self, operation: Operation) -> Study:
        """What of an operation is counted; once per document."""
        return study_operation(self._schedule, operation)

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
        study: Study,
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
        request = self._request(study, variables, context, points, removals)
        if not (request.required or request.groups):
            return _NOTHING_COUNTED
        verdict = await self._store.take(request.required, request.groups)
        headers = limit_headers(
            [counter.name for counter in request.counters],
            [counter.policy for counter in request.counters],
            verdict.required,
        )
        if not verdict.is_allowed:
            raise _refusal(request, verdict, headers)
        grant = _grant(request, verdict, headers)
        if context.is_traced:
            return grant._replace(standings=_standings(request, verdict))
        return grant

    async def look(
        self,
        study: Study,
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
        request = self._request(study, variables, context, points, removals)
        verdict = await self._store.look(request.required, request.groups)
        return _standings(request, verdict)

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

    def _request(
        self,
        study: Study,
        variables: Variables,
        context: RequestContext,
        points: int,
        removals: frozenset[Place],
    ) -> _Request:
        request = _Request(self._schedule, self._charge_by_stem, variables, context)
        request.require(study, points)
        if study.fields:
            request.add_fields(study, removals)
        return request


class _Request:
    """The charges of one request; filled once, then read."""

    __slots__ = (
        "_charge_by_stem",
        "_context",
        "_settings",
        "_tiers",
        "_variables",
        "budget",
        "counters",
        "fields",
        "groups",
        "names",
        "required",
    )

    def __init__(
        self,
        schedule: Schedule,
        charge_by_stem: dict[str, Callable[[str], Charge]],
        variables: Variables,
        context: RequestContext,
    ) -> None:
        self._settings = schedule.settings
        self._charge_by_stem = charge_by_stem
        self._tiers = schedule.tiers
        self._variables = variables
        self._context = context
        self.required: list[Charge] = []
        self.counters: list[Counter] = []
        self.budget: Charge | None = None
        self.groups: list[Group] = []
        self.fields: list[CountedField] = []
        self.names: list[list[str]] = []

    def require(self, study: Study, points: int) -> None:
        """Charge the operation, its client and the budget."""
        tier = self._tier()
        if tier.client is not None:
            self._require(tier.client)
        for counter in study.operation:
            self._require(counter)
        if tier.budget is not None:
            self._require(tier.budget)
            self.budget = Charge(self.required[-1].bucket, points)
            self.required[-1] = self.budget

    def add_fields(self, study: Study, removals: frozenset[Place]) -> None:
        """Charge the fields that are asked for in this request."""
        group_by_index: dict[int, int | None] = {}
        for index, counted in enumerate(study.fields):
            around = None
            if counted.within is not None:
                around = group_by_index[counted.within]
            group_by_index[index] = around
            if removals and not removals.isdisjoint(counted.lineage):
                continue
            conditions = counted.conditions
            if conditions and not _is_asked(conditions, self._variables):
                continue
            charges, names = self._charges(counted.counters)
            if charges:
                group_by_index[index] = len(self.groups)
                self.groups.append(Group(tuple(charges), around))
                self.fields.append(counted)
                self.names.append(names)

    def _require(self, counter: Counter) -> None:
        self.required.append(self._charge(counter))
        self.counters.append(counter)

    def _charge(self, counter: Counter) -> Charge:
        if len(counter.identify) == 1:
            # Nearly always; the same caller comes again and again.
            owner = counter.identify[0](self._context)
            if len(owner) <= _MAX_REMEMBERED:
                known = self._charge_by_stem.get(counter.stem)
                if known is None:
                    known = _charging(counter, self._settings.key_secret)
                    self._charge_by_stem[counter.stem] = known
                return known(owner)
        return Charge(Bucket(self._key(counter, ()), counter.rate), counter.amount)

    def _charges(
        self, counters: tuple[FieldCounter, ...]
    ) -> tuple[list[Charge], list[str]]:
        charges: list[Charge] = []
        names: list[str] = []
        for counter, arguments in ((c.counter, c.arguments) for c in counters):
            values = [read(self._variables) for read in arguments]
            if None in values:  # what it counts by is not given
                continue
            key = self._key(counter, tuple(values))
            charges.append(Charge(Bucket(key, counter.rate), counter.amount))
            names.append(counter.name)
        return charges, names

    def _tier(self) -> TierCounters:
        *tiers, everybody = self._tiers
        for tier in tiers:
            said = claim_of(self._context, tier.claim)
            if said == tier.value or (isinstance(said, list) and tier.value in said):
                return tier
        return everybody

    def _key(self, counter: Counter, values: tuple[str | None, ...]) -> str:
        """The bucket's key: the values are hashed, so no key tells who it is for."""
        context, secret = self._context, self._settings.key_secret
        owners = tuple([identify(context) for identify in counter.identify])
        return counter.stem + _digest((*owners, *values), secret)


def _charging(counter: Counter, secret: bytes) -> Callable[[str], Charge]:
    """A function from an owner to the counter's charge, which remembers some."""

    @lru_cache(maxsize=_OWNERS_REMEMBERED)
    def charge(owner: str) -> Charge:
        key = counter.stem + _digest((owner,), secret)
        return Charge(Bucket(key, counter.rate), counter.amount)

    return charge


def _digest(values: tuple[str | None, ...], secret: bytes) -> str:
    encoded = msgspec.json.encode(values)
    return blake2b(encoded, digest_size=_DIGEST_BYTES, key=secret).hexdigest()


def _is_asked(conditions: tuple[Condition, ...], variables: Variables) -> bool:
    return any(
        all(variables.get(term.variable) is term.value for term in condition)
        for condition in conditions
    )


def _refusal(
    request: _Request, verdict: Verdict, headers: Mapping[str, str]
) -> RateLimited:
    """The refusal names the limit that is longest in the way."""
    exceeded = [
        (counter, level)
        for counter, level in zip(request.counters, verdict.required, strict=True)
        if level.outcome is Outcome.EXCEEDED
    ]
    counter, level = max(exceeded, key=lambda one: _wait_ms(one[1]))
    return RateLimited(
        counter.name,
        standing=standing(level),
        headers={**headers, **retry_headers(verdict.required)},
    )


def _wait_ms(level: Level) -> float:
    wait_ms = level.retry_after_ms
    return float("inf") if wait_ms is None else wait_ms


def _standings(request: _Request, verdict: Verdict) -> tuple[Standing, ...]:
    """How every limit of a request stands."""
    found = [
        Standing(counter.name, None, level)
        for counter, level in zip(request.counters, verdict.required, strict=True)
    ]
    for counted, names, levels in zip(
        request.fields, request.names, verdict.groups, strict=True
    ):
        found += [
            Standing(name, counted.place, level)
            for name, level in zip(names, levels, strict=True)
        ]
    return tuple(found)


def _grant(request: _Request, verdict: Verdict, headers: Mapping[str, str]) -> Grant:
    removals: list[Place] = []
    errors: list[ErrorDetail] = []
    for counted, names, levels in zip(
        request.fields, request.names, verdict.groups, strict=True
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
            errors.append(_error(name, level, counted.path))
    budget = request.budget
    return Grant(
        frozenset(removals) if removals else NOTHING,
        tuple(errors),
        headers,
        0 if budget is None else budget.amount,
        None if budget is None else budget.bucket,
        verdict.in_reserve,
    )


def _error(name: str, level: Level, path: tuple[str, ...]) -> ErrorDetail:
    wait_ms = level.retry_after_ms
    message = (
        f"{name} takes more than its limit ever gives."
        if wait_ms is None
        else f"The limit on {name} is reached; retry in {-(-wait_ms // 1000)} s."
    )
    return ErrorDetail(
        message,
        RateLimited.code,
        path,
        extensions=(("rateLimit", standing(level)),),
    )


_NOTHING_COUNTED: Final = Grant()
