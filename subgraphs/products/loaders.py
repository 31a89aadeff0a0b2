"""Look-ups of the products service, each one SQL statement per batch."""

from collections import defaultdict
from dataclasses import dataclass

from aiodataloader import DataLoader
from sqlalchemy import select

from subgraphs.products.models import (
    CategoryRow,
    ProductCategory,
    ProductRow,
    WishlistItem,
    WishlistRow,
)
from subgraphs.shop.database import Database


@dataclass(frozen=True, slots=True)
class Wishlist:
    """What a user wishes for, in the order they said so."""

    public: bool
    products: tuple[ProductRow, ...]


# Whoever has said nothing wishes for nothing, and keeps that to themselves.
NO_WISHLIST = Wishlist(public=False, products=())


class ProductLoaders:
    """The look-ups one request makes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.by_id: DataLoader[int, ProductRow | None] = DataLoader(self._by_id)
        self.by_sku: DataLoader[str, ProductRow | None] = DataLoader(self._by_sku)
        self.categories: DataLoader[int, tuple[CategoryRow, ...]] = DataLoader(
            self._categories
        )
        self.wishlist: DataLoader[int, Wishlist] = DataLoader(self._wishlists)

    async def _by_id(self, ids: list[int]) -> list[ProductRow | None]:
        statement = select(ProductRow).where(ProductRow.id.in_(ids))
        async with self._database.session() as session:
            found = {row.id: row for row in await session.scalars(statement)}
        return [found.get(id_) for id_ in ids]

    async def _by_sku(self, skus: list[str]) -> list[ProductRow | None]:
        statement = select(ProductRow).where(ProductRow.sku.in_(skus))
        async with self._database.session() as session:
            found = {row.sku: row for row in await session.scalars(statement)}
        return [found.get(sku) for sku in skus]

    async def _categories(self, ids: list[int]) -> list[tuple[CategoryRow, ...]]:
        statement = (
            select(ProductCategory.product_id, CategoryRow)
            .join(CategoryRow, CategoryRow.slug == ProductCategory.category_slug)
            .where(ProductCategory.product_id.in_(ids))
            .order_by(CategoryRow.slug)
        )
        found: defaultdict[int, list[CategoryRow]] = defaultdict(list)
        async with self._database.session() as session:
            for product_id, category in await session.execute(statement):
                found[product_id].append(category)
        return [tuple(found[id_]) for id_ in ids]

    async def _wishlists(self, user_ids: list[int]) -> list[Wishlist]:
        statement = (
            select(WishlistRow, ProductRow)
            .outerjoin(WishlistItem, WishlistItem.user_id == WishlistRow.user_id)
            .outerjoin(ProductRow, ProductRow.id == WishlistItem.product_id)
            .where(WishlistRow.user_id.in_(user_ids))
            .order_by(WishlistItem.position)
        )
        wished: defaultdict[int, list[ProductRow]] = defaultdict(list)
        public: dict[int, bool] = {}
        async with self._database.session() as session:
            for row, product in await session.execute(statement):
                public[row.user_id] = row.public
                if product is not None:
                    wished[row.user_id].append(product)
        return [
            Wishlist(public[id_], tuple(wished[id_])) if id_ in public else NO_WISHLIST
            for id_ in user_ids
        ]
