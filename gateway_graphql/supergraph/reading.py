"""Supergraph SDL (join specification v0.1 to v0.5) -> `Supergraph`, whoever wrote it.

Where the SDL leaves a claim out because it holds for every subgraph of the type, the
claim is spelled out here, so that no later stage knows about versions of the
specification. In v0.1 that also means: types without `@join__type` are value types of
every subgraph, and key fields are known wherever the key is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from graphql import (
    BooleanValueNode,
    ConstDirectiveNode,
    ConstValueNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListValueNode,
    ObjectTypeDefinitionNode,
    ObjectValueNode,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    StringValueNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

from gateway_graphql.errors import SupergraphInvalid
from gateway_graphql.language.field_set import FieldSet, FieldSets
from gateway_graphql.language.operation import Field, OperationKind
from gateway_graphql.language.type_reference import type_from_node, type_from_text
from gateway_graphql.supergraph.directives import (
    Features,
    arguments_of,
    is_machinery_link,
    read_features,
    text,
)
from gateway_graphql.supergraph.input_literals import InputLiterals
from gateway_graphql.supergraph.model import (
    AppliedDirective,
    ContextArgument,
    DirectiveDefinition,
    EnumDefinition,
    EnumValue,
    FieldDefinition,
    FieldJoin,
    Implements,
    InputObjectDefinition,
    InputValue,
    InterfaceDefinition,
    ObjectDefinition,
    ScalarDefinition,
    SubgraphReference,
    Supergraph,
    TypeDefinition,
    TypeJoin,
    UnionDefinition,
    UnionMember,
)

_Node = TypeVar("_Node")
_BUILT_IN = frozenset({"skip", "include", "deprecated", "specifiedBy", "oneOf"})


def read_supergraph(sdl: str) -> Supergraph:
    """Read a supergraph SDL.

    Raises:
        SupergraphInvalid: The text is empty, is not GraphQL, or is not a supergraph.
    """
    if not sdl.strip():
        raise SupergraphInvalid("The supergraph is empty.")
    try:
        document = parse(sdl, no_location=False)
        supergraph = _Reader(document).read()
        _read_defaults(supergraph)
    except GraphQLError as error:
        place = f" (line {error.locations[0].line})" if error.locations else ""
        raise SupergraphInvalid(
            f"The supergraph is not valid GraphQL: {error.message}{place}"
        ) from error
    return supergraph


def _read_defaults(supergraph: Supergraph) -> None:
    """Refuse input objects whose default contains itself, before a request meets one.

    Validation of the API schema does not see the fields that clients do not.
    """
    literals = InputLiterals(supergraph)
    for definition in supergraph.types.values():
        if isinstance(definition, InputObjectDefinition):
            for field in definition.fields.values():
                literals.default(field)


class _Reader:
    """Reads one document; holds what all definitions need to be read."""

    def __init__(self, document: DocumentNode) -> None:
        self._document = document
        self._schema_directives = tuple(
            directive
            for node in document.definitions
            if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode)
            for directive in node.directives or ()
        )
        self._features: Features = read_features(self._schema_directives)
        self._name_by_graph: dict[str, str] = {}
        self._field_sets = FieldSets()
        self._subgraphs = self._read_subgraphs()
        self._is_v01 = any("/join/v0.1" in link.url for link in self._features.links)

    def read(self) -> Supergraph:
        types = {
            node.name.value: self._type(node)
            for node in self._of(TypeDefinitionNode)
            if not self._features.is_machinery(node.name.value)
        }
        if self._is_v01:
            types = {name: _with_v01_keys(node) for name, node in types.items()}
        schema = next(iter(self._of(SchemaDefinitionNode)), None)
        roots = self._roots(schema, types)
        return Supergraph(
            subgraphs=self._subgraphs,
            types=types,
            roots=roots,
            directives=tuple(
                self._directive_definition(node)
                for node in self._of(DirectiveDefinitionNode)
                if not self._features.is_machinery(node.name.value)
                and node.name.value not in _BUILT_IN
            ),
            description=_description(schema),
            links=tuple(
                link for link in self._features.links if not is_machinery_link(link)
            ),
            schema_directives=tuple(
                AppliedDirective(directive.name.value, arguments_of(directive))
                for directive in self._schema_directives
                if directive.name.value not in ("link", "core")
            ),
        )

    def _of(self, kind: type[_Node]) -> list[_Node]:
        return [node for node in self._document.definitions if isinstance(node, kind)]

    def _read_subgraphs(self) -> dict[str, SubgraphReference]:
        subgraphs: dict[str, SubgraphReference] = {}
        for node in self._of(EnumTypeDefinitionNode):
            if node.name.value != "join__Graph":
                continue
            for value in node.values or ():
                arguments = _arguments(value.directives, "join__graph")
                facts = arguments[0] if arguments else {}
                name = text(facts.get("name")) or value.name.value
                self._name_by_graph[value.name.value] = name
                subgraphs[name] = SubgraphReference(name, text(facts.get("url")) or "")
        if not subgraphs:
            raise SupergraphInvalid(
                "This is no supergraph: it has no enum `join__Graph` that names the "
                "subgraphs. Compose one with `gateway-graphql compose`."
            )
        return subgraphs

    def _roots(
        self,
        schema: SchemaDefinitionNode | None,
        types: Mapping[str, TypeDefinition],
    ) -> dict[OperationKind, str]:
        if schema is not None:
            roots = {
                OperationKind(node.operation.value): node.type.name.value
                for node in schema.operation_types
            }
        else:
            roots = {
                kind: kind.value.capitalize()
                for kind in OperationKind
                if kind.value.capitalize() in types
            }
        for kind, name in roots.items():
            if not isinstance(types.get(name), ObjectDefinition):
                raise SupergraphInvalid(f"The {kind} root `{name}` is no object type.")
        if OperationKind.QUERY not in roots:
            raise SupergraphInvalid("The supergraph has no query root type.")
        return roots

    def _graph(self, node: ConstValueNode | None) -> str:
        graph = text(node)
        if graph is None or graph not in self._name_by_graph:
            raise SupergraphInvalid(f"Unknown subgraph `{graph}` in a join directive.")
        return self._name_by_graph[graph]

    # Types

    def _type(self, node: TypeDefinitionNode) -> TypeDefinition:
        joins = self._type_joins(node)
        graphs = tuple(dict.fromkeys(join.subgraph for join in joins))
        common = (
            node.name.value,
            _description(node),
            self._applied(node.directives),
            joins,
            self._is_inaccessible(node.directives),
        )
        match node:
            case ObjectTypeDefinitionNode():
                return ObjectDefinition(
                    *common, *self._fields_and_interfaces(node, joins, graphs)
                )
            case InterfaceTypeDefinitionNode():
                return InterfaceDefinition(
                    *common, *self._fields_and_interfaces(node, joins, graphs)
                )
            case UnionTypeDefinitionNode():
                return UnionDefinition(*common, self._members(node, graphs))
            case EnumTypeDefinitionNode():
                return EnumDefinition(*common, self._enum_values(node, graphs))
            case InputObjectTypeDefinitionNode():
                fields = {
                    field.name.value: self._input_value(field, graphs)
                    for field in node.fields or ()
                }
                return InputObjectDefinition(*common, fields)
            case ScalarTypeDefinitionNode():
                return ScalarDefinition(*common)
            case _:
                raise AssertionError(f"unknown kind of type definition: {node!r}")

    def _type_joins(self, node: TypeDefinitionNode) -> tuple[TypeJoin, ...]:
        joins = tuple(
            TypeJoin(
                subgraph=self._graph(facts.get("graph")),
                key=self._field_set(facts.get("key")),
                is_resolvable=_flag(facts, "resolvable", default=True),
                is_extension=_flag(facts, "extension"),
                is_interface_object=_flag(facts, "isInterfaceObject"),
            )
            for facts in _arguments(node.directives, "join__type")
        )
        if joins or not self._is_v01:
            return joins
        return tuple(TypeJoin(name) for name in self._subgraphs)

    def _fields_and_interfaces(
        self,
        node: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode,
        joins: Sequence[TypeJoin],
        graphs: Sequence[str],
    ) -> tuple[dict[str, FieldDefinition], tuple[str, ...], tuple[Implements, ...]]:
        owners = _arguments(node.directives, "join__owner")
        default = [self._graph(o.get("graph")) for o in owners] or graphs
        fields = {
            field.name.value: self._field(field, default) for field in node.fields or ()
        }
        interfaces = tuple(interface.name.value for interface in node.interfaces or ())
        implements = tuple(
            Implements(self._graph(facts.get("graph")), text(facts["interface"]) or "")
            for facts in _arguments(node.directives, "join__implements")
        ) or tuple(
            Implements(join.subgraph, interface)
            for join in dict.fromkeys(replace(j, key=None) for j in joins)
            for interface in interfaces
        )
        return fields, interfaces, tuple(dict.fromkeys(implements))

    def _members(
        self, node: UnionTypeDefinitionNode, graphs: Sequence[str]
    ) -> tuple[UnionMember, ...]:
        members = tuple(
            UnionMember(self._graph(facts.get("graph")), text(facts["member"]) or "")
            for facts in _arguments(node.directives, "join__unionMember")
        )
        return members or tuple(
            UnionMember(graph, member.name.value)
            for graph in graphs
            for member in node.types or ()
        )

    def _enum_values(
        self, node: EnumTypeDefinitionNode, graphs: Sequence[str]
    ) -> tuple[EnumValue, ...]:
        return tuple(
            EnumValue(
                name=value.name.value,
                subgraphs=tuple(
                    self._graph(facts.get("graph"))
                    for facts in _arguments(value.directives, "join__enumValue")
                )
                or tuple(graphs),
                description=_description(value),
                directives=self._applied(value.directives),
                is_inaccessible=self._is_inaccessible(value.directives),
            )
            for value in node.values or ()
        )

    # Fields and input values

    def _field(
        self, node: FieldDefinitionNode, graphs: Sequence[str]
    ) -> FieldDefinition:
        return FieldDefinition(
            name=node.name.value,
            type=type_from_node(node.type),
            arguments=tuple(
                self._input_value(argument, ()) for argument in node.arguments or ()
            ),
            description=_description(node),
            directives=self._applied(node.directives),
            joins=self._field_joins(node.directives, graphs),
            is_inaccessible=self._is_inaccessible(node.directives),
        )

    def _field_joins(
        self, directives: Iterable[ConstDirectiveNode] | None, graphs: Sequence[str]
    ) -> tuple[FieldJoin, ...]:
        stated = _arguments(directives, "join__field")
        if not stated:
            return tuple(FieldJoin(graph) for graph in graphs)
        return tuple(
            FieldJoin(
                subgraph=self._graph(facts["graph"]),
                type=type_from_text(t) if (t := text(facts.get("type"))) else None,
                requires=self._field_set(facts.get("requires")),
                provides=self._field_set(facts.get("provides")),
                is_external=_flag(facts, "external"),
                override=text(facts.get("override")),
                override_label=text(facts.get("overrideLabel")),
                is_used_overridden=_flag(facts, "usedOverridden"),
                context_arguments=tuple(
                    self._context_argument(item)
                    for item in _objects(facts.get("contextArguments"))
                ),
            )
            for facts in stated
            if "graph" in facts
        )

    def _input_value(
        self, node: InputValueDefinitionNode, graphs: Sequence[str]
    ) -> InputValue:
        return InputValue(
            name=node.name.value,
            type=type_from_node(node.type),
            default=print_ast(node.default_value) if node.default_value else None,
            description=_description(node),
            directives=self._applied(node.directives),
            joins=self._field_joins(node.directives, graphs) if graphs else (),
            is_inaccessible=self._is_inaccessible(node.directives),
        )

    def _context_argument(self, facts: Mapping[str, ConstValueNode]) -> ContextArgument:
        return ContextArgument(
            context=text(facts.get("context")) or "",
            name=text(facts.get("name")) or "",
            type=type_from_text(text(facts.get("type")) or ""),
            selection=self._read_field_set(facts.get("selection")),
        )

    # Field sets

    def _field_set(self, node: ConstValueNode | None) -> FieldSet | None:
        return self._read_field_set(node) if text(node) else None

    def _read_field_set(self, node: ConstValueNode | None) -> FieldSet:
        written = text(node) or ""
        try:
            return self._field_sets.read(written)
        except GraphQLSyntaxError as error:
            place = f" (line {node.loc.start_token.line})" if node and node.loc else ""
            raise SupergraphInvalid(
                f"`{written}` is no field set: {error.message}{place}"
            ) from error

    # Directives

    def _applied(
        self, directives: Iterable[ConstDirectiveNode] | None
    ) -> tuple[AppliedDirective, ...]:
        return tuple(
            AppliedDirective(
                self._features.spec_name(directive.name.value), arguments_of(directive)
            )
            for directive in directives or ()
            if directive.name.value == "join__directive"
            or not directive.name.value.startswith("join__")
        )

    def _is_inaccessible(self, directives: Iterable[ConstDirectiveNode] | None) -> bool:
        return any(
            self._features.spec_name(directive.name.value) == "inaccessible"
            for directive in directives or ()
        )

    def _directive_definition(
        self, node: DirectiveDefinitionNode
    ) -> DirectiveDefinition:
        return DirectiveDefinition(
            name=node.name.value,
            locations=tuple(location.value for location in node.locations),
            arguments=tuple(
                self._input_value(argument, ()) for argument in node.arguments or ()
            ),
            is_repeatable=node.repeatable,
            description=_description(node),
        )


def _arguments(
    directives: Iterable[ConstDirectiveNode] | None, name: str
) -> list[dict[str, ConstValueNode]]:
    """The arguments of each application of a directive."""
    return [
        {argument.name.value: argument.value for argument in directive.arguments or ()}
        for directive in directives or ()
        if directive.name.value == name
    ]


def _flag(
    facts: Mapping[str, ConstValueNode], name: str, *, default: bool = False
) -> bool:
    node = facts.get(name)
    return node.value if isinstance(node, BooleanValueNode) else default


def _objects(node: ConstValueNode | None) -> list[dict[str, ConstValueNode]]:
    """The objects of a list."""
    return [
        {field.name.value: field.value for field in item.fields}
        for item in (node.values if isinstance(node, ListValueNode) else ())
        if isinstance(item, ObjectValueNode)
    ]


def _description(node: object) -> str | None:
    description = getattr(node, "description", None)
    return description.value if isinstance(description, StringValueNode) else None


def _with_v01_keys(definition: TypeDefinition) -> TypeDefinition:
    """Let every subgraph with a key know the key's fields, as v0.1 implies."""
    if not isinstance(definition, ObjectDefinition):
        return definition
    fields = dict(definition.fields)
    for join in definition.joins:
        for selection in join.key.selections if join.key else ():
            field = fields.get(selection.name) if isinstance(selection, Field) else None
            if field and all(known.subgraph != join.subgraph for known in field.joins):
                fields[field.name] = replace(
                    field, joins=(*field.joins, FieldJoin(join.subgraph))
                )
    return replace(definition, fields=fields)
