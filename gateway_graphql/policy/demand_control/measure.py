"""What a subgraph's reply cost: the same weights over what really came.

A measure is a tree beside the reply, with the fields alone that cost anything, so that
most of a reply is never looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway_graphql.policy.demand_control.formula import (
    ZERO,
    Term,
    Variables,
    largest,
)
from gateway_graphql.request import JSON


@dataclass(frozen=True, slots=True)
class Measure:
    """Measures the value of one field.

    Attributes:
        key: Its response key.
        weight: Of each object or value.
        arguments: What its arguments cost, once.
        children: The fields below it that cost anything.
    """

    key: str
    weight: float
    arguments: Term
    children: tuple[Measure, ...] = ()

    def cost(self, value: JSON, variables: Variables) -> float:
        """What a value of the field cost, its arguments apart; null costs nothing."""
        if isinstance(value, list):
            if self.children:
                return sum([self.cost(item, variables) for item in value])
            return self.weight * (len(value) - value.count(None))
        if value is None:
            return 0
        if not self.children or not isinstance(value, dict):
            return self.weight
        return self.weight + cost_of_fields(self.children, value, variables)


def cost_of_fields(
    measures: tuple[Measure, ...], fields: dict[str, JSON], variables: Variables
) -> float:
    """What the fields of one object cost; those that are not there cost nothing."""
    cost: float = 0
    for measure in measures:
        if measure.key in fields:
            value = fields[measure.key]
            cost += measure.arguments.value(variables) + measure.cost(value, variables)
    return cost


def merge_measures(measures: Iterable[Measure]) -> tuple[Measure, ...]:
    """One measure per response key; those without any cost are left out.

    Selections on different types may share a key: the more expensive one counts.
    """
    by_key: dict[str, Measure] = {}
    for measure in measures:
        known = by_key.get(measure.key)
        by_key[measure.key] = measure if known is None else _merged(known, measure)
    return tuple(m for m in by_key.values() if _costs_anything(m))


def _merged(one: Measure, other: Measure) -> Measure:
    return Measure(
        one.key,
        max(one.weight, other.weight),
        largest((one.arguments, other.arguments)),
        merge_measures((*one.children, *other.children)),
    )


def _costs_anything(measure: Measure) -> bool:
    return bool(measure.weight or measure.children or measure.arguments != ZERO)
