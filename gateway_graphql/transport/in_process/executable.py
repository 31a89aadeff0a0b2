"""A schema object with an async `execute`, such as `strawberry.Schema`, as a subgraph.

No GraphQL library is imported: the shape of the call is what counts. The context of
resolvers is made once per client request, so that dataloaders live as long as it does. The
message of a `GraphQLError` is meant for clients; that of any other exception is not.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

from graphql import GraphQLError

from gateway_graphql.errors import SubgraphCannotStream
from gateway_graphql.exchange import MakeContext, RequestContext, Stream
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport.base import (
    SubgraphAnswer,
    SubgraphReply,
    SubgraphRequest,
    SubgraphStream,
)
from gateway_graphql.transport.in_process.schema import encoded
from gateway_graphql.transport.in_process.task import SubgraphSource, run_as_subgraph

_Any = TypeVar("_Any")


class _Result(Protocol):
    data: Mapping[str, object] | None
    errors: Sequence[GraphQLError] | None


@runtime_checkable
class ExecutableSchema(Protocol):
    """What is asked of a schema object."""

    async def execute(
        self,
        query: str,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        *,
        operation_name: str | None = None,
    ) -> _Result:
        """Execute one operation."""
        ...


@runtime_checkable
class SubscribableSchema(Protocol):
    """What is asked, beside that, of a schema object with subscriptions."""

    async def subscribe(
        self,
        query: str,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        *,
        operation_name: str | None = None,
    ) -> AsyncIterator[_Result] | _Result:
        """Give the results of one subscription, or the one that refuses it."""
        ...


class SchemaObjectTransport:
    """Ask a schema object in this process.

    Args:
        schema: The subgraph.
        make_context: Makes what its resolvers find in their context, once per client
            request; by default the headers alone.
        timeout_s: How long an operation may take, bounded by the request's deadline.
    """

    def __init__(
        self,
        schema: ExecutableSchema,
        make_context: MakeContext | None = None,
        *,
        timeout_s: float = 30,
    ) -> None:
        self._schema = schema
        self._make_context = make_context or _headers_alone
        self._timeout_s = timeout_s

    def __repr__(self) -> str:
        return f"<SchemaObjectTransport {self._schema!r}>"

    async def send(self, request: SubgraphRequest) -> SubgraphAnswer:
        """Execute the request and encode its result, or the results of its events."""
        if request.kind is not OperationKind.SUBSCRIPTION:
            return _reply(await self._run(self._execute(request), request), request)
        began = await self._run(self._subscribe(request), request)
        if not isinstance(began, AsyncIterator):
            return _reply(began, request)

        async def reply(result: _Result) -> SubgraphReply:
            return _reply(result, request)

        return SubgraphStream(Stream(SubgraphSource(began, request)).mapped(reply))

    async def _run(
        self, work: Coroutine[object, object, _Any], request: SubgraphRequest
    ) -> _Any:
        return await run_as_subgraph(work, request, timeout_s=self._timeout_s)

    async def _subscribe(
        self, request: SubgraphRequest
    ) -> AsyncIterator[_Result] | _Result:
        if not isinstance(self._schema, SubscribableSchema):
            raise SubgraphCannotStream(request.subgraph)
        return await self._schema.subscribe(
            request.query,
            dict(request.variables),
            await self._context(request),
            operation_name=request.operation_name,
        )

    async def _execute(self, request: SubgraphRequest) -> _Result:
        return await self._schema.execute(
            request.query,
            dict(request.variables),
            await self._context(request),
            operation_name=request.operation_name,
        )

    async def _context(self, request: SubgraphRequest) -> object:
        """What is made once per client request; fetches at the same time share it."""
        making = request.kept.get(self)
        if making is None:
            making = asyncio.ensure_future(self._made(request))
            request.kept[self] = making
        # A fetch that is cancelled leaves the context to the others.
        return await asyncio.shield(making)

    async def _made(self, request: SubgraphRequest) -> object:
        made = self._make_context(
            RequestContext(
                request.headers, caller=request.caller, deadline=request.deadline
            )
        )
        return await made if inspect.isawaitable(made) else made


def _reply(result: _Result, request: SubgraphRequest) -> SubgraphReply:
    errors = result.errors or ()
    raised = tuple(
        (index, cause)
        for index, error in enumerate(errors)
        if (cause := _accident(error)) is not None
    )
    body: dict[str, object] = {"data": result.data}
    if errors:
        body["errors"] = [_formatted(error, request.subgraph) for error in errors]
    return encoded(body, request, raised)


def _headers_alone(context: RequestContext) -> object:
    return {"headers": context.headers}


def _accident(error: GraphQLError) -> Exception | None:
    """What a resolver raised that was not meant for clients."""
    cause = error.original_error
    return None if isinstance(cause, GraphQLError) else cause


def _formatted(error: GraphQLError, subgraph: str) -> Mapping[str, object]:
    """An error as a reply has it; what was raised by accident is for the log alone."""
    if _accident(error) is None:
        return error.formatted
    return {
        **error.formatted,
        "message": f"Subgraph '{subgraph}' failed.",
        "extensions": {"code": "INTERNAL_SERVER_ERROR"},
    }
