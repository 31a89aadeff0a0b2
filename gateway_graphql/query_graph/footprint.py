"""What a way costs: a set of requests, kept as one integer.

Requests to the same subgraph that are ready together travel as one. So what a way
costs is a *set* of (subgraph, depth) pairs, depth counting the fetches that wait for
each other, and ways that share a pair share its cost. Such a set is a *footprint*: bit
`depth * subgraphs + index`. Putting a way behind `d` other fetches is a shift, doing
both of two things is `|`, the number of requests is the number of bits, and the chain's
length is the highest bit.
"""

from __future__ import annotations

from collections.abc import Iterable


class Footprints:
    """The footprints of fetches to certain subgraphs."""

    def __init__(self, subgraphs: Iterable[str]) -> None:
        self._index_by_subgraph = {name: index for index, name in enumerate(subgraphs)}
        self._width = max(1, len(self._index_by_subgraph))

    def bit(self, subgraph: str, depth: int) -> int:
        """The footprint of one fetch."""
        return 1 << (depth * self._width + self._index_by_subgraph[subgraph])

    def last_depth(self, footprint: int) -> int:
        """The depth of the latest fetch of a footprint, 0 for an empty one."""
        return (footprint.bit_length() - 1) // self._width if footprint else 0

    def behind(self, footprint: int, depth: int) -> int:
        """The footprint of the same, so many fetches later."""
        return footprint << (depth * self._width)
