"""Names of subgraphs: unique, not empty, not reserved.

(Join specification, https://specs.apollo.dev/join: each subgraph is a value of the enum
`join__Graph`.)
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway_graphql.composition.problems import Problems
from gateway_graphql.composition.subgraph import Subgraph


def check_names(subgraphs: Sequence[Subgraph], problems: Problems) -> None:
    """Every subgraph can be told by its name."""
    seen: set[object] = set()
    for subgraph in subgraphs:
        name: object = subgraph.name
        if not isinstance(name, str):
            problems.error(
                "INVALID_SUBGRAPH_NAME",
                f"Invalid name {name!r} for a subgraph: a name is text",
            )
            continue
        if name == "_":
            problems.error(
                "INVALID_SUBGRAPH_NAME",
                f"Invalid name {name} for a subgraph: this name is reserved",
                None,
                name,
            )
        elif not name.strip():
            problems.error("INVALID_SUBGRAPH_NAME", "A subgraph has an empty name")
        elif name in seen:
            problems.error(
                "INVALID_SUBGRAPH_NAME", f'Several subgraphs are named "{name}"'
            )
        seen.add(name)
