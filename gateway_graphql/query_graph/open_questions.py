"""What a search is in the middle of: keys and requirements that may need themselves."""

from __future__ import annotations

from gateway_graphql.query_graph.model import FieldMove, Node
from gateway_graphql.query_graph.ways import Entry


class OpenQuestions:
    """What is being worked out: a cycle among keys or requirements meets itself here.

    Until all is settled, results may be incomplete and are not remembered.

    Attributes:
        entries: Node -> the entries found so far, while more are looked for.
        moves: The fields, by node and subgraph, whose requirements are looked for.
    """

    def __init__(self) -> None:
        # Both are filled and emptied by the search for arrivals.
        self.entries: dict[Node, tuple[Entry, ...]] = {}
        self.moves: set[tuple[Node, str, FieldMove]] = set()

    @property
    def is_settled(self) -> bool:
        """Whether nothing is open."""
        return not self.entries and not self.moves
