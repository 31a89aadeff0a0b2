"""What the parts of a document expand to.

Every number of a selection set is a sum (or the largest) over its parts, and each fragment
is measured once, whatever spreads it, so measuring takes time that grows with what is
written, while the numbers may be astronomical.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from gateway_graphql.errors import LimitExceeded
from gateway_graphql.language.overlaps import count_overlaps

MAX_NESTING: Final = 200
"""Selection sets and values within each other, fragments included; the parser's own
limit (`graphql.language.parser.MAX_NESTING_DEPTH`), so it cannot be raised."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a part of a document expands to."""

    nesting: int = 0
    depth: int = 0
    height: int = 0
    aliases: int = 0
    root_fields: int = 0
    directives: int = 0
    fields: int = 0


_NOTHING: Final = Size()
_PLAIN_LEAF: Final = Size(depth=1, fields=1)


class Measuring:
    """Measures the definitions of one document, each fragment once."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        # A fragment that is being measured counts as nothing: a cycle, which
        # validation reports.
        self._known: dict[str, Size] = {}

    def definition(
        self, node: OperationDefinitionNode | FragmentDefinitionNode
    ) -> Size:
        """What a definition expands to."""
        if isinstance(node, FragmentDefinitionNode):
            return self._fragment(node.name.value, 0)
        directives = _count(node.directives) + sum(
            _count(variable.directives) for variable in node.variable_definitions or ()
        )
        return self._selections(node.selection_set, directives, 0)

    def overlaps(self, document: DocumentNode) -> int:
        """The pairs of fields that validation compares."""
        return sum(
            count_overlaps(definition.selection_set, self._fragments)
            for definition in document.definitions
            if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode)
        )

    def _fragment(self, name: str, level: int) -> Size:
        if (known := self._known.get(name)) is not None:
            return known
        node = self._fragments.get(name)
        if node is None:  # which validation reports
            return _NOTHING
        self._known[name] = _NOTHING
        own = _count(node.directives)
        size = self._known[name] = self._selections(node.selection_set, own, level)
        return size

    def _selections(self, node: SelectionSetNode, directives: int, level: int) -> Size:
        """Sum up a selection set; `level` is how deep this one is."""
        if level >= MAX_NESTING:
            raise LimitExceeded("nesting", MAX_NESTING)
        parts = [self._selection(child, level + 1) for child in node.selections]
        keys = {
            (child.alias or child.name).value
            for child in node.selections
            if isinstance(child, FieldNode)
        }
        return Size(
            nesting=1 + max(part.nesting for part in parts),
            depth=max(part.depth for part in parts),
            height=len(keys) + sum(part.height for part in parts),
            aliases=sum(part.aliases for part in parts),
            root_fields=len(keys) + sum(part.root_fields for part in parts),
            directives=directives + sum(part.directives for part in parts),
            fields=sum(part.fields for part in parts),
        )

    def _selection(self, node: SelectionNode, level: int) -> Size:
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

    def _field(self, node: FieldNode, level: int) -> Size:
        if not (node.selection_set or node.alias or node.directives):
            return _PLAIN_LEAF
        inner = (
            self._selections(node.selection_set, 0, level)
            if node.selection_set
            else _NOTHING
        )
        return Size(
            nesting=inner.nesting,
            depth=inner.depth + 1,
            height=inner.height,
            aliases=inner.aliases + (node.alias is not None),
            directives=inner.directives + _count(node.directives),
            fields=inner.fields + 1,
        )


def _count(directives: Sequence[DirectiveNode] | None) -> int:
    return len(directives) if directives else 0
