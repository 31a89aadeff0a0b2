"""What each policy finds about a request that is explained, not made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway_graphql.errors import ClientError, ErrorDetail, RateLimited
from gateway_graphql.exchange import JSON
from gateway_graphql.language.pruning import Place, path_of
from gateway_graphql.pipeline import PreparedOperation, Report
from gateway_graphql.pipeline.insight.explanation import nulled
from gateway_graphql.policy.authorization import Judgement
from gateway_graphql.policy.demand_control import CostFormula, DemandControl
from gateway_graphql.policy.rate_limit import Outcome, Standing
from gateway_graphql.policy.rate_limit.headers import standing


class Explained:
    """Collects what policies find, in the order in which they decide."""

    def __init__(self) -> None:
        self._facts: dict[str, object] = {}
        self._nulled: list[dict[str, object]] = []
        self._refusals: list[dict[str, object]] = []

    def __repr__(self) -> str:
        return f"<Explained {', '.join(self._facts)}>"

    def judged(self, judgement: Judgement) -> None:
        """What the caller may not have."""
        self._nulled += [nulled(error) for error in judgement.errors]
        # What a policy decides by the objects is not known without them.
        if judgement.inspector is not None:
            self._facts["decidedByObjects"] = True

    def costs(
        self,
        control: DemandControl,
        formula: CostFormula,
        variables: Mapping[str, JSON],
    ) -> float:
        """What the plan costs, by its formula; the total."""
        cost: dict[str, object] = {"formula": str(formula).splitlines()}
        self._facts["cost"] = cost
        total: float = 0
        try:
            estimate = formula.estimate(variables)
            total = estimate.total
            cost["estimated"] = estimate.total
            cost["bySubgraph"] = dict(estimate.by_subgraph)
            skipped = control.judge(formula, variables).skipped
        except ClientError as refusal:
            self._refuse(refusal)
            return total
        if skipped:
            cost["skippedSubgraphs"] = {
                name: str(failure) for name, failure in skipped.items()
            }
        return total

    def limited(self, standings: Sequence[Standing]) -> frozenset[Place]:
        """How limits stand; the places of fields whose limit is reached."""
        self._facts["limits"] = [_limit(one) for one in standings]
        exceeded = [one for one in standings if one.level.outcome is Outcome.EXCEEDED]
        for one in exceeded:
            why = f"The limit on {one.name} is reached."
            if one.place is None:
                self._refusals.append({"message": why, "code": RateLimited.code})
            else:
                error = ErrorDetail(why, RateLimited.code, path_of(one.place))
                self._nulled.append(nulled(error))
        return frozenset(one.place for one in exceeded if one.place is not None)

    def refused(
        self, refusal: ClientError, prepared: PreparedOperation | None = None
    ) -> Report:
        """The report on a request that is refused before all policies were asked."""
        self._refuse(refusal)
        return self.report(prepared)

    def report(self, prepared: PreparedOperation | None) -> Report:
        """All that was found."""
        return Report(
            prepared,
            {**self._facts, "nulled": self._nulled, "refused": self._refusals},
        )

    def _refuse(self, refusal: ClientError) -> None:
        self._refusals += [_refused(detail) for detail in refusal.details]


def _refused(error: ErrorDetail) -> dict[str, object]:
    told: dict[str, object] = {"message": error.message, "code": error.code}
    if error.locations:
        told["locations"] = [
            {"line": place.line, "column": place.column} for place in error.locations
        ]
    return told


def _limit(one: Standing) -> dict[str, object]:
    return {
        "name": one.name,
        "path": None if one.place is None else list(path_of(one.place)),
        "charge": one.level.charge.amount,
        "exceeded": one.level.outcome is Outcome.EXCEEDED,
        **standing(one.level),
    }
