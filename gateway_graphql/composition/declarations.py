"""Type declarations -> records: each extension joined with what it extends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graphql import (
    ConstDirectiveNode,
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    ScalarTypeExtensionNode,
    StringValueNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
)

from gateway_graphql.composition.federation import MACHINERY_FIELDS, MACHINERY_TYPES
from gateway_graphql.composition.links import Links
from gateway_graphql.composition.schema import (
    BUILT_IN_SCALARS,
    Applied,
    Element,
    EnumType,
    FieldElement,
    InputElement,
    InputType,
    InterfaceType,
    ObjectType,
    ScalarType,
    SchemaType,
    UnionType,
)
from gateway_graphql.language.type_reference import (
    ListType,
    NamedType,
    NonNullType,
    TypeReference,
    type_from_node,
)

_OBJECT = (ObjectTypeDefinitionNode, ObjectTypeExtensionNode)
_INTERFACE = (InterfaceTypeDefinitionNode, InterfaceTypeExtensionNode)
_UNION = (UnionTypeDefinitionNode, UnionTypeExtensionNode)
_ENUM = (EnumTypeDefinitionNode, EnumTypeExtensionNode)
_SCALAR = (ScalarTypeDefinitionNode, ScalarTypeExtensionNode)
_INPUT = (InputObjectTypeDefinitionNode, InputObjectTypeExtensionNode)


def read_types(
    document: DocumentNode, links: Links, renamed: dict[str, str]
) -> dict[str, SchemaType]:
    """All types of the subgraph's own, in the order of their first declaration."""
    declarations: dict[str, list[TypeDefinitionNode | TypeExtensionNode]] = {}
    for node in document.definitions:
        if isinstance(node, TypeDefinitionNode | TypeExtensionNode):
            declarations.setdefault(node.name.value, []).append(node)
    machinery = MACHINERY_TYPES | _linked_types(links)
    reader = _Reader(links, renamed)
    return {
        renamed.get(name, name): reader.type_from(renamed.get(name, name), nodes)
        for name, nodes in declarations.items()
        if name not in machinery and name not in BUILT_IN_SCALARS
    }


def _kind_of(node: TypeDefinitionNode | TypeExtensionNode) -> str:
    return node.kind.removesuffix("_definition").removesuffix("_extension")


def _linked_types(links: Links) -> set[str]:
    """Types that a subgraph repeats from the specifications it links."""
    names: set[str] = set()
    for feature in links.features.values():
        if feature.identity.startswith("https://specs.apollo.dev/"):
            names |= {
                local
                for element, local in feature.imports.items()
                if not element.startswith("@")
            }
            names |= {
                f"{feature.alias}__{element}"
                for element in ("FieldSet", "Scope", "Policy", "ContextFieldValue")
            }
    return names


class _Reader:
    """Reads nodes of one document; holds what names mean there."""

    def __init__(self, links: Links, renamed: dict[str, str]) -> None:
        self._links = links
        self._renamed = renamed

    def type_from(
        self, name: str, nodes: Sequence[TypeDefinitionNode | TypeExtensionNode]
    ) -> SchemaType:
        first = next((n for n in nodes if isinstance(n, TypeDefinitionNode)), nodes[0])
        # Declarations of other kinds are an error, which GraphQL's own rules report.
        alike = [n for n in nodes if _kind_of(n) == _kind_of(first)]
        ordered = [first, *(n for n in alike if n is not first)]
        is_defined = isinstance(first, TypeDefinitionNode)
        directives = tuple(
            self._applied(directive, number, isinstance(node, TypeExtensionNode))
            for number, node in enumerate(ordered)
            for directive in node.directives or ()
        )
        description = _text(getattr(first, "description", None))
        base = Element(name=name, description=description, directives=directives)
        if isinstance(first, _OBJECT):
            return ObjectType(
                name=base.name,
                description=base.description,
                directives=base.directives,
                is_defined=is_defined,
                fields=self._fields(ordered),
                interfaces=self._interfaces(ordered),
            )
        if isinstance(first, _INTERFACE):
            return InterfaceType(
                name=base.name,
                description=base.description,
                directives=base.directives,
                is_defined=is_defined,
                fields=self._fields(ordered),
                interfaces=self._interfaces(ordered),
            )
        return self._other_type(base, first, ordered, is_defined)

    def _other_type(
        self,
        base: Element,
        first: TypeDefinitionNode | TypeExtensionNode,
        ordered: Sequence[TypeDefinitionNode | TypeExtensionNode],
        is_defined: bool,
    ) -> SchemaType:
        if isinstance(first, _UNION):
            return UnionType(
                name=base.name,
                description=base.description,
                directives=base.directives,
                is_defined=is_defined,
                members=tuple(
                    dict.fromkeys(
                        self._name(member.name.value)
                        for node in ordered
                        for member in getattr(node, "types", None) or ()
                    )
                ),
            )
        if isinstance(first, _ENUM):
            return EnumType(
                name=base.name,
                description=base.description,
                directives=base.directives,
                is_defined=is_defined,
                values={
                    value.name.value: Element(
                        name=value.name.value,
                        description=_text(value.description),
                        directives=self._directives(value.directives),
                    )
                    for node in ordered
                    for value in getattr(node, "values", None) or ()
                },
            )
        if isinstance(first, _INPUT):
            return InputType(
                name=base.name,
                description=base.description,
                directives=base.directives,
                is_defined=is_defined,
                fields=self._inputs(
                    field
                    for node in ordered
                    for field in getattr(node, "fields", None) or ()
                ),
            )
        if not isinstance(first, _SCALAR):
            raise AssertionError(f"no type declaration: {first.kind}")
        return ScalarType(
            name=base.name,
            description=base.description,
            directives=base.directives,
            is_defined=is_defined,
        )

    def _fields(
        self, nodes: Sequence[TypeDefinitionNode | TypeExtensionNode]
    ) -> dict[str, FieldElement]:
        fields: dict[str, FieldElement] = {}
        for number, node in enumerate(nodes):
            for field in getattr(node, "fields", None) or ():
                if field.name.value in MACHINERY_FIELDS:
                    continue
                fields.setdefault(field.name.value, self._field(field, number))
        return fields

    def _field(self, node: FieldDefinitionNode, declaration: int) -> FieldElement:
        return FieldElement(
            name=node.name.value,
            description=_text(node.description),
            directives=self._directives(node.directives),
            type=self._type(node.type),
            arguments=self._inputs(node.arguments or ()),
            declaration=declaration,
        )

    def _inputs(
        self, nodes: Iterable[InputValueDefinitionNode]
    ) -> dict[str, InputElement]:
        return {
            node.name.value: InputElement(
                name=node.name.value,
                description=_text(node.description),
                directives=self._directives(node.directives),
                type=self._type(node.type),
                default=node.default_value,
            )
            for node in nodes
        }

    def _interfaces(
        self, nodes: Sequence[TypeDefinitionNode | TypeExtensionNode]
    ) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(
                interface.name.value
                for node in nodes
                for interface in getattr(node, "interfaces", None) or ()
            )
        )

    def _directives(self, nodes: Iterable[DirectiveNode] | None) -> tuple[Applied, ...]:
        return tuple(self._applied(node, 0, False) for node in nodes or ())

    def _applied(
        self,
        node: DirectiveNode | ConstDirectiveNode,
        declaration: int,
        is_extension: bool,
    ) -> Applied:
        return Applied(
            self._links.canonical_name(node.name.value),
            {a.name.value: a.value for a in node.arguments or ()},
            declaration,
            is_extension,
        )

    def _type(self, node: object) -> TypeReference:
        reference = type_from_node(node)  # type: ignore[arg-type]
        return self._rename(reference) if self._renamed else reference

    def _rename(self, reference: TypeReference) -> TypeReference:
        match reference:
            case NamedType(name):
                return NamedType(self._name(name))
            case ListType(item):
                return ListType(self._rename(item))
            case NonNullType(item):
                inner = self._rename(item)
                if isinstance(inner, NonNullType):
                    raise AssertionError("renaming keeps the shape")
                return NonNullType(inner)

    def _name(self, name: str) -> str:
        return self._renamed.get(name, name)


def _text(node: StringValueNode | None) -> str | None:
    return node.value if node is not None else None
