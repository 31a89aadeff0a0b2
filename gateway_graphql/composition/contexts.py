"""What `@fromContext` says: the context that is read, and what is selected from it."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from graphql import SelectionSetNode

from gateway_graphql.composition.schema import InputElement
from gateway_graphql.language.field_set import selection_set

_IGNORED: Final = r"(?:[ \t\n\r,]|#[^\n\r]*)*+"
_READING: Final = re.compile(
    rf"{_IGNORED}\${_IGNORED}([A-Za-z_]\w*)({_IGNORED})(.*)", re.DOTALL | re.ASCII
)


class ContextReading(NamedTuple):
    """One `@fromContext(field:)`.

    Attributes:
        context: The context's name, empty where none is named.
        selection: The selection as it is written, braces and all.
    """

    context: str
    selection: str

    @property
    def field_set(self) -> SelectionSetNode:
        """What is selected, for whoever checks it.

        Raises:
            graphql.GraphQLSyntaxError: It is no selection.
        """
        return selection_set(self.selection)


def reading_of(argument: InputElement) -> ContextReading | None:
    """Where an argument's value comes from; `None` where clients give it."""
    for applied in argument.applied("fromContext"):
        match = _READING.fullmatch(applied.text("field") or "")
        if match is None:
            return ContextReading("", "")
        # Only what is no comment may stand before a selection without braces.
        between = "" if "#" in match[2] else match[2]
        return ContextReading(match[1], between + match[3])
    return None
