"""Identical operations and identical requests to subgraphs, done once while under way.

An operation gets here when all about its caller is decided: who it is, what is left of
the operation, what it is charged. So each caller passes all that by itself, and only the
execution is shared. An execution is given one record, `ForRequest`, beside its plan; the
key holds every member of it, so that what could make two answers differ is in it.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, Self, TypeAlias, runtime_checkable

import msgspec
from msgspec.structs import replace

from gateway_graphql.errors import ConfigInvalid, ErrorLimits
from gateway_graphql.exchange import JSON
from gateway_graphql.execution import (
    ExecutionResult,
    ForRequest,
    encode_result,
    execute,
)
from gateway_graphql.execution.compiled.plan import CompiledPlan
from gateway_graphql.execution.run.for_request import Observe
from gateway_graphql.flights import Flights, digest
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.planning.plan import FetchNode
from gateway_graphql.spelling import meant, tells_options
from gateway_graphql.transport.around.share import SharingTransport, request_flights
from gateway_graphql.transport.base import Transport


@tells_options
@dataclass(frozen=True, slots=True)
class SharingSettings:
    """What is done once for all who want the same at the same time.

    Attributes:
        operations: Whether identical queries of clients are executed once.
        subgraphs: The subgraphs that identical queries are sent to once; `True` is all.
    """

    operations: bool = False
    subgraphs: bool | Collection[str] = False


@runtime_checkable
class Adopting(Protocol):
    """What observes an execution, and can learn from its like what that has seen.

    An execution is shared by requests that observe it so, or not at all.
    """

    def __call__(self, fetch: FetchNode, data: dict[str, JSON] | None) -> None:
        """See the data of a reply, as every `Observe` does."""
        ...

    def adopt(self, other: Self) -> None:
        """Know what another one has seen, of the same plan with the same variables."""
        ...


class Executed(msgspec.Struct):
    """What an execution gave, perhaps to many.

    Attributes:
        result: What it gave.
        observed: Has seen the replies.
    """

    result: ExecutionResult
    observed: Observe | None = None
    _body: bytes | None = None

    def body_of(self, answer: ExecutionResult, limits: ErrorLimits) -> bytes:
        """The bytes of an answer; those of the very result are made once."""
        if answer is not self.result:
            return encode_result(answer, limits)
        if self._body is None:
            self._body = encode_result(answer, limits)
        return self._body


_ExecutionFlights: TypeAlias = Flights[Executed]


class Sharing:
    """What is under way in the service of one supergraph, for others to join.

    Args:
        settings: What is shared.
        subgraphs: Those that the supergraph has.

    Raises:
        ConfigInvalid: The settings name another one.
    """

    def __init__(self, settings: SharingSettings, subgraphs: Iterable[str]) -> None:
        self._shares_operations = settings.operations
        self._subgraphs = _named(settings.subgraphs, tuple(subgraphs))
        self._operations: _ExecutionFlights = Flights(_is_for_all)
        self._requests = request_flights()

    def __repr__(self) -> str:
        return f"<Sharing {self._operations!r} {self._requests!r}>"

    def around(self, subgraph: str, transport: Transport) -> Transport:
        """The transport to a subgraph, shared if it is to be."""
        if subgraph not in self._subgraphs:
            return transport
        return SharingTransport(transport, self._requests)

    async def execute(self, compiled: CompiledPlan, given: ForRequest) -> Executed:
        """Execute a plan, or wait for an execution that is the same in all."""
        kind = compiled.plan.operation.kind
        if kind is OperationKind.MUTATION:
            return await self._mutated(compiled, given)
        key = None
        if self._shares_operations and kind is OperationKind.QUERY:
            key = key_of(compiled, given)
        if key is None:
            return await _executed(compiled, given)
        # The deadline is not that of the others; each is late by its own.
        work = partial(_executed, compiled, replace(given, deadline=None))
        executed = await self._operations.join(key, work)
        _tell(given.observe, executed.observed)
        return executed

    async def _mutated(self, compiled: CompiledPlan, given: ForRequest) -> Executed:
        """Whoever asks after a mutation sees it: nothing from before is joined then."""
        try:
            return await _executed(compiled, given)
        finally:
            self._operations.close()
            self._requests.close()


def key_of(compiled: CompiledPlan, given: ForRequest) -> Hashable | None:
    """All that an execution could follow from; `None` if it is not to be shared.

    The plan stands for the schema, the document, the operation's name, the labels that
    are active, and what the gate has taken out. Who is told of the schema, traced, or
    judged by what is fetched, has an execution for itself.
    """
    if given.tracer is not None or given.inspector is not None or given.introspected:
        return None
    if not (given.observe is None or isinstance(given.observe, Adopting)):
        return None
    facts = digest(
        dict(given.variables),
        dict(given.headers),
        None if given.caller is None else given.caller.facts(),
        frozenset(given.hidden_types),
    )
    if facts is None:
        return None
    # A flight holds them, so none of their ids is another's while it can be joined.
    return (
        facts,
        id(compiled),
        id(given.transports),
        id(given.mask),
        id(given.error_limits),
        type(given.observe),
    )


async def _executed(compiled: CompiledPlan, given: ForRequest) -> Executed:
    return Executed(await execute(compiled, given), given.observe)


def _tell(observer: Observe | None, other: Observe | None) -> None:
    """Let an observer know what the one of a shared execution has seen."""
    if observer is other:
        return
    if isinstance(observer, Adopting) and isinstance(other, Adopting):
        observer.adopt(other)


def _is_for_all(executed: Executed) -> bool:
    """A cookie is for whoever it was set for, however much alike the others are."""
    return all("set-cookie" not in one.headers for one in executed.result.replies)


def _named(
    settings: bool | Collection[str], subgraphs: Collection[str]
) -> Collection[str]:
    """The subgraphs that settings are about."""
    if isinstance(settings, bool):
        return subgraphs if settings else ()
    for name in settings:
        if name not in subgraphs:
            raise ConfigInvalid(
                f"Requests to subgraph '{name}' are to be shared, but the supergraph has "
                f"none of that name{meant(name, subgraphs)}"
            )
    return frozenset(settings)
