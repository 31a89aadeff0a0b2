"""A subgraph that is an executable schema in this process, asked without HTTP.

The schema comes as a function, so no GraphQL library is named here: whoever has a schema
object adapts its `execute` (see `SchemaExecutor`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any, Protocol

import msgspec

from gateway_graphql.errors import SubgraphCannotStream, SubgraphReplyMalformed
from gateway_graphql.exchange import JSON, Stream
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.spelling import tells_options
from gateway_graphql.transport.base import (
    SubgraphAnswer,
    SubgraphReply,
    SubgraphRequest,
    SubgraphStream,
)
from gateway_graphql.transport.in_process.task import SubgraphSource, run_as_subgraph


class SchemaExecutor(Protocol):
    """Executes a document against a schema and gives the response as JSON values."""

    def __call__(
        self,
        query: str,
        variables: Mapping[str, JSON],
        operation_name: str | None,
        headers: Mapping[str, str],
    ) -> Coroutine[Any, Any, Mapping[str, object]]:
        """Execute; the result has `data`, `errors` or both."""
        ...


class SchemaSubscriber(Protocol):
    """Gives the events of a subscription, each a response as JSON values."""

    def __call__(
        self,
        query: str,
        variables: Mapping[str, JSON],
        operation_name: str | None,
        headers: Mapping[str, str],
    ) -> AsyncIterator[Mapping[str, object]]:
        """Subscribe; what is given is closed when nobody reads on."""
        ...


@tells_options
class SchemaTransport:
    """Ask a schema in this process.

    Args:
        execute: Runs one operation.
        subscribe: Runs a subscription; without it there are none.
        timeout_s: How long an operation may take, bounded by the request's deadline.
    """

    def __init__(
        self,
        execute: SchemaExecutor,
        subscribe: SchemaSubscriber | None = None,
        *,
        timeout_s: float = 30,
    ) -> None:
        self._execute = execute
        self._subscribe = subscribe
        self._timeout_s = timeout_s

    def __repr__(self) -> str:
        return f"<SchemaTransport {self._execute!r}>"

    async def send(self, request: SubgraphRequest) -> SubgraphAnswer:
        """Execute the request and encode its result, or the results of its events."""
        if request.kind is OperationKind.SUBSCRIPTION:
            return self._stream(request)
        work = self._execute(
            request.query, request.variables, request.operation_name, request.headers
        )
        result = await run_as_subgraph(work, request, timeout_s=self._timeout_s)
        return encoded(result, request)

    def _stream(self, request: SubgraphRequest) -> SubgraphStream:
        if self._subscribe is None:
            raise SubgraphCannotStream(request.subgraph)
        events = self._subscribe(
            request.query, request.variables, request.operation_name, request.headers
        )

        async def reply(event: Mapping[str, object]) -> SubgraphReply:
            return encoded(event, request)

        return SubgraphStream(Stream(SubgraphSource(events, request)).mapped(reply))


def encoded(
    result: Mapping[str, object],
    request: SubgraphRequest,
    raised: tuple[tuple[int, BaseException], ...] = (),
) -> SubgraphReply:
    """A result as the reply to a request, with what was raised by accident.

    Raises:
        SubgraphReplyMalformed: It has values that JSON does not.
    """
    try:
        body = msgspec.json.encode(result)
    except (TypeError, ValueError, RecursionError) as error:
        raise SubgraphReplyMalformed(
            request.subgraph, "the result is not JSON"
        ) from error
    return SubgraphReply(status=200, body=body, raised=raised)
