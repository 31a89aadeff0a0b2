"""Whether an operation may cost what it costs, and what its answer tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from gateway_graphql.errors import CostTooHigh, SubgraphCostTooHigh
from gateway_graphql.exchange import RequestContext
from gateway_graphql.pipeline import PreparedOperation
from gateway_graphql.policy.demand_control.compile import compile_cost
from gateway_graphql.policy.demand_control.cost import Cost, CostFormula, CostMeter
from gateway_graphql.policy.demand_control.introspection import IntrospectionCosts
from gateway_graphql.policy.demand_control.settings import DemandControlSettings
from gateway_graphql.policy.demand_control.weights import check_weights
from gateway_graphql.spelling import tells_options
from gateway_graphql.supergraph.input_literals import Variables
from gateway_graphql.supergraph.model import Supergraph

REQUEST_HEADER: Final = "x-gateway-cost"
"""Asks for the cost, whatever its value (unless that is `false` or `0`)."""


_NOTHING_SKIPPED: Final[Mapping[str, SubgraphCostTooHigh]] = MappingProxyType({})


class CostJudgement(msgspec.Struct, frozen=True):
    """What is known of one request's cost before it is executed.

    Attributes:
        estimate: What it will cost, at most.
        skipped: The subgraphs that are over their budgets, with the failure that each
            of their fetches becomes.
        meter: Takes the replies.
    """

    estimate: Cost
    skipped: Mapping[str, SubgraphCostTooHigh]
    meter: CostMeter

    def anew(self) -> CostJudgement:
        """The same for one more execution, of which nothing is counted yet."""
        return msgspec.structs.replace(self, meter=self.meter.anew())


@tells_options
class DemandControl:
    """Judges the cost of operations on one supergraph."""

    def __init__(self, supergraph: Supergraph, settings: DemandControlSettings) -> None:
        """Look at all weights.

        Raises:
            SupergraphInvalid: One of them, or of the lists' sizes, is wrong.
        """
        check_weights(supergraph)
        self._supergraph = supergraph
        self._settings = settings
        self._introspection = IntrospectionCosts(supergraph)
        self._is_enforced = settings.mode == "enforce"
        budgets = {name: settings.max_cost_of(name) for name in supergraph.subgraphs}
        self._budgets = {
            name: budget for name, budget in budgets.items() if budget is not None
        }

    def __repr__(self) -> str:
        return f"<DemandControl {self._settings.mode}>"

    def study(self, prepared: PreparedOperation) -> CostFormula:
        """The formula of a plan, one of the `Studies.of_plans`."""
        return compile_cost(
            prepared.plan, self._supergraph, self._settings, self._introspection
        )

    def judge(self, formula: CostFormula, variables: Variables) -> CostJudgement:
        """Estimate a request.

        Args:
            formula: Of its plan.
            variables: Coerced.

        Raises:
            CostTooHigh: The total is over the limit (when enforced).
            SlicingArgumentsInvalid: A list is not sliced as it must be (when enforced).
        """
        estimate = formula.estimate(variables)
        meter = CostMeter(formula, variables)
        if not self._is_enforced:
            return CostJudgement(estimate, _NOTHING_SKIPPED, meter)
        limit = self._settings.max_cost
        if limit is not None and estimate.total > limit:
            raise CostTooHigh(estimate.total, limit)
        skipped = {
            name: SubgraphCostTooHigh(name, cost, self._budgets[name])
            for name, cost in estimate.by_subgraph.items()
            if name in self._budgets and cost > self._budgets[name]
        }
        return CostJudgement(estimate, skipped, meter)

    def tells(self, context: RequestContext) -> bool:
        """Whether the answer to a request says what it cost."""
        if self._settings.reporting != "on_request":
            return self._settings.reporting == "always"
        asked = context.headers.get(REQUEST_HEADER)
        return asked is not None and asked.strip().lower() not in ("false", "0")

    def headers(self, estimate: Cost, actual: Cost) -> dict[str, str]:
        """HTTP headers that tell the cost."""
        told = {
            "x-cost-estimated": f"{estimate.total:g}",
            "x-cost-actual": f"{actual.total:g}",
        }
        if self._settings.max_cost is not None:
            told["x-cost-max"] = f"{self._settings.max_cost:g}"
        return told

    def extension(self, estimate: Cost, actual: Cost) -> dict[str, object]:
        """The entry `cost` of the answer's `extensions`."""
        told: dict[str, object] = {
            "estimated": estimate.total,
            "actual": actual.total,
            "bySubgraph": {
                name: {"estimated": cost, "actual": actual.by_subgraph.get(name, 0)}
                for name, cost in estimate.by_subgraph.items()
            },
        }
        if estimate.introspection:
            told["introspection"] = estimate.introspection
        if self._settings.max_cost is not None:
            told["max"] = self._settings.max_cost
        return told
