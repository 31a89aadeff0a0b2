"""Relay connections, paged by key: a cursor says after which row to go on.

Pages are found by comparing with the last row seen, never by counting rows from
the start: a page costs the same at any depth, and rows that appear or vanish
meanwhile neither repeat nor hide others.
"""

# mypy: disallow-untyped-decorators=False
# Strawberry's decorators that take arguments have no precise type.

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Generic, Self, TypeAlias, TypeVar

import strawberry
from strawberry.federation.schema_directives import ListSize

from subgraphs.shop.database import MAX_ENTITY_ID, is_storable
from subgraphs.shop.errors import BadUserInput

USUAL_PAGE = 10
MAX_PAGE = 100

PageSize: TypeAlias = Annotated[
    int | None, strawberry.argument(description=f"At most {MAX_PAGE}.")
]

PAGED: Final = ListSize(
    assumed_size=strawberry.UNSET,
    slicing_arguments=["first"],
    sized_fields=["edges", "nodes"],
    require_one_slicing_argument=False,
)
"""Says on a field that returns a connection how long its page is."""

Node = TypeVar("Node")
Other = TypeVar("Other")
CursorKey: TypeAlias = tuple[str | int, ...]
CursorShape: TypeAlias = tuple[type[str] | type[int], ...]
Counter: TypeAlias = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list is asked for.

    Attributes:
        first: How many rows at most.
        after: Key of the row before the first one wanted; None from the start.
    """

    first: int
    after: CursorKey | None

    @classmethod
    def of(cls, first: int | None, after: str | None, *, key: CursorShape) -> Self:
        """Check what the client asked for.

        Args:
            first: How many rows the client wants; None for as many as usual.
            after: The cursor it wants to go on from.
            key: The types of the values a cursor of this list carries.

        Raises:
            BadUserInput: `first` is out of range or the cursor is not one of ours.
        """
        if first is None:
            first = USUAL_PAGE
        if not 0 <= first <= MAX_PAGE:
            raise BadUserInput("first", f"`first` must be between 0 and {MAX_PAGE}.")
        if after is None:
            return cls(first, None)
        values = _decode(after)
        if values is None or tuple(type(value) for value in values) != key:
            raise BadUserInput("after", "`after` is not a cursor of this list.")
        return cls(first, values)


@strawberry.federation.type(
    shareable=True, description="Where a page stands in the whole list."
)
class PageInfo:
    """Where a page stands in the whole list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="One item of a list and its cursor.")
class Edge(Generic[Node]):
    """One item of a list and its cursor."""

    cursor: str
    node: Node


@strawberry.type(description="One page of a list.")
class Connection(Generic[Node]):
    """One page of a list."""

    edges: list[Edge[Node]]
    page_info: PageInfo
    counter: strawberry.Private[Counter]

    @strawberry.field(description="The items of this page, without cursors.")
    def nodes(self) -> list[Node]:
        """Return the items without their cursors."""
        return [edge.node for edge in self.edges]

    @strawberry.field(description="How many items the whole list has.")
    async def total_count(self) -> int:
        """Count the whole list; asked of the database only when selected."""
        return await self.counter()


@dataclass(frozen=True, slots=True)
class Page(Generic[Node]):
    """Rows found for a page request, with the key of each.

    Attributes:
        items: Keys and rows in order, at most one more than asked for.
        request: What was asked for.
    """

    items: Sequence[tuple[CursorKey, Node]]
    request: PageRequest

    def map(self, convert: Callable[[Node], Other]) -> "Page[Other]":
        """Return the same page with every row converted."""
        items = [(key, convert(node)) for key, node in self.items]
        return Page(items, self.request)

    def connection(self, counter: Counter) -> Connection[Node]:
        """Return the page as clients see it."""
        return Connection(edges=self.edges(), page_info=self.info(), counter=counter)

    def edges(self) -> list[Edge[Node]]:
        """Return what the page holds; the row beyond it is not shown."""
        shown = self.items[: self.request.first]
        return [Edge(cursor=encode_cursor(key), node=node) for key, node in shown]

    def info(self) -> PageInfo:
        """Say where the page stands."""
        edges = self.edges()
        return PageInfo(
            has_next_page=len(self.items) > self.request.first,
            has_previous_page=self.request.after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )


def encode_cursor(key: CursorKey) -> str:
    """Return an opaque cursor for the row with this key."""
    packed = json.dumps(key, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(packed.encode()).decode()


def _decode(cursor: str) -> CursorKey | None:
    try:
        key = json.loads(base64.b64decode(cursor, altchars="-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not isinstance(key, list) or not all(_is_key_part(part) for part in key):
        return None
    return tuple(key)


def _is_key_part(part: object) -> bool:
    """Tell whether a database can compare a column with this value."""
    if isinstance(part, str):
        return is_storable(part)
    return type(part) is int and abs(part) <= MAX_ENTITY_ID
