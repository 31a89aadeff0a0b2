"""Look-ups of the orders service, each one SQL statement per batch."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeAlias

from aiodataloader import DataLoader
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from subgraphs.orders.lifecycle import OrderStatus
from subgraphs.orders.models import OrderLine, OrderRow
from subgraphs.shop.connection import CursorKey, Page, PageRequest
from subgraphs.shop.database import Database

PageLoader: TypeAlias = DataLoader[int, Page[OrderRow]]
CountLoader: TypeAlias = DataLoader[int, int]
Owner: TypeAlias = InstrumentedAttribute[int]

CENTS_PER_POINT = 100


class OrderLoaders:
    """The look-ups one request makes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.by_id: DataLoader[int, OrderRow | None] = DataLoader(self._by_id)
        self.lines: DataLoader[int, tuple[OrderLine, ...]] = DataLoader(self._lines)
        self.points: DataLoader[int, int] = DataLoader(self._points)
        # One loader for each list asked for: aliases may ask for several.
        self._pages: dict[
            tuple[Owner, PageRequest, OrderStatus | None], PageLoader
        ] = {}
        self._counts: dict[tuple[Owner, OrderStatus | None], CountLoader] = {}

    def pages(
        self, owner: Owner, request: PageRequest, status: OrderStatus | None
    ) -> PageLoader:
        """Return the loader of one page of orders per user, or per product."""

        async def load(ids: list[int]) -> list[Page[OrderRow]]:
            return await self._load_pages(owner, ids, request, status)

        key = (owner, request, status)
        return self._pages.setdefault(key, DataLoader(load))

    def counts(self, owner: Owner, status: OrderStatus | None) -> CountLoader:
        """Return the loader of the number of orders per user, or per product."""

        async def load(ids: list[int]) -> list[int]:
            return await self._load_counts(owner, ids, status)

        return self._counts.setdefault((owner, status), DataLoader(load))

    async def all_orders(
        self, request: PageRequest, status: OrderStatus | None
    ) -> Page[OrderRow]:
        """Return a page of everybody's orders, the newest first."""
        statement = (
            select(OrderRow)
            .where(*_conditions(status, request))
            .order_by(OrderRow.id.desc())
            .limit(request.first + 1)
        )
        async with self._database.session() as session:
            rows = (await session.scalars(statement)).all()
        return _page(rows, request)

    async def count_all(self, status: OrderStatus | None) -> int:
        """Count everybody's orders."""
        statement = select(func.count(OrderRow.id)).where(*_conditions(status))
        async with self._database.session() as session:
            return await session.scalar(statement) or 0

    async def _by_id(self, ids: list[int]) -> list[OrderRow | None]:
        statement = select(OrderRow).where(OrderRow.id.in_(ids))
        async with self._database.session() as session:
            found = {row.id: row for row in await session.scalars(statement)}
        return [found.get(id_) for id_ in ids]

    async def _lines(self, order_ids: list[int]) -> list[tuple[OrderLine, ...]]:
        statement = (
            select(OrderLine)
            .where(OrderLine.order_id.in_(order_ids))
            .order_by(OrderLine.order_id, OrderLine.line)
        )
        found: defaultdict[int, list[OrderLine]] = defaultdict(list)
        async with self._database.session() as session:
            for row in await session.scalars(statement):
                found[row.order_id].append(row)
        return [tuple(found[id_]) for id_ in order_ids]

    async def _points(self, user_ids: list[int]) -> list[int]:
        cents = func.sum(OrderLine.unit_price * OrderLine.quantity)
        statement = (
            select(OrderRow.user_id, cents)
            .join(OrderLine, OrderLine.order_id == OrderRow.id)
            .where(OrderRow.user_id.in_(user_ids))
            .where(OrderRow.state == OrderStatus.DELIVERED.value)
            .group_by(OrderRow.user_id)
        )
        async with self._database.session() as session:
            rows = await session.execute(statement)
            found = {user_id: int(sum_ or 0) for user_id, sum_ in rows}
        return [found.get(id_, 0) // CENTS_PER_POINT for id_ in user_ids]

    async def _load_pages(
        self,
        owner: Owner,
        ids: list[int],
        request: PageRequest,
        status: OrderStatus | None,
    ) -> list[Page[OrderRow]]:
        """Number each owner's orders and take the first of each, all at once."""
        place = func.row_number().over(partition_by=owner, order_by=OrderRow.id.desc())
        numbered = (
            _by_owner(select(owner.label("owner"), OrderRow.id, place.label("place")))
            .where(owner.in_(ids), *_conditions(status, request))
            .subquery()
        )
        statement = (
            select(numbered.c.owner, OrderRow)
            .join(OrderRow, OrderRow.id == numbered.c.id)
            .where(numbered.c.place <= request.first + 1)
            .order_by(OrderRow.id.desc())
        )
        found: defaultdict[int, list[OrderRow]] = defaultdict(list)
        async with self._database.session() as session:
            for owner_id, row in await session.execute(statement):
                found[owner_id].append(row)
        return [_page(found[id_], request) for id_ in ids]

    async def _load_counts(
        self, owner: Owner, ids: list[int], status: OrderStatus | None
    ) -> list[int]:
        statement = (
            _by_owner(select(owner, func.count(OrderRow.id)))
            .where(owner.in_(ids), *_conditions(status))
            .group_by(owner)
        )
        async with self._database.session() as session:
            rows = await session.execute(statement)
            found: dict[int, int] = {row[0]: row[1] for row in rows}
        return [found.get(id_, 0) for id_ in ids]


OF_USER: Owner = OrderRow.user_id
OF_PRODUCT: Owner = OrderLine.product_id


def _by_owner(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Join the lines if they are what owns the orders."""
    if OrderLine.__table__ in statement.get_final_froms():
        return statement.select_from(OrderRow).join(
            OrderLine, OrderLine.order_id == OrderRow.id
        )
    return statement


def _conditions(
    status: OrderStatus | None, request: PageRequest | None = None
) -> Sequence[ColumnElement[bool]]:
    conditions = []
    if status is not None:
        conditions.append(OrderRow.state == status.value)
    if request is not None and request.after is not None:
        conditions.append(OrderRow.id < request.after[0])
    return conditions


def _page(rows: Sequence[OrderRow], request: PageRequest) -> Page[OrderRow]:
    items: list[tuple[CursorKey, OrderRow]] = [((row.id,), row) for row in rows]
    return Page(items, request)
