"""What an operator decides about cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from gateway_graphql.spelling import tells_options

CostMode: TypeAlias = Literal["measure", "enforce"]
Reporting: TypeAlias = Literal["never", "on_request", "always"]


@tells_options
@dataclass(frozen=True, slots=True)
class SubgraphDemand:
    """What holds for one subgraph; `None` where the next more general setting does.

    Attributes:
        list_size: How long a list is taken to be of which the schema says nothing.
        max_cost: The most that all fetches from the subgraph may cost together.
    """

    list_size: int | None = None
    max_cost: float | None = None


@tells_options
@dataclass(frozen=True, slots=True)
class DemandControlSettings:
    """How costs are computed, and what happens when they are too high.

    Attributes:
        mode: Whether too expensive operations are refused, or only measured.
        list_size: How long a list is taken to be of which the schema says nothing.
        max_cost: The most that an operation may cost; `None` for no limit.
        all_subgraphs: What holds for every subgraph without settings of its own.
        subgraphs: What holds for single subgraphs, by name.
        reporting: Whether answers tell what they cost; `on_request` is for requests
            with the header `X-Gateway-Cost`.
    """

    mode: CostMode = "measure"
    list_size: int = 10
    max_cost: float | None = None
    all_subgraphs: SubgraphDemand = SubgraphDemand()
    subgraphs: Mapping[str, SubgraphDemand] = field(default_factory=dict)
    reporting: Reporting = "on_request"

    def list_size_of(self, subgraph: str) -> int:
        """The length of lists of a subgraph of which the schema says nothing."""
        own = self.subgraphs.get(subgraph)
        if own is not None and own.list_size is not None:
            return own.list_size
        general = self.all_subgraphs.list_size
        return self.list_size if general is None else general

    def max_cost_of(self, subgraph: str) -> float | None:
        """The budget of a subgraph, `None` without one."""
        own = self.subgraphs.get(subgraph)
        if own is not None and own.max_cost is not None:
            return own.max_cost
        return self.all_subgraphs.max_cost
