"""The gate: what one caller gets of one document, decided between text and plan.

A gate sees the document and the coerced variables before anything is planned for the
caller. It may refuse (a `ClientError`), have places left out of the plan, skip
subgraphs, and say something beside the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import msgspec
from graphql import GraphQLSchema

from gateway_graphql.errors import ErrorDetail, SubgraphFailed
from gateway_graphql.exchange import JSON, RequestContext
from gateway_graphql.execution.result import ExecutionResult
from gateway_graphql.execution.run.for_request import Observe
from gateway_graphql.execution.run.inspection import Inspector
from gateway_graphql.language.operation import Condition, Operation
from gateway_graphql.language.pruning import Place
from gateway_graphql.pipeline.preparing.prepared import (
    PlanFor,
    PreparedDocument,
    PreparedOperation,
    Studies,
)
from gateway_graphql.pipeline.visibility import Visibility
from gateway_graphql.supergraph.model import FieldDefinition, Supergraph


class Settlement(msgspec.Struct, frozen=True):
    """What is known only when the operation has been executed.

    Attributes:
        headers: HTTP headers of the answer.
        extensions: Entries of the answer's `extensions`.
    """

    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    extensions: Mapping[str, object] = msgspec.field(default_factory=dict)


Settle: TypeAlias = Callable[[ExecutionResult], Settlement]
"""Is called with what the execution gave; what must be awaited is a task of its own."""


class Admission(msgspec.Struct, frozen=True):
    """What the gate lets through.

    Attributes:
        prepared: What is executed.
        errors: What was withheld, one entry per query path; first in the answer.
        skipped_subgraphs: Subgraphs that are not asked, each with the failure that its
            fetches become.
        headers: HTTP headers of the answer.
        extensions: Entries of the answer's `extensions`.
        settle: Called after the execution; `None` when nothing is open.
        inspector: Judges values that are known only when they are fetched.
        observe: Sees the data of every reply of a subgraph; by one that is `Adopting`,
            executions can be shared.
        report: Tells what was decided about a request that is traced; called after
            the execution.
        anew: Of a subscription, makes the admission of its next event: what is judged
            and counted in one execution begins anew, and nothing is charged. `None`
            when there is nothing of the kind.
    """

    prepared: PreparedOperation
    errors: tuple[ErrorDetail, ...] = ()
    skipped_subgraphs: Mapping[str, SubgraphFailed] = msgspec.field(
        default_factory=dict
    )
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    extensions: Mapping[str, object] = msgspec.field(default_factory=dict)
    settle: Settle | None = None
    inspector: Inspector | None = None
    observe: Observe | None = None
    report: Callable[[], Mapping[str, object]] | None = None
    anew: Callable[[], Admission] | None = None


@dataclass(frozen=True, slots=True)
class FieldDemand:
    """What having the field at a place of an operation takes, for documentation.

    Attributes:
        place: The field.
        condition: When it is asked for at all.
        scopes: Of each, one set must be had whole; none where it takes no scopes.
    """

    place: Place
    condition: Condition
    scopes: tuple[tuple[frozenset[str], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What a gate would say of a request, were it made.

    Attributes:
        prepared: What would be executed; `None` if it would be refused before.
        facts: What each policy found, ready for JSON.
    """

    prepared: PreparedOperation | None
    facts: Mapping[str, object] = field(default_factory=dict)


class Gate(Protocol):
    """Decides about every operation of one supergraph."""

    @property
    def studies(self) -> Studies:
        """What it wants to know of what is prepared, before any request."""
        ...

    @property
    def visibility(self) -> Visibility:
        """Who sees what of the schema."""
        ...

    async def admit(
        self,
        document: PreparedDocument,
        variables: Mapping[str, JSON],
        context: RequestContext,
        plan_for: PlanFor,
    ) -> Admission:
        """Decide about one request.

        Args:
            document: What is asked.
            variables: Coerced.
            context: Who asks.
            plan_for: Plans the document; must be called for what is admitted.

        Raises:
            ClientError: The request is refused as a whole.
        """
        ...

    async def explain(
        self,
        document: PreparedDocument,
        variables: Mapping[str, JSON],
        context: RequestContext,
        plan_for: PlanFor,
    ) -> Report:
        """Say what `admit` would decide, and why; nothing is counted."""
        ...

    async def before_reading(self, context: RequestContext) -> None:
        """Decide whether the caller may have a document read that nobody knows.

        Raises:
            ClientError: They have used up what they have.
        """
        ...

    async def refused(self, context: RequestContext) -> Mapping[str, str]:
        """Charge a request that was refused, by `admit` too; the answer's headers.

        Raises:
            ClientError: The caller has used up what they have.
        """
        ...

    def demands(self, type_name: str, field: FieldDefinition) -> Mapping[str, object]:
        """What a field takes, for documentation, ready for JSON."""
        ...

    def demands_of(self, operation: Operation) -> Sequence[FieldDemand]:
        """What the fields of an operation take, each that takes something."""
        ...

    async def aclose(self) -> None:
        """Let go what was made for this supergraph."""
        ...


GateFactory: TypeAlias = Callable[[Supergraph, GraphQLSchema], Gate | None]
"""Makes the gate of a supergraph, given with its API schema; `None` leaves it open.

It is called again on every reload; what must outlive a reload (counters, connections)
belongs to the factory.
"""


def open_gate(_supergraph: Supergraph, _api_schema: GraphQLSchema) -> None:
    """A gate that lets everybody have everything, whatever the schema demands.

    It is for gateways whose subgraphs decide by themselves who may have what.
    """
