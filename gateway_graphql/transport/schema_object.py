"""A schema object with an async `execute`, such as `strawberry.Schema`, as a subgraph.

No GraphQL library is imported: the shape of the call is what counts. Resolvers find the
forwarded headers in their context, under `headers`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from graphql import GraphQLError

from gateway_graphql.request import JSON
from gateway_graphql.transport.schema import SchemaExecutor, SchemaTransport


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


def transport_to(schema: ExecutableSchema) -> SchemaTransport:
    """Make the transport that asks a schema object."""
    return SchemaTransport(_executor_of(schema))


def _executor_of(schema: ExecutableSchema) -> SchemaExecutor:
    async def run(
        query: str,
        variables: Mapping[str, JSON],
        operation_name: str | None,
        headers: Mapping[str, str],
    ) -> Mapping[str, object]:
        result = await schema.execute(
            query,
            dict(variables),
            {"headers": headers},
            operation_name=operation_name,
        )
        response: dict[str, object] = {"data": result.data}
        if result.errors:
            response["errors"] = [error.formatted for error in result.errors]
        return response

    return run
