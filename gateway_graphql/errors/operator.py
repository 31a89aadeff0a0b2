"""What only an operator can put right; no client reads it."""

from __future__ import annotations

from collections.abc import Sequence

from gateway_graphql.errors.base import GatewayError


class SupergraphInvalid(GatewayError):
    """The supergraph SDL cannot be served; the message says where and why."""


class CompositionFailed(GatewayError):
    """The subgraphs do not compose.

    Attributes:
        problems: One line per composition error: code, coordinate, message.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("The subgraphs do not compose:\n" + "\n".join(problems))
        self.problems = tuple(problems)


class ConfigInvalid(GatewayError):
    """A setting is missing, unknown or wrong; the message names file and key."""


class PlanningFailed(GatewayError):
    """An operation that is valid against the API schema has no plan.

    Composition proves that this cannot be, so either the supergraph was not made by
    a correct composition or the planner is wrong.
    """
