"""Progressive `@override`: which labels are active for a request.

A label `percent(n)` is active for n of a hundred requests. Every request falls at one
place between 0 and 100, and all such labels are compared with it: who is among the
first 5 percent is among the first 50, too, and the plans of a document are at most one
more than there are labels. Any other label is active when the request's context says so.

(Federation specification, `@override(label:)`.)
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable

from msgspec.structs import replace

from gateway_graphql.exchange import RequestContext
from gateway_graphql.query_graph.overrides import labels_of
from gateway_graphql.supergraph.model import Supergraph

_PERCENT = re.compile(r"percent\((\d{1,3}(?:\.\d{1,8})?)\)")


class Rollout:
    """The percentages in a supergraph's labels."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._percentages = dict(_percentages(labels_of(supergraph)))

    def __repr__(self) -> str:
        return f"<Rollout {', '.join(self._percentages) or 'of nothing'}>"

    def applied(self, context: RequestContext) -> RequestContext:
        """The context with the labels that are active by their percentage."""
        if not self._percentages:
            return context
        place = context.override_percentage
        if place is None:
            place = random.uniform(0, 100)  # noqa: S311 - chooses a share, no secret
        active = (label for label, n in self._percentages.items() if place < n)
        return replace(context, override_labels=context.override_labels.union(active))


def _percentages(labels: Iterable[str]) -> Iterable[tuple[str, float]]:
    for label in labels:
        if found := _PERCENT.fullmatch(label):
            yield label, float(found[1])
