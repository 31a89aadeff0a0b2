"""How many pairs of fields validation will compare.

Fields with one response key in one place are merged, so each pair of them must fit
(specification, section 5.3.2, "Field Selection Merging"), and so must all that is
selected below either. That grows with the square of what is written: a few hundred
repetitions of one object field keep validation busy for seconds. Counting the pairs
instead of comparing them takes a few milliseconds for the largest document that is
within the other limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)

Fragments: TypeAlias = Mapping[str, FragmentDefinitionNode]


def count_overlaps(node: SelectionSetNode, fragments: Fragments) -> int:
    """Count the pairs of fields in a selection set and below that have one key.

    Args:
        node: Within the limits of nesting and total fields, which bound the time.
        fragments: By name; a cycle is left out, since validation refuses it.
    """
    return _Counting(fragments).pairs((node,))


class _Counting:
    def __init__(self, fragments: Fragments) -> None:
        self._fragments = fragments
        # Places that merge the same selection sets are counted once, as they are
        # compared once.
        self._counted: set[frozenset[int]] = set()

    def pairs(self, nodes: tuple[SelectionSetNode, ...]) -> int:
        """The pairs in selection sets that are merged into one."""
        place = frozenset(map(id, nodes))
        if place in self._counted:
            return 0
        self._counted.add(place)
        by_key: dict[str, list[FieldNode]] = {}
        self._collect(nodes, by_key, set())
        pairs = 0
        for fields in by_key.values():
            pairs += len(fields) * (len(fields) - 1) // 2
            below = [field.selection_set for field in fields if field.selection_set]
            if below:
                pairs += self.pairs(tuple(below))
        return pairs

    def _collect(
        self,
        nodes: Iterable[SelectionSetNode],
        by_key: dict[str, list[FieldNode]],
        spread: set[str],
    ) -> None:
        """Gather fields by response key, each fragment once."""
        for node in nodes:
            for child in node.selections:
                match child:
                    case FieldNode():
                        key = (child.alias or child.name).value
                        by_key.setdefault(key, []).append(child)
                    case InlineFragmentNode():
                        self._collect((child.selection_set,), by_key, spread)
                    case FragmentSpreadNode(name=name):
                        fragment = self._fragments.get(name.value)
                        if fragment is not None and name.value not in spread:
                            spread.add(name.value)
                            self._collect((fragment.selection_set,), by_key, spread)
