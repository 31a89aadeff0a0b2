"""Gates to build on: one that is open, and one around another.

A gate of one's own stands around the one that would decide otherwise, and overrides what
it has to say about:

    class FewFetches(GateAround):
        async def admit(self, document, variables, context, plan_for):
            admission = await super().admit(document, variables, context, plan_for)
            if len(admission.prepared.plan.fetches) > 10:
                raise TooManyFetches
            return admission

    gateway = Gateway.from_supergraph(sdl, gate=FewFetches.around(Policies()))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphql import GraphQLSchema

from gateway_graphql.errors import ClientError
from gateway_graphql.exchange import JSON, RequestContext
from gateway_graphql.language.operation import Operation
from gateway_graphql.pipeline.gate import (
    Admission,
    FieldDemand,
    Gate,
    GateFactory,
    Report,
)
from gateway_graphql.pipeline.preparing.prepared import (
    NO_STUDIES,
    Guard,
    PlanFor,
    PreparedDocument,
    Studies,
)
from gateway_graphql.pipeline.visibility import AllVisible, Visibility
from gateway_graphql.spelling import tells_options
from gateway_graphql.supergraph.model import FieldDefinition, Supergraph

_NOTHING: Mapping[str, str] = {}


@tells_options
class OpenGate:
    """Lets everybody have everything, whatever the schema demands.

    It is for gateways whose subgraphs decide by themselves who may have what, and for
    gates of one's own to stand around.
    """

    studies = NO_STUDIES

    def __init__(self, _supergraph: Supergraph, api_schema: GraphQLSchema) -> None:
        self.visibility: Visibility = AllVisible(api_schema)

    def __repr__(self) -> str:
        return "<OpenGate>"

    async def admit(
        self,
        _document: PreparedDocument,
        _variables: Mapping[str, JSON],
        _context: RequestContext,
        plan_for: PlanFor,
    ) -> Admission:
        """All of the document."""
        return Admission(await plan_for())

    async def explain(
        self,
        _document: PreparedDocument,
        _variables: Mapping[str, JSON],
        _context: RequestContext,
        plan_for: PlanFor,
    ) -> Report:
        """Its plan; there is nothing else to say."""
        return Report(await plan_for())

    async def before_reading(self, _context: RequestContext) -> None:
        """Anybody may have anything read."""

    async def refused(self, _context: RequestContext) -> Mapping[str, str]:
        """Nobody is charged for anything."""
        return _NOTHING

    def demands(self, _type_name: str, _field: FieldDefinition) -> Mapping[str, object]:
        """Nothing."""
        return {}

    def demands_of(self, _operation: Operation) -> Sequence[FieldDemand]:
        """Nothing."""
        return ()

    async def aclose(self) -> None:
        """It holds nothing open."""


@tells_options
class GateAround:
    """Decides as the gate inside does; override what is to be decided otherwise."""

    def __init__(self, inside: Gate) -> None:
        self.inside = inside

    def __repr__(self) -> str:
        return f"<{type(self).__name__} around {self.inside!r}>"

    @classmethod
    def around(cls, factory: GateFactory) -> GateFactory:
        """Make what makes this gate around another one, for each supergraph anew."""

        def make(supergraph: Supergraph, api_schema: GraphQLSchema) -> GateAround:
            inside = factory(supergraph, api_schema)
            return cls(inside or OpenGate(supergraph, api_schema))

        return make

    async def admit(
        self,
        document: PreparedDocument,
        variables: Mapping[str, JSON],
        context: RequestContext,
        plan_for: PlanFor,
    ) -> Admission:
        """See `Gate.admit`."""
        return await self.inside.admit(document, variables, context, plan_for)

    async def explain(
        self,
        document: PreparedDocument,
        variables: Mapping[str, JSON],
        context: RequestContext,
        plan_for: PlanFor,
    ) -> Report:
        """See `Gate.explain`."""
        return await self.inside.explain(document, variables, context, plan_for)

    @property
    def studies(self) -> Studies:
        """See `Gate.studies`."""
        return self.inside.studies

    @property
    def visibility(self) -> Visibility:
        """See `Gate.visibility`."""
        return self.inside.visibility

    async def before_reading(self, context: RequestContext) -> None:
        """See `Gate.before_reading`."""
        await self.inside.before_reading(context)

    async def refused(self, context: RequestContext) -> Mapping[str, str]:
        """See `Gate.refused`."""
        return await self.inside.refused(context)

    def demands(self, type_name: str, field: FieldDefinition) -> Mapping[str, object]:
        """See `Gate.demands`."""
        return self.inside.demands(type_name, field)

    def demands_of(self, operation: Operation) -> Sequence[FieldDemand]:
        """See `Gate.demands_of`."""
        return self.inside.demands_of(operation)

    async def aclose(self) -> None:
        """See `Gate.aclose`."""
        await self.inside.aclose()


class GuardedGate(GateAround):
    """Asks guards about what the gate inside lets through, in order."""

    def __init__(self, inside: Gate, guards: Sequence[Guard]) -> None:
        super().__init__(inside)
        self._guards = guards

    async def admit(
        self,
        document: PreparedDocument,
        variables: Mapping[str, JSON],
        context: RequestContext,
        plan_for: PlanFor,
    ) -> Admission:
        """Admit what all of them let through.

        Raises:
            ClientError: The gate inside or a guard refuses.
        """
        admission = await super().admit(document, variables, context, plan_for)
        try:
            for guard in self._guards:
                guard(admission.prepared, context)
        except ClientError as refusal:
            # It was charged when it was admitted.
            raise refusal.charged(admission.headers) from refusal
        return admission
