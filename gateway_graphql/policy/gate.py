"""The gate of a gateway: its policies, in the order in which they decide.

Policies know nothing of each other. What one leaves of an operation is what the next one
looks at, and this is the one place that knows their order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import GraphQLSchema

from gateway_graphql.pipeline import Admission, PlanFor, PreparedDocument
from gateway_graphql.policy.authorization import Authorization, AuthorizationSettings
from gateway_graphql.request import JSON, RequestContext
from gateway_graphql.supergraph.model import Supergraph


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of a gateway; called with a supergraph it makes the gate for it.

    Attributes:
        authorization: Who may have which fields.
    """

    authorization: AuthorizationSettings | None = None

    def __call__(self, supergraph: Supergraph, api_schema: GraphQLSchema) -> PolicyGate:
        """Make the gate of a supergraph."""
        return PolicyGate(Authorization(supergraph, api_schema, self.authorization))


class PolicyGate:
    """Decides about every operation of one supergraph by its policies."""

    def __init__(self, authorization: Authorization) -> None:
        self._authorization = authorization

    def __repr__(self) -> str:
        return f"<PolicyGate {self._authorization!r}>"

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
        judgement = await self._authorization.judge(document, variables, context)
        schema = None
        if document.has_introspection:
            schema = await self._authorization.visible_schema(context)
        prepared = await plan_for(judgement.removals, judgement.additions, schema)
        return Admission(
            prepared,
            judgement.errors,
            extensions=judgement.extensions,
            inspector=judgement.inspector,
        )

    async def visible_schema(self, context: RequestContext) -> GraphQLSchema:
        """The part of the API schema that the caller may use."""
        return await self._authorization.visible_schema(context)
