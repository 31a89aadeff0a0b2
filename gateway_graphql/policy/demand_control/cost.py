"""What a plan costs: before it is executed, and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import msgspec

from gateway_graphql.exchange import JSON
from gateway_graphql.planning.plan import FetchNode
from gateway_graphql.policy.demand_control.formula import ZERO, Constant, Term
from gateway_graphql.policy.demand_control.measure import Measure, cost_of_fields
from gateway_graphql.supergraph.input_literals import Variables

_NOTHING: Final[Mapping[str, float]] = MappingProxyType({})


class Cost(msgspec.Struct, frozen=True):
    """A cost in points.

    Attributes:
        total: Of all fetches and introspection.
        by_subgraph: Of each subgraph that is asked.
        introspection: Of what the gateway itself tells of the schema; with those of the
            subgraphs it adds up to the total.
    """

    total: float
    by_subgraph: Mapping[str, float] = _NOTHING
    introspection: float = 0


@dataclass(frozen=True, slots=True)
class FetchCost:
    """What one fetch costs.

    Attributes:
        subgraph: Who is asked.
        estimate: Its cost before anything is known of the reply.
        surcharge: What it costs to be sent at all.
        measures: Measure the reply's `data`.
    """

    subgraph: str
    estimate: Term
    surcharge: float = 0
    measures: tuple[Measure, ...] = ()


@dataclass(frozen=True, slots=True)
class CostFormula:
    """The cost of one plan, for any variables.

    Attributes:
        fetches: By the fetches' ids.
        introspection: What is asked of the schema.
    """

    fetches: tuple[FetchCost, ...]
    introspection: Term = ZERO
    _known: Cost | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        terms = (self.introspection, *(fetch.estimate for fetch in self.fetches))
        if all(isinstance(term, Constant) for term in terms):
            object.__setattr__(self, "_known", self._estimate({}))

    def __str__(self) -> str:
        told = [f"{fetch.subgraph}: {fetch.estimate}" for fetch in self.fetches]
        if self.introspection is not ZERO:
            told.append(f"introspection: {self.introspection}")
        return "\n".join(told)

    def estimate(self, variables: Variables) -> Cost:
        """The cost before execution.

        Args:
            variables: Coerced.

        Raises:
            SlicingArgumentsInvalid: A list is not sliced as its field demands (only
                when the formula was compiled to enforce).
        """
        if self._known is not None:
            return self._known
        if len(self.fetches) == 1 and self.introspection is ZERO:
            # Very often; and this is on every request's way.
            (fetch,) = self.fetches
            cost = fetch.estimate.value(variables)
            return Cost(cost, {fetch.subgraph: cost})
        return self._estimate(variables)

    def cost_of_introspection(self, variables: Variables) -> float:
        """What the gateway itself tells costs, to a thousandth."""
        if self.introspection is ZERO:
            return 0
        return round(self.introspection.value(variables), 3)

    def _estimate(self, variables: Variables) -> Cost:
        total = introspection = self.cost_of_introspection(variables)
        by_subgraph: dict[str, float] = {}
        for fetch in self.fetches:
            cost = fetch.estimate.value(variables)
            by_subgraph[fetch.subgraph] = by_subgraph.get(fetch.subgraph, 0) + cost
            total += cost
        return Cost(total, by_subgraph, introspection)


class CostMeter(msgspec.Struct):
    """Adds up what the replies to one request cost."""

    _formula: CostFormula
    _variables: Variables
    _by_subgraph: dict[str, float] = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<CostMeter {self.cost().total:g}>"

    def anew(self) -> CostMeter:
        """One for the same operation that has taken nothing yet."""
        return CostMeter(self._formula, self._variables)

    def adopt(self, other: CostMeter) -> None:
        """Take all that another one of the same operation has taken, in one go."""
        self._by_subgraph = dict(other._by_subgraph)

    def __call__(self, fetch: FetchNode, data: dict[str, JSON] | None) -> None:
        """Take a reply's `data`, as the subgraph gave it.

        Without any, the fetch costs what it was estimated to: it was sent, and nobody
        knows what the subgraph did for it.
        """
        compiled = self._formula.fetches[fetch.id]
        if data is None:
            cost = compiled.estimate.value(self._variables)
        else:
            cost = compiled.surcharge + cost_of_fields(
                compiled.measures, data, self._variables
            )
        so_far = self._by_subgraph.get(compiled.subgraph, 0)
        self._by_subgraph[compiled.subgraph] = so_far + cost

    def cost(self) -> Cost:
        """The cost of the replies so far, and of what needs none."""
        by_subgraph = dict(self._by_subgraph)
        introspection = self._formula.cost_of_introspection(self._variables)
        total = sum(by_subgraph.values(), introspection)
        return Cost(total, by_subgraph, introspection)
