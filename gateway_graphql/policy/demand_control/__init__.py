"""Demand control: what an operation costs, and whether it may.

How a gate uses it, with one `DemandControl` per supergraph:

    Studies(of_plans=(control.study,))                    # the gate's, once per plan
    formula = prepared.study(control.study)
    judgement = control.judge(formula, variables)         # may refuse the request
    ...                                                   # judgement.skipped: not asked
    Admission(..., observe=judgement.meter)               # sees every reply
    actual = judgement.meter.cost()                       # when it is settled
    if control.tells(context):
        control.headers(judgement.estimate, actual)
        {"cost": control.extension(judgement.estimate, actual)}
"""

from gateway_graphql.policy.demand_control.compile import compile_cost
from gateway_graphql.policy.demand_control.control import (
    CostJudgement,
    DemandControl,
)
from gateway_graphql.policy.demand_control.cost import Cost, CostFormula, CostMeter
from gateway_graphql.policy.demand_control.settings import (
    DemandControlSettings,
    SubgraphDemand,
)

__all__ = [
    "Cost",
    "CostFormula",
    "CostJudgement",
    "CostMeter",
    "DemandControl",
    "DemandControlSettings",
    "SubgraphDemand",
    "compile_cost",
]
