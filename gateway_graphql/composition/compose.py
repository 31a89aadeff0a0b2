"""Subgraphs -> supergraph, or every reason why not.

Each stage needs the one before it to have found no error: merging half-read subgraphs
would only report what follows from what is reported already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from gateway_graphql.composition.context_circles import check_context_circles
from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.merge import merge
from gateway_graphql.composition.problems import CompositionError, Hint, Problems
from gateway_graphql.composition.rules import SUBGRAPH_RULES, SUPERGRAPH_RULES
from gateway_graphql.composition.rules.graphql import check_graphql
from gateway_graphql.composition.rules.names import check_names
from gateway_graphql.composition.satisfiability import check_satisfiability
from gateway_graphql.composition.schema import SubgraphSchema
from gateway_graphql.composition.subgraph import Subgraph
from gateway_graphql.composition.subgraph_sdl import read_subgraph
from gateway_graphql.composition.upgrade import upgrade_all
from gateway_graphql.spelling import tells_options
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.supergraph.writing import in_order, write_supergraph


@tells_options
@dataclass(frozen=True)
class CompositionResult:
    """What came of a composition.

    Attributes:
        supergraph: The composed whole, the very one that its SDL is read as; `None` when
            there are errors.
        errors: Every reason why the subgraphs do not compose.
        hints: Remarks that do not fail composition.
    """

    supergraph: Supergraph | None = None
    errors: tuple[CompositionError, ...] = ()
    hints: tuple[Hint, ...] = ()

    @cached_property
    def supergraph_sdl(self) -> str | None:
        """The supergraph as SDL that any federation router reads."""
        return None if self.supergraph is None else write_supergraph(self.supergraph)


@tells_options
def compose(subgraphs: Sequence[Subgraph]) -> CompositionResult:
    """Compose subgraphs into a supergraph.

    Bad schemas never raise: what is wrong with them is in the result's `errors`.

    Args:
        subgraphs: In any order; the supergraph does not depend on it.
    """
    problems = Problems()
    schemas = _read(sorted(subgraphs, key=lambda s: str(s.name)), problems)
    supergraph = _merge(schemas, problems) if not problems.errors else None
    if supergraph is None or problems.errors:
        return CompositionResult(
            errors=tuple(problems.errors), hints=tuple(problems.hints)
        )
    return CompositionResult(in_order(supergraph), hints=tuple(problems.hints))


def _read(
    subgraphs: Sequence[Subgraph], problems: Problems
) -> tuple[SubgraphSchema, ...]:
    """Read and check each subgraph by itself, then upgrade those of federation 1."""
    check_names(subgraphs, problems)
    if problems.errors:
        return ()
    schemas = [_read_one(subgraph, problems) for subgraph in subgraphs]
    if problems.errors:
        return ()
    read = tuple(schema for schema in schemas if schema is not None)
    upgraded = upgrade_all(read, problems)
    for before, after in zip(read, upgraded, strict=True):
        if before is not after and not problems.errors:
            _check_one(after, problems)
    return upgraded


def _read_one(subgraph: Subgraph, problems: Problems) -> SubgraphSchema | None:
    before = len(problems.errors)
    read = read_subgraph(subgraph, problems)
    if read is None or len(problems.errors) > before:
        return None
    schema, document, query = read
    check_graphql(document, query, schema.name, problems)
    # Federation's rules on an invalid schema would only repeat what is wrong with it.
    if len(problems.errors) == before and schema.is_federation_2:
        _check_one(schema, problems)
    return schema


def _check_one(schema: SubgraphSchema, problems: Problems) -> None:
    roles = FieldRoles(schema)
    for rule in SUBGRAPH_RULES:
        rule(roles, problems)


def _merge(schemas: Sequence[SubgraphSchema], problems: Problems) -> Supergraph | None:
    """Merge and check the whole."""
    roles = tuple(FieldRoles(schema) for schema in schemas)
    supergraph = merge(roles, problems)
    if supergraph is None or problems.errors:
        return None
    for rule in SUPERGRAPH_RULES:
        rule(supergraph, roles, problems)
    if not problems.errors:
        problems.errors += check_satisfiability(supergraph)
    if not problems.errors:
        problems.errors += check_context_circles(supergraph)
    return supergraph
