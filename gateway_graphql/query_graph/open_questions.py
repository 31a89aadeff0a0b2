"""What a search is in the middle of: keys and requirements that may need themselves."""

from __future__ import annotations

from typing import Final

from gateway_graphql.query_graph.model import FieldMove, Node
from gateway_graphql.query_graph.ways import Entry

MAX_TRIED: Final = 5_000
"""How many keys are tried for one question, with all that come up on its account. Some
hundreds are many; keys of many types that all need each other have no end in practice."""


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
        self._tried = 0

    @property
    def is_settled(self) -> bool:
        """Whether nothing is open."""
        return not self.entries and not self.moves

    @property
    def is_exhausted(self) -> bool:
        """Whether so much was tried for what is open that no more is looked for."""
        if self.is_settled:
            self._tried = 0
        return self._tried >= MAX_TRIED

    def count(self) -> None:
        """Count a key that is tried."""
        self._tried += 1
