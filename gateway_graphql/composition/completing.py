"""A subgraph's document with what federation lets it leave out.

A subgraph need not define the federation directives, may extend types that only other
subgraphs define, and may have no query root. Checked as plain GraphQL it would fail on
all three; here it gets the definitions, and lone extensions become definitions.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ListTypeNode,
    NamedTypeNode,
    NameNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    ScalarTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
    parse,
)

from gateway_graphql.composition.federation import (
    MACHINERY_FIELDS,
    definition_of,
    directive_names,
    scalar_names,
)
from gateway_graphql.composition.links import Links

_DEFINITION_OF = {
    ObjectTypeExtensionNode: ObjectTypeDefinitionNode,
    InterfaceTypeExtensionNode: InterfaceTypeDefinitionNode,
    UnionTypeExtensionNode: UnionTypeDefinitionNode,
    EnumTypeExtensionNode: EnumTypeDefinitionNode,
    InputObjectTypeExtensionNode: InputObjectTypeDefinitionNode,
    ScalarTypeExtensionNode: ScalarTypeDefinitionNode,
}

_LINK = parse(
    """
    directive @link(
      url: String, as: String, for: link__Purpose, import: [link__Import]
    ) repeatable on SCHEMA
    directive @core(
      feature: String!, as: String, for: link__Purpose
    ) repeatable on SCHEMA
    scalar link__Import
    enum link__Purpose { SECURITY EXECUTION }
    """,
    no_location=True,
).definitions


def complete(document: DocumentNode, links: Links) -> DocumentNode:
    """The document as plain GraphQL, complete in itself."""
    own = [
        _demanding(_without_machinery(node), links)
        for node in _with_definitions(document)
    ]
    names = {(_space(node), _name(node)) for node in own}
    added = [
        node for node in _machinery(links) if (_space(node), _name(node)) not in names
    ]
    return DocumentNode(definitions=(*own, *added))


def _demanding(node: DefinitionNode, links: Links) -> DefinitionNode:
    """A definition of federation's that demands what federation demands.

    A library may print `name: String` for `name: String!`. Where the directive is
    applied, the argument is needed all the same.
    """
    if not isinstance(node, DirectiveDefinitionNode):
        return node
    canonical = links.canonical.get(node.name.value)
    if canonical is None or canonical not in directive_names(links.federation):
        return node
    expected = _definition(node.name.value, canonical, links)
    needed = {
        argument.name.value
        for argument in expected.arguments or ()
        if isinstance(argument.type, NonNullTypeNode)
    }
    return DirectiveDefinitionNode(
        name=node.name,
        arguments=tuple(
            _required(argument) if argument.name.value in needed else argument
            for argument in node.arguments or ()
        ),
        repeatable=node.repeatable,
        locations=node.locations,
    )


def _required(node: InputValueDefinitionNode) -> InputValueDefinitionNode:
    match node.type:
        case NamedTypeNode() | ListTypeNode() as own:
            return InputValueDefinitionNode(
                name=node.name, type=NonNullTypeNode(type=own), directives=()
            )
        case _:
            return node


def _definition(local: str, canonical: str, links: Links) -> DirectiveDefinitionNode:
    return definition_of(
        canonical,
        _version_with(canonical, links),
        local_name=local,
        type_prefix=_prefix(links),
    )


def _prefix(links: Links) -> str:
    return "_" if links.federation[0] == 1 else "federation__"


def _space(node: DefinitionNode) -> str:
    return "@" if isinstance(node, DirectiveDefinitionNode) else "type"


def _name(node: DefinitionNode) -> str:
    name = getattr(node, "name", None)
    return name.value if name is not None else ""


def _machinery(links: Links) -> Iterator[DefinitionNode]:
    prefix = _prefix(links)
    for local, canonical in links.canonical.items():
        if canonical != "link":
            yield _definition(local, canonical, links)
    scalars = {f"{prefix}{name}" for name in scalar_names((2, 9))} | _own_scalars(links)
    for name in sorted(scalars):
        yield ScalarTypeDefinitionNode(name=NameNode(value=name), directives=())
    yield from _LINK
    for name in sorted(links.link_names - {"link", "core"}):
        text = (
            f"directive @{name}(url: String, as: String, for: link__Purpose,"
            " import: [link__Import]) repeatable on SCHEMA"
        )
        yield parse(text, no_location=True).definitions[0]


def _version_with(canonical: str, links: Links) -> tuple[int, int]:
    """The federation version, or a later one for a spec that is linked by itself."""
    if canonical in directive_names(links.federation):
        return links.federation
    return max(links.federation, (2, 9))


def _own_scalars(links: Links) -> set[str]:
    """Names under which the schema imports the specifications' scalars."""
    return {
        local
        for feature in links.features.values()
        for element, local in feature.imports.items()
        if not element.startswith("@") and not local.startswith("@")
    } | {"federation__FieldSet", "FieldSet" if links.federation[0] > 1 else "_FieldSet"}


def _with_definitions(document: DocumentNode) -> Iterator[DefinitionNode]:
    """Lone type extensions become definitions, a lone schema extension, too."""
    defined = {
        node.name.value
        for node in document.definitions
        if isinstance(node, TypeDefinitionNode)
    }
    has_schema = any(
        isinstance(node, SchemaDefinitionNode) for node in document.definitions
    )
    for node in document.definitions:
        if isinstance(node, TypeExtensionNode) and node.name.value not in defined:
            defined.add(node.name.value)
            yield _as_definition(node)
        elif (
            isinstance(node, SchemaExtensionNode)
            and not has_schema
            and node.operation_types
        ):
            has_schema = True
            yield SchemaDefinitionNode(
                directives=node.directives, operation_types=node.operation_types
            )
        else:
            yield node


def _as_definition(node: TypeExtensionNode) -> DefinitionNode:
    members = {
        key: getattr(node, key)
        for key in ("name", "directives", "interfaces", "fields", "types", "values")
        if hasattr(node, key)
    }
    definition: DefinitionNode = _DEFINITION_OF[type(node)](**members)
    return definition


def _without_machinery(node: DefinitionNode) -> DefinitionNode:
    """Drop `_entities` and `_service`, which composition defines itself."""
    if not isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode):
        return node
    fields: tuple[FieldDefinitionNode, ...] = tuple(
        field for field in node.fields or () if field.name.value not in MACHINERY_FIELDS
    )
    if len(fields) == len(node.fields or ()):
        return node
    return type(node)(
        name=node.name,
        directives=node.directives,
        interfaces=node.interfaces,
        fields=fields,
    )
