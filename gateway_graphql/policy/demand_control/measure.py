"""What a subgraph's reply cost: the same weights over what really came.

A measure is a tree beside the reply, with the fields alone that cost anything, so that
most of a reply is never looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway_graphql.exchange import JSON
from gateway_graphql.policy.demand_control.formula import (
    ZERO,
    Term,
    largest,
)
from gateway_graphql.supergraph.input_literals import Variables


@dataclass(frozen=True, slots=True)
class Measure:
    """Measures the value of one field.

    Attributes:
        key: Its response key.
        weight: Of each object or value.
        once: What it costs however much it gives: its arguments, a list's own weight.
        children: The fields below it that cost anything.
    """

    key: str
    weight: float
    once: Term
    children: tuple[Measure, ...] = ()

    def cost(self, value: JSON, variables: Variables) -> float:
        """What a value of the field cost each; null costs nothing."""
        if isinstance(value, list):
            if self.children:
                return sum([self.cost(item, variables) for item in value])
            return max(0, self.weight) * (len(value) - value.count(None))
        if value is None:
            return 0
        if not self.children or not isinstance(value, dict):
            return max(0, self.weight)
        below = cost_of_fields(self.children, value, variables)
        return max(0, self.weight + below)


def cost_of_fields(
    measures: tuple[Measure, ...], fields: dict[str, JSON], variables: Variables
) -> float:
    """What the fields of one object cost; those that are not there cost nothing."""
    cost: float = 0
    for measure in measures:
        if measure.key in fields:
            value = fields[measure.key]
            each = measure.cost(value, variables)
            cost += max(0, measure.once.value(variables) + each)
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
        largest((one.once, other.once)),
        merge_measures((*one.children, *other.children)),
    )


def _costs_anything(measure: Measure) -> bool:
    return bool(measure.weight or measure.children or measure.once != ZERO)
