"""Keep the few best of many ways, and count what that takes.

Between ways the *footprint* decides, and between equal footprints the *weight*: how many
fields are selected, and how often an object is taken to another subgraph. Of many
combinations only those are kept that no other beats, and of these the few cheapest
(`BEAM`), which bounds the work for any operation; what is lost is measured by
`make plans`.

Supergraphs in which everything is shared can still make that work long. It is therefore
counted, and what is left after `EFFORT` is searched in a hurry: fewer ways are kept,
then one, and the first arrival that does is taken. Counting, unlike a clock, gives the
same plan on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from gateway_graphql.query_graph.open_questions import OpenQuestions
from gateway_graphql.query_graph.ways import NOTHING, Option, Way, Ways

BEAM = 8
HURRIED_BEAM = 2
EFFORT = 250_000
"""How many footprints one search compares before it hurries; some 0.6 s of CPU."""

_Cost = TypeVar("_Cost", Way, Option)


class Beam:
    """The beam of one search: narrower and narrower when much has been tried."""

    def __init__(self, effort: int, open_questions: OpenQuestions) -> None:
        self._enough = effort
        self._open = open_questions
        # Footprints compared so far; counted by `_cheapest` alone.
        self._effort = 0

    @property
    def width(self) -> int:
        """How many ways are kept.

        What is worked out for keys and requirements is kept for other operations, so
        it must not depend on how much this one has cost: it is neither hurried nor
        counted.
        """
        if self._effort < self._enough or not self._open.is_settled:
            return BEAM
        return HURRIED_BEAM if self._effort < 2 * self._enough else 1

    def combined(self, parts: Iterable[Ways]) -> Ways:
        """The best ways to do all of several things; none when one has no way."""
        several: list[Ways] = []
        for ways in parts:
            if not ways:
                return ()
            several.append(ways)
        found = several[0] if several else (NOTHING,)
        for ways in several[1:]:
            found = tuple(
                Way(footprint, (one.steps, other.steps), weight)
                for footprint, weight, one, other in self.best_pairs(found, ways)
            )
        return found

    def best_pairs(
        self, some: Sequence[_Cost], others: Sequence[_Cost]
    ) -> Iterator[tuple[int, int, _Cost, _Cost]]:
        """The best ways to do one of each, as footprint, weight and the two parts.

        Most pairs come to the same few footprints, so pairs are made of numbers first.
        """
        lightest: dict[int, tuple[int, _Cost, _Cost]] = {}
        for one in some:
            for other in others:
                footprint = one.footprint | other.footprint
                weight = one.weight + other.weight
                known = lightest.get(footprint)
                if known is None or weight < known[0]:
                    lightest[footprint] = weight, one, other
        weights = {footprint: best[0] for footprint, best in lightest.items()}
        for footprint in self._cheapest(weights):
            weight, one, other = lightest[footprint]
            yield footprint, weight, one, other

    def best(self, found: list[_Cost]) -> list[_Cost]:
        """The cheapest few that no other beats; of equal ones the first."""
        if len(found) <= 1:
            return found
        lightest: dict[int, tuple[int, _Cost]] = {}
        for item in found:
            known = lightest.get(item.footprint)
            if known is None or item.weight < known[0]:
                lightest[item.footprint] = item.weight, item
        weights = {footprint: best[0] for footprint, best in lightest.items()}
        return [lightest[footprint][1] for footprint in self._cheapest(weights)]

    def _cheapest(self, weights: Mapping[int, int]) -> list[int]:
        """The few footprints with the fewest fetches that contain no other one."""
        if len(weights) == 1:
            return list(weights)
        width = self.width
        if self._open.is_settled:
            self._effort += len(weights)
        kept: list[int] = []
        for *_, footprint in sorted(
            (footprint.bit_count(), footprint.bit_length(), weight, place, footprint)
            for place, (footprint, weight) in enumerate(weights.items())
        ):
            if not any(other & footprint == other for other in kept):
                kept.append(footprint)
                if len(kept) == width:
                    break
        return kept
