"""A client's document, read against a supergraph."""

from __future__ import annotations

from graphql import DocumentNode

from gateway_graphql.language.normalize import normalize, select_operation
from gateway_graphql.language.operation import Operation, OperationKind
from gateway_graphql.supergraph.model import Supergraph


def read_operation(
    document: DocumentNode, supergraph: Supergraph, operation_name: str | None = None
) -> Operation:
    """Normalize one operation of a document that is valid for the supergraph.

    Raises:
        UnknownOperationName: The document has no such operation.
    """
    node = select_operation(document, operation_name)
    return normalize(
        document,
        node,
        root=supergraph.roots[OperationKind(node.operation.value)],
        field_types=supergraph.field_types,
        possible_types=supergraph.possible_types,
    )
