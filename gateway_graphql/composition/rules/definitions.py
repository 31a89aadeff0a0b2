"""Federation's directives as a subgraph may define them itself.

A subgraph may repeat a definition, and may leave out optional arguments and locations;
it may not change the meaning (federation specification, "Directive definitions").
Libraries print definitions of their own making, so what changes no meaning passes:
another nullability (what is required stays required where the directive is applied, see
`completing`), descriptions, and a default of null where there is none.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    InputValueDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    TypeNode,
    print_ast,
)

from gateway_graphql.composition.federation import (
    FEDERATION_IDENTITY,
    definition_of,
    directive_names,
    scalar_names,
)
from gateway_graphql.composition.links import Links
from gateway_graphql.composition.problems import Problems
from gateway_graphql.composition.schema import BUILT_IN_SCALARS


def check_definitions(
    document: DocumentNode, links: Links, subgraph: str, problems: Problems
) -> None:
    """Every federation definition of the document agrees with federation's."""
    for node in document.definitions:
        if isinstance(node, DirectiveDefinitionNode):
            canonical = links.canonical.get(node.name.value)
            if canonical is None or canonical not in directive_names(links.federation):
                continue
            expected = definition_of(
                canonical,
                links.federation,
                local_name=node.name.value,
                type_prefix="_" if links.federation[0] == 1 else "federation__",
            )
            for complaint in _differences(node, expected):
                problems.error(
                    "DIRECTIVE_DEFINITION_INVALID",
                    f'Invalid definition for directive "@{node.name.value}": '
                    f"{complaint}",
                    f"@{node.name.value}",
                    subgraph,
                )
        elif isinstance(node, TypeDefinitionNode):
            _check_scalar(node, links, subgraph, problems)


def _check_scalar(
    node: TypeDefinitionNode, links: Links, subgraph: str, problems: Problems
) -> None:
    feature = links.features.get(FEDERATION_IDENTITY)
    if feature is None or isinstance(node, ScalarTypeDefinitionNode):
        return
    names = {f"{feature.alias}__{name}" for name in scalar_names(links.federation)}
    names |= {
        local
        for element, local in feature.imports.items()
        if not element.startswith("@")
    }
    if node.name.value in names:
        problems.error(
            "TYPE_DEFINITION_INVALID",
            f"Invalid definition for type {node.name.value}: it should be a scalar",
            node.name.value,
            subgraph,
        )


def _differences(
    actual: DirectiveDefinitionNode, expected: DirectiveDefinitionNode
) -> Iterator[str]:
    given = {a.name.value: a for a in actual.arguments or ()}
    wanted = {a.name.value: a for a in expected.arguments or ()}
    for name, argument in wanted.items():
        yield from _argument_differences(name, given.get(name), argument)
    for name in given:
        if name not in wanted:
            yield f'unknown/unsupported argument "{name}"'
    if actual.repeatable and not expected.repeatable:
        yield f'"@{actual.name.value}" should not be repeatable'
    locations = [n.value for n in actual.locations]
    allowed = [n.value for n in expected.locations]
    if not set(locations) <= set(allowed):
        yield (
            f'"@{actual.name.value}" should have locations {", ".join(allowed)}, but'
            f" found (non-subset) {', '.join(locations)}"
        )


def _argument_differences(
    name: str,
    actual: InputValueDefinitionNode | None,
    expected: InputValueDefinitionNode,
) -> Iterator[str]:
    if actual is None:
        is_required = isinstance(expected.type, NonNullTypeNode)
        if is_required and expected.default_value is None:
            yield f'missing required argument "{name}"'
        return
    if not _accepts(expected.type, actual.type):
        yield (
            f'argument "{name}" should have type "{print_ast(expected.type)}" but found'
            f' type "{print_ast(actual.type)}"'
        )
    elif (
        not isinstance(actual.type, NonNullTypeNode)
        and not isinstance(expected.type, NonNullTypeNode)
        and _default(actual) != _default(expected)
    ):
        yield (
            f'argument "{name}" should have default value '
            f"{_default(expected)} but found default value {_default(actual)}"
        )


def _default(node: InputValueDefinitionNode) -> str:
    return print_ast(node.default_value) if node.default_value else "null"


def _accepts(expected: TypeNode, actual: TypeNode) -> bool:
    """The same type, or any other where federation has a scalar of its own."""
    match nullable(expected), nullable(actual):
        case ListTypeNode() as wanted, ListTypeNode() as own:
            return _accepts(wanted.type, own.type)
        case NamedTypeNode() as wanted, NamedTypeNode() as own:
            return _accepts_name(wanted.name.value, own.name.value)
        case NamedTypeNode() as wanted, ListTypeNode() as own:
            # Libraries of federation 1 let a field set be a list of names; whether it
            # is one is seen where the directive is applied.
            return name_only(wanted) == "FieldSet" and name_only(own) == "String"
        case _:
            return False


def _accepts_name(wanted: str, own: str) -> bool:
    if wanted in BUILT_IN_SCALARS:
        return own == wanted
    return own in BUILT_IN_SCALARS or own.endswith(wanted.removeprefix("federation__"))


def nullable(node: TypeNode) -> TypeNode:
    """The type without a non-null around it."""
    return node.type if isinstance(node, NonNullTypeNode) else node


def name_only(node: TypeNode) -> str:
    """The name under lists and non-nulls, without federation's prefix."""
    while not isinstance(node, NamedTypeNode):
        node = node.type  # type: ignore[attr-defined]
    return node.name.value.removeprefix("federation__").removeprefix("_")
