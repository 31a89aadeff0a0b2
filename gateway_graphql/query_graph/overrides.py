"""Which subgraphs resolve a field, now that others have taken it over.

(Federation specification, `@override`, with a label and without.)
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway_graphql.supergraph.model import (
    FieldDefinition,
    FieldJoin,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
)


class ActiveOverrides:
    """Who resolves what, under one set of active labels."""

    def __init__(self, labels: frozenset[str]) -> None:
        self._labels = labels
        # By the identity of definitions, which the supergraph keeps alive.
        self._resolvers: dict[int, frozenset[str]] = {}

    def resolvers(self, field: FieldDefinition) -> frozenset[str]:
        """The subgraphs that resolve a field, as far as the labels go."""
        if (known := self._resolvers.get(id(field))) is None:
            known = self._resolvers[id(field)] = self._find(field)
        return known

    def _find(self, field: FieldDefinition) -> frozenset[str]:
        overrides = [join for join in field.joins if join.override]
        labelled = {join.override for join in overrides if join.override_label}
        gone = {join.override for join in overrides if self._has_begun(join)}
        return frozenset(
            join.subgraph
            for join in field.joins
            if not join.is_external
            and join.subgraph not in gone
            and self._has_begun(join)
            # What was taken over for good is named by nobody any more.
            and (not join.is_used_overridden or join.subgraph in labelled)
        )

    def _has_begun(self, join: FieldJoin) -> bool:
        """Whether an `@override` with a label is in force; all others are."""
        if not (join.override and join.override_label):
            return True
        return join.override_label in self._labels


def labels_of(supergraph: Supergraph) -> Mapping[str, tuple[str, ...]]:
    """Override label -> coordinates of the fields that it moves."""
    labels: dict[str, tuple[str, ...]] = {}
    for definition in supergraph.types.values():
        if isinstance(definition, ObjectDefinition | InterfaceDefinition):
            for field in definition.fields.values():
                for join in field.joins:
                    if join.override_label:
                        coordinate = f"{definition.name}.{field.name}"
                        known = labels.get(join.override_label, ())
                        labels[join.override_label] = (*known, coordinate)
    return labels
