"""Files of operations -> endpoints, or every complaint with its file, line and column.

    read        the files' definitions; fragments may be used across files
    check       each operation against the API schema, as any document
    make        the endpoint: `making`
    compare     addresses, so that no two endpoints have the same one

Every problem of every file is told at once, since they are mended in an editor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    Source,
    Visitor,
    parse,
    print_ast,
    validate,
    visit,
)

from gateway_graphql.errors import ClientError, ConfigInvalid, PlanningFailed
from gateway_graphql.language.validation import rules_for
from gateway_graphql.rest.definition.compile import Draft, World, make_endpoint
from gateway_graphql.rest.definition.directives import (
    REST,
    RestArguments,
    rest_arguments,
    without_directives,
)
from gateway_graphql.rest.definition.endpoint import Endpoint
from gateway_graphql.rest.definition.path import shape_of
from gateway_graphql.spelling import tells_options

_SUFFIX = ".graphql"


@tells_options
def read_endpoints(
    paths: Sequence[Path], world: World, *, prefix: str = ""
) -> tuple[Endpoint, ...]:
    """Read the endpoints of files and folders.

    Args:
        paths: Files, and folders whose `.graphql` files are read, in any depth.
        world: What operations are about.
        prefix: What every path begins with.

    Raises:
        ConfigInvalid: Something is wrong; the message has a line for each problem.
    """
    return endpoints_of(read_sources(paths), world, prefix=prefix)


def read_sources(paths: Sequence[Path]) -> tuple[Source, ...]:
    """The texts of files and folders.

    Raises:
        ConfigInvalid: One cannot be read.
    """
    try:
        files = [
            file
            for path in paths
            for file in (
                sorted(path.rglob(f"*{_SUFFIX}")) if path.is_dir() else (path,)
            )
        ]
        return tuple(
            Source(file.read_text(encoding="utf-8"), str(file)) for file in files
        )
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"A file of endpoints cannot be read: {error}") from error


def endpoints_of(
    sources: Sequence[Source], world: World, *, prefix: str = ""
) -> tuple[Endpoint, ...]:
    """Read the endpoints of texts.

    Raises:
        ConfigInvalid: Something is wrong; the message has a line for each problem.
    """
    problems: list[str] = []
    operations: list[OperationDefinitionNode] = []
    fragments: dict[str, FragmentDefinitionNode] = {}
    for definition in _definitions(sources, problems):
        match definition:
            case OperationDefinitionNode():
                operations.append(definition)
            case FragmentDefinitionNode(name=name) if name.value in fragments:
                problems.append(
                    _located(definition, f"The fragment '{name.value}' is there twice.")
                )
            case FragmentDefinitionNode(name=name):
                fragments[name.value] = definition
            case _:
                problems.append(_located(definition, "Only operations can be served."))
    endpoints: list[Endpoint] = []
    for operation in operations:
        try:
            endpoints.append(_endpoint(operation, fragments, world, prefix))
        except ExceptionGroup as group:
            problems += [_told(error, operation) for error in group.exceptions]
    problems += _collisions(endpoints)
    if problems:
        raise ConfigInvalid("\n".join(problems))
    return tuple(endpoints)


def _definitions(sources: Sequence[Source], problems: list[str]) -> Iterator[Node]:
    for source in sources:
        try:
            yield from parse(source).definitions
        except GraphQLError as error:
            problems.append(_told(error, None))


def _endpoint(
    operation: OperationDefinitionNode,
    fragments: dict[str, FragmentDefinitionNode],
    world: World,
    prefix: str,
) -> Endpoint:
    """Check an operation and make its endpoint.

    Raises:
        ExceptionGroup: What is wrong, as errors of GraphQL.
    """
    try:
        arguments = _arguments(operation)
        plain = without_directives(operation)
        document = _document(plain, fragments)
        text = print_ast(document)
        _check(document, text, world.api_schema)
        name = operation.name.value if operation.name else None
        prepared = world.document(text, name)
        draft = Draft(operation, arguments, text, prepared.operation, prefix)
        return make_endpoint(draft, world)
    except GraphQLError as error:
        raise ExceptionGroup("", [error]) from error
    except (ClientError, PlanningFailed) as error:
        raise ExceptionGroup("", [GraphQLError(str(error), operation)]) from error


def _arguments(operation: OperationDefinitionNode) -> RestArguments:
    arguments = rest_arguments(operation)
    if arguments is None:
        raise GraphQLError(f"The operation has no @{REST}.", operation)
    if operation.name is None:
        raise GraphQLError("An endpoint's operation has a name.", operation)
    return arguments


def _check(document: DocumentNode, text: str, schema: GraphQLSchema) -> None:
    errors = validate(schema, document, rules_for(text))
    if errors:
        raise ExceptionGroup("", errors)


class _Spreads(Visitor):
    """Collects the fragments that a definition uses, and those that they use."""

    def __init__(self, known: dict[str, FragmentDefinitionNode]) -> None:
        super().__init__()
        self._known = known
        self.found: dict[str, FragmentDefinitionNode] = {}

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_args: object) -> None:
        name = node.name.value
        fragment = self._known.get(name)
        if fragment is not None and name not in self.found:
            self.found[name] = fragment
            visit(fragment, self)


def _document(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> DocumentNode:
    spreads = _Spreads(fragments)
    visit(operation, spreads)
    return DocumentNode(definitions=(operation, *spreads.found.values()))


def _collisions(endpoints: Sequence[Endpoint]) -> Iterator[str]:
    names: dict[object, Endpoint] = {}
    addresses: dict[object, Endpoint] = {}
    shapes: dict[object, Endpoint] = {}
    for one in endpoints:
        shape = shape_of(one.path)
        other = names.setdefault(one.name, one)
        if other is not one:
            yield _clash(one, other, f"the name '{one.name}'")
        other = addresses.setdefault((one.method, shape), one)
        if other is not one:
            yield _clash(one, other, f"the address {one.method} {one.path.text}")
        other = shapes.setdefault(shape, one)
        if other.path.text != one.path.text:
            yield _clash(one, other, "a path that differs only by names in braces")


def _clash(one: Endpoint, other: Endpoint, what: str) -> str:
    return f"{one.origin}: this has {what}, as has '{other.name}' at {other.origin}."


def _told(error: Exception, operation: OperationDefinitionNode | None) -> str:
    if not isinstance(error, GraphQLError) or not (error.source and error.locations):
        return str(error) if operation is None else _located(operation, str(error))
    place = error.locations[0]
    return f"{error.source.name}:{place.line}:{place.column}: {error.message}"


def _located(node: Node, message: str) -> str:
    return _told(GraphQLError(message, node), None)
