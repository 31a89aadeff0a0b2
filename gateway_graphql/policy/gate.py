"""The gate of a gateway: its policies, in the order in which they decide.

Policies know nothing of each other. What one leaves of an operation is what the next one
looks at, and this is the one place that knows their order:

1. Operation rules refuse; access rules take places out.
2. What is left is planned.
3. The plan's cost is estimated; over the total it is refused, over a subgraph's budget
   that subgraph is skipped.
4. All rate limits of the request are taken at once: an operation's, a client's or the
   cost budget's refuses, a field's takes further places out.
5. When the operation is executed, what it did not cost is given back.

A policy that is not configured costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import ceil

from graphql import GraphQLSchema

from gateway_graphql.errors import ClientError, SubgraphFailed
from gateway_graphql.exchange import JSON, RequestContext
from gateway_graphql.execution.result import ExecutionResult
from gateway_graphql.language.operation import Operation, OperationKind
from gateway_graphql.pipeline import (
    Admission,
    FieldDemand,
    PlanFor,
    PreparedDocument,
    PreparedOperation,
    Report,
    Settlement,
    Studies,
    Visibility,
)
from gateway_graphql.policy.authorization import (
    GRANTED,
    Authorization,
    AuthorizationSettings,
    Judgement,
)
from gateway_graphql.policy.demand_control import (
    CostJudgement,
    DemandControl,
    DemandControlSettings,
)
from gateway_graphql.policy.explained import Explained
from gateway_graphql.policy.rate_limit import (
    Grant,
    MemoryStore,
    RateLimiter,
    RateLimits,
    Schedule,
    Store,
)
from gateway_graphql.supergraph.model import FieldDefinition, Supergraph

_SILENT = DemandControlSettings(reporting="never")


class Policies:
    """The policies of a gateway; called with a supergraph it makes the gate for it.

    Access rules and limits of the schema hold whatever is configured here. What
    outlives a supergraph, the rate limits' store, belongs to it: close it in the end.
    """

    def __init__(
        self,
        *,
        authorization: AuthorizationSettings | None = None,
        demand_control: DemandControlSettings | None = None,
        rate_limits: RateLimits | None = None,
        store: Store | None = None,
    ) -> None:
        """Collect the settings of all policies.

        Args:
            authorization: How callers are held to the access rules.
            demand_control: What operations may cost; by default nothing is computed.
            rate_limits: Limits beside those of the schema.
            store: Where is counted; in this process by default.
        """
        self._authorization = authorization
        self._demand_control = demand_control
        self._rate_limits = rate_limits or RateLimits()
        self._store = MemoryStore() if store is None else store
        if demand_control is None and _has_budget(self._rate_limits):
            self._demand_control = _SILENT

    def __repr__(self) -> str:
        return f"<Policies counting in {self._store!r}>"

    def __call__(
        self, supergraph: Supergraph, api_schema: GraphQLSchema
    ) -> PolicyGate | None:
        """Make the gate of a supergraph; `None` when there is nothing to decide.

        Raises:
            SupergraphInvalid: A rule or limit of the schema is wrong.
            ConfigInvalid: A limit of the settings is.
        """
        demand_control = None
        if self._demand_control is not None:
            demand_control = DemandControl(supergraph, self._demand_control)
        schedule = Schedule(self._rate_limits, supergraph)
        authorization = Authorization(supergraph, api_schema, self._authorization)
        if authorization.is_empty and demand_control is None and schedule.is_empty:
            return None
        limiter = RateLimiter(schedule, self._store)
        return PolicyGate(authorization, demand_control, limiter)

    async def aclose(self) -> None:
        """Close the store."""
        await self._store.aclose()


def _has_budget(limits: RateLimits) -> bool:
    return limits.budget is not None or any(t.budget is not None for t in limits.tiers)


class PolicyGate:
    """Decides about every operation of one supergraph by its policies.

    Attributes:
        studies: What the policies want to know of what is prepared.
        visibility: Who sees what of the schema.
    """

    def __init__(
        self,
        authorization: Authorization,
        demand_control: DemandControl | None,
        limiter: RateLimiter,
    ) -> None:
        self._authorization = authorization
        self.visibility: Visibility = authorization
        self._demand_control = demand_control
        self._limiter = limiter
        # Bound once, so that studies are found again under them.
        self._study_limits = limiter.study
        self._study_cost = None if demand_control is None else demand_control.study
        self.studies = Studies(
            of_documents=(authorization.study, self._study_limits),
            of_plans=() if self._study_cost is None else (self._study_cost,),
        )

    def __repr__(self) -> str:
        return f"<PolicyGate {self._authorization!r} {self._limiter!r}>"

    async def admit(
        self,
        document: PreparedDocument,
        variables: Mapping[str, JSON],
        context: RequestContext,
        plan_for: PlanFor,
    ) -> Admission:
        """Decide about one request, policy by policy.

        Raises:
            ClientError: A policy refuses it.
        """
        judgement = GRANTED
        if not self._authorization.is_open(document):
            judgement = await self._authorization.judge(document, variables, context)
        removals, additions = judgement.removals, judgement.additions
        prepared = await plan_for(removals, additions)
        cost = self._judge_cost(prepared, variables)
        grant = await self._limiter.admit(
            document.study(self._study_limits),
            variables,
            context,
            points=0 if cost is None else _points(cost.estimate.total),
            removals=removals,
        )
        if grant.removals:
            prepared = await plan_for(removals | grant.removals, additions)
            try:
                cost = self._judge_cost(prepared, variables)
            except ClientError as refusal:
                raise refusal.charged(grant.headers) from refusal
        return self._admission(prepared, judgement, cost, grant, context)

    async def explain(
        self,
        document: PreparedDocument,
        variables: Mapping[str, JSON],
        context: RequestContext,
        plan_for: PlanFor,
    ) -> Report:
        """Say what `admit` would decide, and why; nothing is counted."""
        findings = Explained()
        try:
            judgement = await self._authorization.judge(document, variables, context)
        except ClientError as refusal:
            return findings.refused(refusal)
        findings.judged(judgement)
        removals, additions = judgement.removals, judgement.additions
        prepared = await plan_for(removals, additions)
        points: float = 0
        if self._demand_control is not None and self._study_cost is not None:
            formula = prepared.study(self._study_cost)
            points = findings.costs(self._demand_control, formula, variables)
        try:
            standings = await self._limiter.look(
                document.study(self._study_limits),
                variables,
                context,
                points=_points(points),
                removals=removals,
            )
        except ClientError as refusal:
            return findings.refused(refusal, prepared)
        limited = findings.limited(standings)
        if limited:
            prepared = await plan_for(removals | limited, additions)
        return findings.report(prepared)

    async def before_reading(self, context: RequestContext) -> None:
        """Refuse a caller who has used up their limit before a document is read.

        Raises:
            RateLimited: They have.
        """
        await self._limiter.check_client(context)

    async def refused(self, context: RequestContext) -> Mapping[str, str]:
        """Charge a request that was refused to its client's limit.

        Raises:
            RateLimited: It is used up.
        """
        return await self._limiter.charge_client(context)

    async def settled(self) -> None:
        """Wait until what is given back to budgets is counted; tests want to know."""
        await self._limiter.settled()

    def demands(self, type_name: str, field: FieldDefinition) -> Mapping[str, object]:
        """What a field takes: somebody signed in, scopes, policies, rate limits."""
        limits = list(self._limiter.limits_of(type_name, field))
        return {
            **self._authorization.demands(type_name, field),
            **({"rateLimits": limits} if limits else {}),
        }

    def demands_of(self, operation: Operation) -> Sequence[FieldDemand]:
        """What the access rules want of who asks for an operation, field by field."""
        return self._authorization.demands_of(operation)

    async def aclose(self) -> None:
        """Let go of what builds schemas for callers."""
        self._authorization.close()

    def _judge_cost(
        self, prepared: PreparedOperation, variables: Mapping[str, JSON]
    ) -> CostJudgement | None:
        if self._demand_control is None or self._study_cost is None:
            return None
        formula = prepared.study(self._study_cost)
        return self._demand_control.judge(formula, variables)

    def _admission(
        self,
        prepared: PreparedOperation,
        judgement: Judgement,
        cost: CostJudgement | None,
        grant: Grant,
        context: RequestContext,
    ) -> Admission:
        # Built in one go, by hand: this is on every request's way.
        demand_control, settle = self._demand_control, None
        if cost is not None and demand_control is not None:
            is_told = demand_control.tells(context)
            if is_told or grant.budget is not None:
                settle = partial(self._settle, demand_control, cost, grant, is_told)
        return Admission(
            prepared,
            judgement.errors + grant.errors,
            skipped_subgraphs=_NOTHING_SKIPPED if cost is None else cost.skipped,
            headers=grant.headers,
            extensions=judgement.extensions,
            settle=settle,
            inspector=judgement.inspector,
            observe=None if cost is None else cost.meter,
            report=_report(demand_control, cost, grant) if context.is_traced else None,
            anew=None
            if prepared.operation.kind is not OperationKind.SUBSCRIPTION
            else partial(self._anew, prepared, judgement, cost, grant, context),
        )

    def _anew(
        self,
        prepared: PreparedOperation,
        judgement: Judgement,
        cost: CostJudgement | None,
        grant: Grant,
        context: RequestContext,
    ) -> Admission:
        """The admission of one more event, which has no points to give back."""
        return self._admission(
            prepared,
            judgement.anew(),
            None if cost is None else cost.anew(),
            grant.without_budget(),
            context,
        )

    def _settle(
        self,
        demand_control: DemandControl,
        cost: CostJudgement,
        grant: Grant,
        is_told: bool,
        _result: ExecutionResult,
    ) -> Settlement:
        """Give points back, and tell the cost where it is wanted."""
        actual = cost.meter.cost()
        self._limiter.settle(grant, _points(actual.total))
        if not is_told:
            return _NOTHING_TOLD
        return Settlement(
            demand_control.headers(cost.estimate, actual),
            {"cost": demand_control.extension(cost.estimate, actual)},
        )


_NOTHING_SKIPPED: Mapping[str, SubgraphFailed] = {}
_NOTHING_TOLD = Settlement()


def _report(
    demand_control: DemandControl | None, cost: CostJudgement | None, grant: Grant
) -> Callable[[], Mapping[str, object]]:
    """Tell what a request costs and which limits it is charged with."""

    def report() -> Mapping[str, object]:
        limits = [standing.to_json() for standing in grant.standings]
        if cost is None or demand_control is None:
            return {"limits": limits}
        actual = cost.meter.cost()
        return {
            "limits": limits,
            "cost": demand_control.extension(cost.estimate, actual),
        }

    return report


def _points(cost: float) -> int:
    return max(0, ceil(cost))
