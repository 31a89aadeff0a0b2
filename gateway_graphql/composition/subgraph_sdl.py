"""Subgraph SDL -> `SubgraphSchema`, or the reasons why it cannot be read.

Three things happen on the way. `@link` is read first, because it decides what every
other directive means. Federation's own definitions are added, as the specification
lets a subgraph leave them out, and the whole is checked as plain GraphQL. Then the
definitions become records, each extension joined with what it extends.
"""

from __future__ import annotations

from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    ExecutableDefinitionNode,
    GraphQLSyntaxError,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    parse,
)

from gateway_graphql.composition.completing import complete
from gateway_graphql.composition.declarations import read_types
from gateway_graphql.composition.links import Links, read_links
from gateway_graphql.composition.problems import Problems
from gateway_graphql.composition.rules.definitions import check_definitions
from gateway_graphql.composition.schema import (
    Applied,
    ObjectType,
    SchemaType,
    SubgraphSchema,
)
from gateway_graphql.composition.subgraph import Subgraph
from gateway_graphql.language.operation import OperationKind


def read_subgraph(
    subgraph: Subgraph, problems: Problems
) -> tuple[SubgraphSchema, DocumentNode, str] | None:
    """Read one subgraph; `None` when it has no readable SDL.

    Returns:
        The schema, its document as plain GraphQL, and the query root's own name.
    """
    document = _parse(subgraph, problems)
    if document is None:
        return None
    links, schema_directives = _links(document, subgraph.name, problems)
    check_definitions(document, links, subgraph.name, problems)
    roots = _roots(document)
    renamed = _renamed_roots(document, roots, subgraph.name, problems)
    types = read_types(document, links, renamed)
    schema = SubgraphSchema(
        subgraph.name,
        subgraph.url or "",
        types,
        _present_roots(roots, types),
        links.features,
        {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, DirectiveDefinitionNode)
        },
        schema_directives,
        links.federation,
        _description(document),
    )
    return schema, complete(document, links), roots.get(OperationKind.QUERY, "")


def _parse(subgraph: Subgraph, problems: Problems) -> DocumentNode | None:
    sdl: object = subgraph.to_sdl()
    if not isinstance(sdl, str):
        problems.error(
            "INVALID_GRAPHQL",
            f"The SDL is not text but {type(sdl).__name__}: give a str.",
            None,
            subgraph.name,
        )
        return None
    if not sdl.strip():
        problems.error("INVALID_GRAPHQL", "The SDL is empty.", None, subgraph.name)
        return None
    try:
        document = parse(sdl, no_location=True)
    except GraphQLSyntaxError as error:
        place = error.locations[0] if error.locations else None
        where = f" (line {place.line}, column {place.column})" if place else ""
        problems.error(
            "INVALID_GRAPHQL", f"{error.message}{where}", None, subgraph.name
        )
        return None
    return _type_system(document, subgraph.name, problems)


def _type_system(
    document: DocumentNode, subgraph: str, problems: Problems
) -> DocumentNode | None:
    """The document, unless it holds what clients send instead of a schema."""
    if not any(isinstance(d, ExecutableDefinitionNode) for d in document.definitions):
        return document
    problems.error(
        "INVALID_GRAPHQL",
        "The SDL holds an operation or a fragment: a schema has definitions of types"
        " and directives only.",
        None,
        subgraph,
    )
    return None


def _links(
    document: DocumentNode, subgraph: str, problems: Problems
) -> tuple[Links, tuple[Applied, ...]]:
    nodes = [
        (directive, isinstance(node, SchemaExtensionNode))
        for node in document.definitions
        if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode)
        for directive in node.directives or ()
    ]
    defined = [
        node.name.value
        for node in document.definitions
        if isinstance(node, DirectiveDefinitionNode)
    ]
    links = read_links(
        [directive for directive, _ in nodes],
        defined,
        subgraph=subgraph,
        problems=problems,
    )
    return links, tuple(
        Applied(
            links.canonical_name(directive.name.value),
            {a.name.value: a.value for a in directive.arguments or ()},
            is_extension=is_extension,
        )
        for directive, is_extension in nodes
    )


def _roots(document: DocumentNode) -> dict[OperationKind, str]:
    """Root type names as the schema definition says, else the default names."""
    declared = {
        OperationKind(operation.operation.value): operation.type.name.value
        for node in document.definitions
        if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode)
        for operation in node.operation_types or ()
    }
    has_definition = any(
        isinstance(node, SchemaDefinitionNode) for node in document.definitions
    )
    if has_definition:
        return declared
    return {kind: kind.capitalize() for kind in OperationKind} | declared


def _renamed_roots(
    document: DocumentNode,
    roots: dict[OperationKind, str],
    subgraph: str,
    problems: Problems,
) -> dict[str, str]:
    """Root types have their default names in a supergraph."""
    names = {
        node.name.value
        for node in document.definitions
        if hasattr(node, "name") and not isinstance(node, DirectiveDefinitionNode)
    }
    renamed: dict[str, str] = {}
    for kind in OperationKind:
        default, own = kind.capitalize(), roots.get(kind)
        if own == default:
            continue
        if own is not None:
            renamed[own] = default
        if default in names and own is not None:
            problems.error(
                f"ROOT_{kind.upper()}_USED",
                f'The schema has a type named "{default}" but it is not set as the'
                f' {kind} root type ("{own}" is instead): this is not supported by'
                " federation. If a root type does not use its default name, there"
                " should be no other type with that default name.",
                default,
                subgraph,
            )
    return renamed


def _present_roots(
    roots: dict[OperationKind, str], types: dict[str, SchemaType]
) -> dict[OperationKind, str]:
    return {
        kind: kind.capitalize()
        for kind in roots
        if isinstance(types.get(kind.capitalize()), ObjectType)
    }


def _description(document: DocumentNode) -> str | None:
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode) and node.description:
            return node.description.value
    return None
