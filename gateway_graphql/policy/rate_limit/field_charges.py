"""What a request is charged for its fields."""

from __future__ import annotations

from typing import NamedTuple

from gateway_graphql.exchange import RequestContext
from gateway_graphql.language.conditions import holds
from gateway_graphql.language.operation import Condition
from gateway_graphql.language.pruning import Place
from gateway_graphql.policy.rate_limit.arguments import Variables
from gateway_graphql.policy.rate_limit.counted_operation import (
    CountedField,
    CountedOperation,
    FieldCounter,
)
from gateway_graphql.policy.rate_limit.counter import charge_for
from gateway_graphql.policy.store.buckets.bucket import Charge, Group


class FieldCharges(NamedTuple):
    """The fields of one request that are counted; three lists side by side.

    Attributes:
        groups: Their charges.
        fields: What they are.
        names: The names of their limits, one for each charge.
    """

    groups: list[Group]
    fields: list[CountedField]
    names: list[list[str]]


def charge_fields(
    study: CountedOperation,
    variables: Variables,
    context: RequestContext,
    removals: frozenset[Place],
    secret: bytes,
) -> FieldCharges:
    """Charge the fields that are asked for in a request.

    Args:
        study: Of its operation.
        variables: Coerced.
        context: Who asks.
        removals: Places that are taken out already; they count for nothing.
        secret: Makes the buckets' keys impossible to guess.
    """
    charged = FieldCharges([], [], [])
    group_by_index: dict[int, int | None] = {}
    for index, counted in enumerate(study.fields):
        around = None
        if counted.within is not None:
            around = group_by_index[counted.within]
        group_by_index[index] = around
        if removals and not removals.isdisjoint(counted.lineage):
            continue
        charges, names = _charges(counted.counters, variables, context, secret)
        if charges:
            group_by_index[index] = len(charged.groups)
            charged.groups.append(Group(tuple(charges), around))
            charged.fields.append(counted)
            charged.names.append(names)
    return charged


def _charges(
    counters: tuple[FieldCounter, ...],
    variables: Variables,
    context: RequestContext,
    secret: bytes,
) -> tuple[list[Charge], list[str]]:
    charges: list[Charge] = []
    names: list[str] = []
    for limit in counters:
        if not _is_asked(limit.conditions, variables):
            continue
        counter = limit.counter
        values = [identify(context) for identify in counter.identify]
        for read in limit.arguments:
            value = read(variables)
            if value is None:  # what it counts by is not given
                break
            values.append(value)
        else:
            charges.append(charge_for(counter, values, secret))
            names.append(counter.name)
    return charges, names


def _is_asked(conditions: tuple[Condition, ...], variables: Variables) -> bool:
    return not conditions or any(holds(c, variables) for c in conditions)
