"""A subgraph's SDL -> the schema that its service would serve.

Federation's directives say nothing to an executing service, so they are left out; what
the federation specification adds (`_entities`, `_service`, `_Any`, `_Entity`) is added.
"""

from __future__ import annotations

from graphql import (
    REMOVE,
    DefinitionNode,
    DirectiveDefinitionNode,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    OperationType,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeExtensionNode,
    Visitor,
    build_schema,
    extend_schema,
    parse,
    print_ast,
    visit,
)


def subgraph_schema(sdl: str) -> GraphQLSchema:
    """Build the schema that a subgraph validates and runs its operations against."""
    nodes = [
        node
        for node in parse(sdl, no_location=True).definitions
        if not isinstance(node, SchemaExtensionNode) and not _is_for_schemas(node)
    ]
    defined = {_name(node) for node in nodes if not isinstance(node, TypeExtensionNode)}
    definitions: list[str] = []
    extensions: list[str] = []
    for node in nodes:
        text = print_ast(visit(node, _WithoutDirectives()))
        if not isinstance(node, TypeExtensionNode):
            definitions.append(text)
        elif _name(node) in defined:
            extensions.append(text)
        else:  # federation 1: the definition is in another subgraph
            definitions.append(text.removeprefix("extend "))
            defined.add(_name(node))
    entities = list(dict.fromkeys(_name(node) for node in nodes if _is_entity(node)))
    definitions.append("scalar _Any type _Service { sdl: String! }")
    root = _query_root(nodes)
    query = "_service: _Service!"
    if entities:
        definitions.append(f"union _Entity = {' | '.join(entities)}")
        query += " _entities(representations: [_Any!]!): [_Entity]!"
    if root in defined:
        extensions.append(f"extend type {root} {{ {query} }}")
    else:
        definitions.append(f"type {root} {{ {query} }}")
    schema = build_schema("\n".join(definitions))
    return extend_schema(schema, parse("\n".join(extensions))) if extensions else schema


class _WithoutDirectives(Visitor):
    def enter_directive(self, *_):
        return REMOVE


def _is_for_schemas(node: DefinitionNode) -> bool:
    """Whether it defines a directive that no operation can have."""
    return isinstance(node, DirectiveDefinitionNode) and not any(
        location.value in ("QUERY", "MUTATION", "FIELD") for location in node.locations
    )


def _query_root(nodes: list[DefinitionNode]) -> str:
    """The name of the query root, which a `schema` definition may change."""
    for node in nodes:
        if isinstance(node, SchemaDefinitionNode):
            for root in node.operation_types:
                if root.operation is OperationType.QUERY:
                    return root.type.name.value
    return "Query"


def _name(node: DefinitionNode) -> str:
    name = getattr(node, "name", None)
    return name.value if name else ""


def _is_entity(node: DefinitionNode) -> bool:
    return isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode) and any(
        directive.name.value == "key" for directive in node.directives or ()
    )
