"""What is known of a document before any request, and what policies make of it.

A *prepared document* is one operation, normalized, with no plan yet: which plan is right
depends on what the caller may have of it. A *prepared operation* is one such plan.

Policies look at either once: what they find out is made with it, off the event loop, and
kept with it (`study`). So deciding about a request is a look-up and a comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias, TypeVar

import msgspec

from gateway_graphql.exchange import JSON, RequestContext
from gateway_graphql.execution import Coercer, CompiledPlan
from gateway_graphql.language.operation import Operation
from gateway_graphql.language.pruning import (
    NOTHING,
    Addition,
    Place,
)
from gateway_graphql.planning.plan import QueryPlan
from gateway_graphql.supergraph.forbidden_nulls import ForbiddenNull, outermost

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """All that can be known of an operation before a request.

    Attributes:
        operation: What the client asks, normalized.
        plan: The fetches that answer it, or what is left of it after removals.
        compiled: The plan, ready to run.
        coercer: Turns the request's raw variables into values of their types.
        is_withheld: Whether removals left nothing: the answer is `data: null`.
        found: What each study made of it.
    """

    operation: Operation
    plan: QueryPlan
    compiled: CompiledPlan
    coercer: Coercer
    is_withheld: bool = False
    found: Mapping[object, object] = field(
        repr=False, compare=False, default_factory=dict
    )

    def study(self, make: Callable[[PreparedOperation], _Found]) -> _Found:
        """What `make`, one of the `Studies.of_plans`, found out about it."""
        return self.found[make]  # type: ignore[return-value] # what `make` gave


Guard: TypeAlias = Callable[[PreparedOperation, RequestContext], None]
"""Sees every prepared operation once per request; raises a `ClientError` to refuse."""


class Variant(msgspec.Struct, frozen=True):
    """What makes one plan of a document different from another.

    Attributes:
        removals: Places of the document that are not planned.
        additions: Fields that the gateway selects for itself.
        override_labels: The labels of progressive `@override` that are active.
    """

    removals: frozenset[Place] = NOTHING
    additions: tuple[Addition, ...] = ()
    override_labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """One operation of a valid document.

    Attributes:
        operation: What the client asks, normalized, without what fails before anybody
            is asked.
        answer: All that the client asks; what is not in the operation is marked.
        coercer: Turns the request's raw variables into values of their types.
        forbidden_nulls: Where a null in a variable is an error of a field.
        found: What each study made of its operation.
    """

    operation: Operation
    answer: Operation
    coercer: Coercer
    forbidden_nulls: tuple[ForbiddenNull, ...] = ()
    found: Mapping[object, object] = field(
        repr=False, compare=False, default_factory=dict
    )

    def nulls_given(self, variables: Mapping[str, JSON]) -> tuple[ForbiddenNull, ...]:
        """Where a request has null and must not, one for each field that is asked for."""
        if not self.forbidden_nulls or None not in variables.values():
            return ()
        return outermost(n for n in self.forbidden_nulls if n.is_given(variables))

    def study(self, make: Callable[[Operation], _Found]) -> _Found:
        """What `make`, one of the `Studies.of_documents`, found out about it."""
        return self.found[make]  # type: ignore[return-value] # what `make` gave


@dataclass(frozen=True, slots=True)
class Studies:
    """What policies want to know of all that is prepared.

    Each is made once, in the thread that prepares; what it gives is asked for by the
    function that made it.

    Attributes:
        of_documents: Of an operation, whoever asks it.
        of_plans: Of an operation as it is planned for some callers.
    """

    of_documents: tuple[Callable[[Operation], object], ...] = ()
    of_plans: tuple[Callable[[PreparedOperation], object], ...] = ()


NO_STUDIES: Final = Studies()


class PlanFor(Protocol):
    """Plans the document of a request, for one caller or for many alike."""

    async def __call__(
        self,
        removals: frozenset[Place] = NOTHING,
        additions: tuple[Addition, ...] = (),
    ) -> PreparedOperation:
        """Plan the document without some places.

        Two requests share a plan only when they remove the same places, so what one
        caller may not have cannot reach another by it.

        Args:
            removals: Places that are not planned, and are null in the answer.
            additions: Fields that are fetched for the gateway, and not answered.
        """
        ...
