"""What clients see: the supergraph without federation machinery and hidden parts.

The schema is made by way of SDL, since graphql-core builds it from there completely and
quickly; it serves validation and introspection, and `schema/api.graphql`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from graphql import (
    GraphQLInputObjectType,
    GraphQLSchema,
    build_schema,
    validate_schema,
)
from graphql.language.print_string import print_string

from gateway_graphql.errors import SupergraphInvalid
from gateway_graphql.language.type_reference import TypeReference, named_type
from gateway_graphql.supergraph.model import (
    AppliedDirective,
    DirectiveDefinition,
    EnumDefinition,
    FieldDefinition,
    InputObjectDefinition,
    InputValue,
    InterfaceDefinition,
    ObjectDefinition,
    ScalarDefinition,
    Supergraph,
    TypeDefinition,
    UnionDefinition,
)

_ABOUT_DEPRECATION = "be deprecated."
_MAX_PROBLEMS = 20
_VISIBLE = frozenset({"deprecated", "specifiedBy", "oneOf"})
_EXECUTABLE = frozenset(
    {
        "QUERY",
        "MUTATION",
        "SUBSCRIPTION",
        "FIELD",
        "FRAGMENT_DEFINITION",
        "FRAGMENT_SPREAD",
        "INLINE_FRAGMENT",
        "VARIABLE_DEFINITION",
    }
)


def build_api_schema(supergraph: Supergraph) -> GraphQLSchema:
    """Build the schema that client operations are validated against.

    Raises:
        SupergraphInvalid: Something refers to a type that is not there, or clients see
            a type and nothing of it.
    """
    sdl = api_schema_sdl(supergraph)
    try:
        schema = build_schema(sdl, assume_valid=True, assume_valid_sdl=True)
    except TypeError as error:
        raise SupergraphInvalid(f"The supergraph is not whole: {error}") from error
    _tell_strawberry(schema)
    return schema


def checked_api_schema(supergraph: Supergraph) -> GraphQLSchema:
    """Build it, and hold it to the rules for schemas (specification section 3).

    Where deprecations stand is not looked at: it changes no answer, and supergraphs
    composed elsewhere have them where newer rules would not.

    Raises:
        SupergraphInvalid: It breaks a rule, so that operations could not be answered as
            the schema says.
    """
    schema = build_api_schema(supergraph)
    # A schema that is assumed to be valid is never looked at, so it is another one.
    parts = schema.to_kwargs()
    parts["assume_valid"] = False
    problems = [
        error.message
        for error in validate_schema(GraphQLSchema(**parts))
        if not error.message.endswith(_ABOUT_DEPRECATION)
    ]
    if problems:
        told = "\n".join(problems[:_MAX_PROBLEMS])
        raise SupergraphInvalid(f"The supergraph's API schema is not valid:\n{told}")
    return schema


def _tell_strawberry(schema: GraphQLSchema) -> None:
    """Let `isOneOf` be answered where Strawberry is in the same process.

    It replaces the field's resolver for all schemas by one that asks this extension.
    """
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType) and type_.is_one_of:
            type_.extensions["strawberry-definition"] = type_


def api_schema_sdl(supergraph: Supergraph) -> str:
    """Write the API schema as SDL, complete but not laid out for reading."""
    return "\n".join(_ApiSchemaWriter(supergraph.types).lines(supergraph))


class _ApiSchemaWriter:
    def __init__(self, types: Mapping[str, TypeDefinition]) -> None:
        self._hidden = {name for name, node in types.items() if node.is_inaccessible}

    def lines(self, supergraph: Supergraph) -> Iterator[str]:
        roots = " ".join(
            f"{kind}: {name}"
            for kind, name in supergraph.roots.items()
            if name not in self._hidden
        )
        yield f"{_described(supergraph.description)}schema {{ {roots} }}"
        for directive in supergraph.directives:
            if executable := _EXECUTABLE.intersection(directive.locations):
                yield self._directive(directive, executable)
        for name, definition in supergraph.types.items():
            if name not in self._hidden:
                yield _described(definition.description) + self._type(definition)

    def _type(self, node: TypeDefinition) -> str:
        head = f"{node.name}{_applied(node.directives)}"
        match node:
            case ScalarDefinition():
                return f"scalar {head}"
            case EnumDefinition():
                values = (
                    f"{_described(value.description)}{value.name}"
                    f"{_applied(value.directives)}"
                    for value in node.values
                    if not value.is_inaccessible
                )
                return f"enum {head} {_block(node.name, values)}"
            case UnionDefinition():
                members = dict.fromkeys(member.member for member in node.members)
                shown = [name for name in members if name not in self._hidden]
                return f"union {head} = {' | '.join(_some(node.name, shown))}"
            case InputObjectDefinition():
                inputs = self._inputs(node.fields.values())
                return f"input {head} {_block(node.name, inputs)}"
            case ObjectDefinition() | InterfaceDefinition():
                return self._with_fields(node)

    def _with_fields(self, node: ObjectDefinition | InterfaceDefinition) -> str:
        keyword = "type" if isinstance(node, ObjectDefinition) else "interface"
        shown = [name for name in node.interfaces if name not in self._hidden]
        implements = f" implements {' & '.join(shown)}" if shown else ""
        fields = (
            self._field(field)
            for field in node.fields.values()
            if not field.is_inaccessible and self._is_shown(field.type)
        )
        directives = _applied(node.directives)
        block = _block(node.name, fields)
        return f"{keyword} {node.name}{implements}{directives} {block}"

    def _field(self, node: FieldDefinition) -> str:
        return (
            f"{_described(node.description)}{node.name}{self._arguments(node.arguments)}"
            f": {node.type}{_applied(node.directives)}"
        )

    def _arguments(self, arguments: Iterable[InputValue]) -> str:
        shown = "\n".join(self._inputs(arguments))
        return f"(\n{shown}\n)" if shown else ""

    def _inputs(self, values: Iterable[InputValue]) -> Iterator[str]:
        for value in values:
            if value.is_inaccessible or not self._is_shown(value.type):
                continue
            default = "" if value.default is None else f" = {value.default}"
            yield (
                f"{_described(value.description)}{value.name}: {value.type}{default}"
                f"{_applied(value.directives)}"
            )

    def _is_shown(self, reference: TypeReference) -> bool:
        return named_type(reference) not in self._hidden

    def _directive(self, node: DirectiveDefinition, executable: Iterable[str]) -> str:
        repeatable = " repeatable" if node.is_repeatable else ""
        return (
            f"{_described(node.description)}directive @{node.name}"
            f"{self._arguments(node.arguments)}{repeatable}"
            f" on {' | '.join(sorted(executable))}"
        )


def _block(owner: str, lines: Iterable[str]) -> str:
    return "{\n" + "\n".join(_some(owner, list(lines))) + "\n}"


def _some(owner: str, parts: list[str]) -> list[str]:
    """The parts of a type, of which GraphQL wants one at least."""
    if not parts:
        raise SupergraphInvalid(
            f"The supergraph is not whole: clients see the type `{owner}`, but none of"
            " its fields, members or values."
        )
    return parts


def _described(description: str | None) -> str:
    return "" if description is None else f"{print_string(description)}\n"


def _applied(directives: Iterable[AppliedDirective]) -> str:
    return "".join(
        f" @{directive.name}{_given(directive.arguments)}"
        for directive in directives
        if directive.name in _VISIBLE
    )


def _given(arguments: tuple[tuple[str, str], ...]) -> str:
    given = ", ".join(f"{name}: {text}" for name, text in arguments)
    return f"({given})" if given else ""
