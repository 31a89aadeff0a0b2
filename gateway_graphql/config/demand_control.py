"""Section `demand_control`: what an operation may cost."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from gateway_graphql.config.section import Section
from gateway_graphql.policy.demand_control import (
    DemandControlSettings,
    SubgraphDemand,
)
from gateway_graphql.policy.demand_control.settings import CostMode, Reporting

AssumedSize: TypeAlias = Annotated[int, Field(ge=0)]
Points: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SubgraphDemandConfig(Section):
    """What holds for one subgraph, or for all of them.

    Attributes:
        list_size: How long a list is taken to be of which the schema says nothing.
        max_cost: The most that all fetches from the subgraph may cost together; over
            it they are not sent, and the rest is answered.
    """

    list_size: AssumedSize | None = None
    max_cost: Points | None = None

    def to_settings(self) -> SubgraphDemand:
        """The settings as the policy takes them."""
        return SubgraphDemand(self.list_size, self.max_cost)


class DemandControlConfig(Section):
    """What an operation may cost, by `@cost` and `@listSize` of the schema.

    Attributes:
        mode: `measure` computes costs, `enforce` also refuses what is too expensive.
        list_size: How long a list is taken to be of which the schema says nothing.
        max_cost: The most that an operation may cost; over it, it is refused.
        all_subgraphs: What holds for every subgraph without settings of its own.
        subgraphs: What holds for single subgraphs, by name.
        reporting: Whether answers tell what they cost: `never`, `always`, or to
            requests with the header `X-Gateway-Cost` (`on_request`).
    """

    mode: CostMode = "measure"
    list_size: AssumedSize = 10
    max_cost: Points | None = None
    all_subgraphs: SubgraphDemandConfig = SubgraphDemandConfig()
    subgraphs: dict[str, SubgraphDemandConfig] = Field(default_factory=dict)
    reporting: Reporting = "on_request"

    def to_settings(self) -> DemandControlSettings:
        """The settings as the policy takes them."""
        return DemandControlSettings(
            mode=self.mode,
            list_size=self.list_size,
            max_cost=self.max_cost,
            all_subgraphs=self.all_subgraphs.to_settings(),
            subgraphs={name: own.to_settings() for name, own in self.subgraphs.items()},
            reporting=self.reporting,
        )
