"""How large a document and its variables may be, before anything else looks at them.

Everything after parsing costs time that grows with what a document *expands to*, so it
is measured first, in time that grows with what is *written*: each fragment is measured
once, whatever spreads it, and the numbers of a definition are sums over its parts. A
document of fragments within fragments that stands for 2^100 fields is refused in less
than a millisecond.

The limits and their codes are the field's (Apollo Router's `limits`), with total fields,
directives and variables added. Every definition of a document is held to them, used or
not, because validation reads them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    parse,
)

from gateway_graphql.errors import LimitExceeded
from gateway_graphql.request import JSON

MAX_NESTING: Final = 200
"""Selection sets and values within each other, fragments included; the parser's own
limit (`graphql.language.parser.MAX_NESTING_DEPTH`), so it cannot be raised."""


@dataclass(frozen=True, slots=True)
class OperationLimits:
    """What one request may ask for; `None` lifts a limit.

    Attributes:
        max_tokens: Lexical tokens of the document; the same number bounds its comments.
        max_depth: Fields within each other.
        max_height: Different response keys, summed over all selection sets.
        max_aliases: Fields with an alias.
        max_root_fields: Response keys on the root type.
        max_directives: Applied directives.
        max_fields: Fields, every time they are selected.
        max_variables: Variables that an operation defines, or a request gives.
        max_variable_nesting: Lists and objects within each other, in one variable.
        max_variable_values: Leaves, lists and objects in all variables together.
    """

    max_tokens: int | None = 15_000
    max_depth: int | None = 15
    max_height: int | None = 1_000
    max_aliases: int | None = 30
    max_root_fields: int | None = 20
    max_directives: int | None = 50
    max_fields: int | None = 3_500
    max_variables: int | None = 100
    max_variable_nesting: int | None = 50
    max_variable_values: int | None = 20_000


_MAX_TOLD: Final = 1_000_000
"""Larger numbers, which may have hundreds of digits, are not told to the client."""

UNLIMITED: Final = OperationLimits(*(None,) * 10)
"""For documents that are trusted; nesting is limited all the same."""


def parse_within(text: str, limits: OperationLimits) -> DocumentNode:
    """Parse a document, stopping where it becomes too long or too deep.

    Raises:
        LimitExceeded: It has too many tokens or is nested too deeply.
        graphql.GraphQLSyntaxError: It is no GraphQL document.
    """
    try:
        return parse(
            text,
            max_lexical_tokens=limits.max_tokens,
            max_comments=limits.max_tokens,
            allow_empty_selection_sets=False,
        )
    except GraphQLSyntaxError as error:
        # The parser has no error type of its own for these.
        aborted = "Parsing aborted." in error.message
        if aborted and limits.max_tokens is not None and "more than" in error.message:
            raise LimitExceeded("tokens", limits.max_tokens) from error
        if aborted:
            raise LimitExceeded("nesting", MAX_NESTING) from error
        raise


def check_limits(document: DocumentNode, limits: OperationLimits) -> None:
    """Refuse a document that asks for too much; it need not be valid.

    Raises:
        LimitExceeded: A definition is beyond a limit.
    """
    measuring = _Measuring(document)
    for definition in document.definitions:
        match definition:
            case OperationDefinitionNode():
                size = measuring.definition(definition)
                _check("root fields", size.root_fields, limits.max_root_fields)
                variables = len(definition.variable_definitions or ())
                _check("variables", variables, limits.max_variables)
                _check_size(size, limits)
            case FragmentDefinitionNode():
                _check_size(measuring.definition(definition), limits)
            case _:  # no executable definition, which validation says better
                continue


def check_variables(variables: Mapping[str, JSON], limits: OperationLimits) -> None:
    """Refuse variable values that are too many or nested too deeply.

    Raises:
        LimitExceeded: They are.
    """
    _check("variables", len(variables), limits.max_variables)
    values, nesting = 0, 0
    level: list[JSON] = list(variables.values())
    while level:
        values += len(level)
        _check("variable values", values, limits.max_variable_values)
        following: list[JSON] = []
        for value in level:
            if isinstance(value, list):
                following.extend(value)
            elif isinstance(value, Mapping):
                following.extend(value.values())
        if following:
            nesting += 1
            _check("variable nesting", nesting, limits.max_variable_nesting)
        level = following


def _check(what: str, actual: int, limit: int | None) -> None:
    if limit is not None and actual > limit:
        raise LimitExceeded(what, limit, actual if actual <= _MAX_TOLD else None)


@dataclass(frozen=True, slots=True)
class _Size:
    """What a part of a document expands to."""

    nesting: int = 0
    depth: int = 0
    height: int = 0
    aliases: int = 0
    root_fields: int = 0
    directives: int = 0
    fields: int = 0


_NOTHING: Final = _Size()
_PLAIN_LEAF: Final = _Size(depth=1, fields=1)


def _check_size(size: _Size, limits: OperationLimits) -> None:
    _check("nesting", size.nesting, MAX_NESTING)
    _check("depth", size.depth, limits.max_depth)
    _check("fields", size.fields, limits.max_fields)
    _check("height", size.height, limits.max_height)
    _check("aliases", size.aliases, limits.max_aliases)
    _check("directives", size.directives, limits.max_directives)


class _Measuring:
    """Measures the definitions of one document, each fragment once."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        # A fragment that is being measured counts as nothing: a cycle, which
        # validation reports.
        self._known: dict[str, _Size] = {}

    def definition(
        self, node: OperationDefinitionNode | FragmentDefinitionNode
    ) -> _Size:
        """What a definition expands to."""
        if isinstance(node, FragmentDefinitionNode):
            return self._fragment(node.name.value, 0)
        directives = _count(node.directives) + sum(
            _count(variable.directives) for variable in node.variable_definitions or ()
        )
        return self._selections(node.selection_set, directives, 0)

    def _fragment(self, name: str, level: int) -> _Size:
        if (known := self._known.get(name)) is not None:
            return known
        node = self._fragments.get(name)
        if node is None:  # which validation reports
            return _NOTHING
        self._known[name] = _NOTHING
        own = _count(node.directives)
        size = self._known[name] = self._selections(node.selection_set, own, level)
        return size

    def _selections(self, node: SelectionSetNode, directives: int, level: int) -> _Size:
        """Sum up a selection set; `level` is how deep this one is."""
        if level >= MAX_NESTING:
            raise LimitExceeded("nesting", MAX_NESTING)
        parts = [self._selection(child, level + 1) for child in node.selections]
        keys = {
            (child.alias or child.name).value
            for child in node.selections
            if isinstance(child, FieldNode)
        }
        return _Size(
            nesting=1 + max(part.nesting for part in parts),
            depth=max(part.depth for part in parts),
            height=len(keys) + sum(part.height for part in parts),
            aliases=sum(part.aliases for part in parts),
            root_fields=len(keys) + sum(part.root_fields for part in parts),
            directives=directives + sum(part.directives for part in parts),
            fields=sum(part.fields for part in parts),
        )

    def _selection(self, node: SelectionNode, level: int) -> _Size:
        """One selection, without its own response key."""
        match node:
            case FieldNode():
                return self._field(node, level)
            case FragmentSpreadNode():
                size = self._fragment(node.name.value, level)
            case InlineFragmentNode():
                size = self._selections(node.selection_set, 0, level)
            case _:
                raise AssertionError(f"unknown kind of selection: {node!r}")
        if node.directives:
            return replace(size, directives=size.directives + len(node.directives))
        return size

    def _field(self, node: FieldNode, level: int) -> _Size:
        if not (node.selection_set or node.alias or node.directives):
            return _PLAIN_LEAF
        inner = (
            self._selections(node.selection_set, 0, level)
            if node.selection_set
            else _NOTHING
        )
        return _Size(
            nesting=inner.nesting,
            depth=inner.depth + 1,
            height=inner.height,
            aliases=inner.aliases + (node.alias is not None),
            directives=inner.directives + _count(node.directives),
            fields=inner.fields + 1,
        )


def _count(directives: Sequence[DirectiveNode] | None) -> int:
    return len(directives) if directives else 0
