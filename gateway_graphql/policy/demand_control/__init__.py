"""Demand control: what an operation costs, and whether it may."""

from gateway_graphql.policy.demand_control.compile import compile_cost
from gateway_graphql.policy.demand_control.cost import Cost, CostFormula, CostMeter
from gateway_graphql.policy.demand_control.settings import (
    DemandControlSettings,
    SubgraphDemand,
)

__all__ = [
    "Cost",
    "CostFormula",
    "CostMeter",
    "DemandControlSettings",
    "SubgraphDemand",
    "compile_cost",
]
