"""What the client asked for with runtime types put aside: where errors can be placed.

A path in an answer is a walk through response keys and list items. Which walks there are
follows from the operation alone: for each key, how many lists are around its value, and
which keys its objects have on any type.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway_graphql.language.operation import Operation
from gateway_graphql.supergraph.model import Supergraph
from gateway_graphql.supergraph.typed_operation import typed_fields

ResponsePath: TypeAlias = tuple[str | int, ...]
"""Response keys and list indices from the root of the answer."""


@dataclass(slots=True)
class Asked:
    """A place that was asked for; not changed any more once it is made.

    Attributes:
        lists: How many lists are around its objects.
        fields: By response key, on any type.
    """

    lists: int = 0
    fields: dict[str, Asked] = field(default_factory=dict)

    def at(self, keys: Iterable[str]) -> Asked:
        """The place at a path of response keys; an empty one where nothing is asked."""
        place = self
        for key in keys:
            place = place.fields.get(key, _NOTHING)
        return place

    def cut(self, path: ResponsePath) -> ResponsePath:
        """The path as far as the client asked for it."""
        place, lists = self, self.lists
        for position, step in enumerate(path):
            if isinstance(step, str):
                following = place.fields.get(step)
                if following is None:
                    return path[:position]
                place, lists = following, following.lists
            elif lists and step >= 0:
                lists -= 1
            else:
                return path[:position]
        return path


_NOTHING = Asked()


def asked_of(operation: Operation, supergraph: Supergraph) -> Asked:
    """What an operation asks for, from its root."""
    root = Asked()
    # By identity: all fields of a walk are kept as long as it is.
    below: dict[int, Asked] = {}
    for typed in typed_fields(operation, supergraph):
        above = root if typed.above is None else below[id(typed.above)]
        here = above.fields.setdefault(typed.field.response_key, Asked())
        here.lists = max(here.lists, typed.lists)
        below[id(typed)] = here
    return root
