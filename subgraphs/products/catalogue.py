"""Finding products: filters, orders, pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from subgraphs.products.models import ProductCategory, ProductRow
from subgraphs.shop.connection import CursorKey, CursorShape, Page, PageRequest
from subgraphs.shop.database import Database

Column: TypeAlias = InstrumentedAttribute[Any]


class ProductSort(Enum):
    """The orders in which products can be listed."""

    NEWEST = "NEWEST"
    NAME = "NAME"
    PRICE_ASC = "PRICE_ASC"
    PRICE_DESC = "PRICE_DESC"


@dataclass(frozen=True, slots=True)
class Ordering:
    """An order that no two products share, so that a cursor is exact.

    Attributes:
        columns: What is compared, the id last.
        descending: Whether the greatest comes first.
        shape: The types of the compared values.
    """

    columns: tuple[Column, ...]
    descending: bool
    shape: CursorShape

    def apply(self, statement: Select[Any]) -> Select[Any]:
        """Put the rows in order."""
        return statement.order_by(
            *(
                column.desc() if self.descending else column.asc()
                for column in self.columns
            )
        )

    def after(self, key: CursorKey) -> ColumnElement[bool]:
        """Return the condition for rows behind the one with this key."""
        pairs = tuple(zip(self.columns, key, strict=True))
        # (a, b) > (x, y), written so that every database can use an index.
        return or_(
            *(
                and_(
                    *(column == value for column, value in pairs[:place]),
                    column < value if self.descending else column > value,
                )
                for place, (column, value) in enumerate(pairs)
            )
        )

    def key(self, row: ProductRow) -> CursorKey:
        """Return the key of a row."""
        return tuple(getattr(row, column.key) for column in self.columns)


ORDERINGS: dict[ProductSort, Ordering] = {
    ProductSort.NEWEST: Ordering((ProductRow.id,), True, (int,)),
    ProductSort.NAME: Ordering((ProductRow.name, ProductRow.id), False, (str, int)),
    ProductSort.PRICE_ASC: Ordering(
        (ProductRow.price, ProductRow.id), False, (int, int)
    ),
    ProductSort.PRICE_DESC: Ordering(
        (ProductRow.price, ProductRow.id), True, (int, int)
    ),
}


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a product must be to be listed; None does not matter."""

    search: str | None = None
    category: str | None = None
    kind: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    in_stock: bool | None = None

    def conditions(self) -> Sequence[ColumnElement[bool]]:
        """Return the conditions that are asked for."""
        row = ProductRow
        conditions: list[ColumnElement[bool]] = []
        if self.search is not None:
            conditions.append(row.name.icontains(self.search, autoescape=True))
        if self.category is not None:
            conditions.append(_stands_in(self.category))
        if self.kind is not None:
            conditions.append(row.kind == self.kind)
        if self.min_price is not None:
            conditions.append(row.price >= self.min_price)
        if self.max_price is not None:
            conditions.append(row.price <= self.max_price)
        if self.in_stock is not None:
            conditions.append(row.stock > 0 if self.in_stock else row.stock == 0)
        return conditions


def _stands_in(slug: str) -> ColumnElement[bool]:
    in_category = select(ProductCategory.product_id).where(
        ProductCategory.category_slug == slug
    )
    return ProductRow.id.in_(in_category)


async def find_page(
    database: Database, criteria: Criteria, ordering: Ordering, request: PageRequest
) -> Page[ProductRow]:
    """Return a page of the products that fit."""
    statement = select(ProductRow).where(*criteria.conditions())
    if request.after is not None:
        statement = statement.where(ordering.after(request.after))
    statement = ordering.apply(statement).limit(request.first + 1)
    async with database.session() as session:
        rows = (await session.scalars(statement)).all()
    return Page([(ordering.key(row), row) for row in rows], request)


async def count_all(database: Database, criteria: Criteria) -> int:
    """Count the products that fit."""
    statement = select(func.count(ProductRow.id)).where(*criteria.conditions())
    async with database.session() as session:
        return await session.scalar(statement) or 0
