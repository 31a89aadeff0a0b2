"""Values that are judged when they are known: fetched, perhaps, but not answered.

Some decisions need the data: whether an order is the caller's own is known when its id
is. An *inspector* looks at the response tree and names what is denied. It is asked before
each entity fetch, so that nothing is fetched for denied places alone, and once more when
everything is there; then what is denied becomes null.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway_graphql.errors import ErrorDetail
from gateway_graphql.exchange import JSON
from gateway_graphql.execution.compiled.answer_places import ResponsePath
from gateway_graphql.execution.compiled.plan import CompiledFetch, CompiledInput
from gateway_graphql.execution.run.entities import Batch, Occurrence
from gateway_graphql.execution.run.merging import Tree
from gateway_graphql.execution.run.targets import Targets
from gateway_graphql.planning.plan import ResponseKeys


@dataclass(frozen=True, slots=True)
class Denial:
    """A value that the caller may not have.

    Attributes:
        holder: The object or list in the response tree that holds it.
        key: Where in the holder.
        path: Where in the answer.
        error: What the client is told; equal errors once.
    """

    holder: dict[str, JSON] | list[JSON]
    key: str | int
    path: ResponsePath
    error: ErrorDetail

    def take_away(self) -> None:
        """Make the value null."""
        self.holder[self.key] = None  # type: ignore[index] # the key is the holder's


class Inspector(Protocol):
    """Judges values of one request."""

    async def denials(self, tree: Tree, *, is_complete: bool) -> Sequence[Denial]:
        """What is denied of what is known so far.

        Args:
            tree: The response tree.
            is_complete: Whether nothing will be added to it any more: what cannot be
                judged then is denied.
        """
        ...


def spare(fetch: CompiledFetch, targets: Targets, denials: Sequence[Denial]) -> Targets:
    """Leave out entities that a fetch would ask about denied places only."""
    denied = {denial.path for denial in denials}
    if not denied or not targets.batches:
        return targets
    batches = {
        alias: (compiled, _spared(fetch, compiled, batch, denied))
        for alias, (compiled, batch) in targets.batches.items()
    }
    return Targets(targets.roots, batches, targets.context)


def _spared(
    fetch: CompiledFetch,
    compiled: CompiledInput,
    batch: Batch,
    denied: set[ResponsePath],
) -> Batch:
    places = (*compiled.places, *fetch.later_places)
    kept = Batch(lacking=batch.lacking)
    for representation, occurrences in zip(
        batch.representations, batch.occurrences, strict=True
    ):
        wanted = [o for o in occurrences if not _is_denied(o, places, denied)]
        if wanted:
            kept.representations.append(representation)
            kept.occurrences.append(wanted)
    return kept


def _is_denied(
    occurrence: Occurrence, places: Iterable[ResponseKeys], denied: set[ResponsePath]
) -> bool:
    """Whether all that is asked about an object lies at or below denied places."""
    path = occurrence[1]
    keys = tuple(step for step in path if isinstance(step, str))
    below = [place[len(keys) :] for place in places if place[: len(keys)] == keys]
    return bool(below) and all(
        any(full[:end] in denied for end in range(1, len(full) + 1))
        for full in ((*path, *rest) for rest in below)
    )
