"""What the products service adds to the graph: `Product` and what it is made of.

A product is an interface with keys of its own: other services speak of products
without knowing that there are physical and digital ones.
"""

# mypy: disallow-untyped-decorators=False
# ruff: noqa: A002 - arguments are named as the schema names them
# Strawberry's decorators that take arguments have no precise type.

from datetime import datetime
from typing import Self

import strawberry

from subgraphs.products import catalogue, listing, stock
from subgraphs.products.catalogue import Criteria, ProductSort
from subgraphs.products.context import Info
from subgraphs.products.listing import ProductKind
from subgraphs.products.models import HELD, CategoryRow, ProductRow
from subgraphs.shop.connection import (
    PAGED,
    USUAL_PAGE,
    Connection,
    PageRequest,
    PageSize,
)
from subgraphs.shop.database import is_storable, parse_id
from subgraphs.shop.errors import BadUserInput
from subgraphs.shop.identity import (
    PRODUCTS_WRITE,
    USERS_READ_ALL,
    may_see,
    require_scope,
)
from subgraphs.shop.money import Money
from subgraphs.shop.schema import ShopSchema

INTERNAL = "internal"
LONGEST_RESERVATION_ID = 64
LARGEST_RESERVATION = 100

strawberry.enum(ProductSort, description="The orders in which products are listed.")
strawberry.enum(ProductKind, description="Whether a product is shipped.")


@strawberry.type(description="A shelf of the shop.")
class Category:
    """A shelf of the shop."""

    slug: str
    name: str

    @classmethod
    def of(cls, row: CategoryRow) -> Self:
        """Return the shelf of a row."""
        return cls(slug=row.slug, name=row.name)


@strawberry.federation.interface(keys=["id", "sku"], description="Something for sale.")
class Product:
    """Something for sale."""

    row: strawberry.Private[ProductRow]
    id: strawberry.ID
    sku: str = strawberry.field(description="The number on the shelf.")
    name: str
    description: str
    stock: int = strawberry.field(description="How many can be bought.")
    created_at: datetime

    @classmethod
    def of(cls, row: ProductRow) -> Self:
        """Return the product of a row."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            sku=row.sku,
            name=row.name,
            description=row.description,
            stock=row.stock,
            created_at=row.created_at,
        )

    @classmethod
    async def resolve_reference(
        cls, info: Info, id: object = None, sku: str | None = None
    ) -> "Product | None":
        """Find the product another service speaks of, by either key."""
        if id is None:
            product = await find_by_sku(info, sku or "")
        else:
            product = await find_by_id(info, id)
        # Asked for as the interface, any product fits; as a type, only its own.
        return product if isinstance(product, cls) else None

    @strawberry.field
    def price(self) -> Money:
        """Return what one costs."""
        return Money.of(self.row.price)

    @strawberry.field(description="In grams; null for what is not shipped.")
    def weight(self) -> int | None:
        """Return the weight in grams."""
        return self.row.weight

    @strawberry.field
    def in_stock(self) -> bool:
        """Tell whether there is one left."""
        return self.row.stock > 0

    @strawberry.field
    async def categories(self, info: Info) -> list[Category]:
        """Return the shelves it stands on."""
        rows = await info.context.products.categories.load(self.row.id)
        return [Category.of(row) for row in rows]


@strawberry.federation.type(
    keys=["id", "sku"], description="A product that is shipped."
)
class PhysicalProduct(Product):
    """A product that is shipped."""


@strawberry.federation.type(
    keys=["id", "sku"], description="A product that is downloaded; stock is licences."
)
class DigitalProduct(Product):
    """A product that is downloaded."""

    @strawberry.field(description="In megabytes.")
    def download_size(self) -> int:
        """Return the size in megabytes."""
        return self.row.download_size or 0


def to_product(row: ProductRow) -> Product:
    """Return a row as the type it is."""
    if row.kind == ProductKind.DIGITAL.value:
        return DigitalProduct.of(row)
    return PhysicalProduct.of(row)


async def find_by_id(info: Info, id_: object) -> Product | None:
    """Return the product with this id, if there is one."""
    number = parse_id(id_)
    if number is None:
        return None
    row = await info.context.products.by_id.load(number)
    return None if row is None else to_product(row)


async def find_by_sku(info: Info, sku: str) -> Product | None:
    """Return the product with this number on the shelf, if there is one."""
    if not is_storable(sku):
        return None
    row = await info.context.products.by_sku.load(sku)
    return None if row is None else to_product(row)


@strawberry.federation.type(keys=["id"], description="A person.")
class User:
    """A person, of whom this service knows the wishes only."""

    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, id: object) -> Self:
        """Take the other service's word that there is such a person."""
        return cls(id=strawberry.ID(str(id)))

    @strawberry.field(description="Null for others unless its owner made it public.")
    async def wishlist(self, info: Info) -> list[Product] | None:
        """Return the wishes if the viewer may see them."""
        user_id = parse_id(self.id)
        if user_id is None:
            return None
        wishlist = await info.context.products.wishlist.load(user_id)
        viewer = info.context.viewer
        if not wishlist.public and not may_see(viewer, user_id, scope=USERS_READ_ALL):
            return None
        return [to_product(row) for row in wishlist.products]


@strawberry.input(description="What a product must be; what is absent does not matter.")
class ProductFilter:
    """What a product must be to be listed."""

    search: str | None = strawberry.field(default=None, description="Part of the name.")
    category: str | None = strawberry.field(default=None, description="Its slug.")
    kind: ProductKind | None = None
    min_price: int | None = strawberry.field(default=None, description="In cents.")
    max_price: int | None = strawberry.field(default=None, description="In cents.")
    in_stock: bool | None = None

    def to_criteria(self) -> Criteria:
        """Return the conditions, checked.

        Raises:
            BadUserInput: No database could be asked for this.
        """
        for field, value in (("search", self.search), ("category", self.category)):
            if value is not None and not is_storable(value):
                raise BadUserInput(field, f"`{field}` is not text.")
        return Criteria(
            search=self.search,
            category=self.category,
            kind=self.kind and self.kind.value,
            min_price=self.min_price,
            max_price=self.max_price,
            in_stock=self.in_stock,
        )


@strawberry.input(description="A new product.")
class CreateProductInput:
    """A new product."""

    sku: str
    name: str
    kind: ProductKind
    price: int = strawberry.field(description="In cents.")
    stock: int
    description: str = ""
    categories: list[str] = strawberry.field(
        default_factory=list, description="Slugs of categories."
    )
    weight: int | None = strawberry.field(
        default=None, description="In grams; needed for what is shipped."
    )
    download_size: int | None = strawberry.field(
        default=None, description="In megabytes; needed for what is downloaded."
    )

    def to_draft(self) -> listing.Draft:
        """Return the product as the catalogue takes it."""
        return listing.Draft(
            sku=self.sku,
            name=self.name,
            kind=self.kind,
            price=self.price,
            stock=self.stock,
            description=self.description,
            categories=tuple(self.categories),
            weight=self.weight,
            download_size=self.download_size,
        )


@strawberry.federation.input(inaccessible=True, description="So many of a product.")
class StockItemInput:
    """So many of a product."""

    product_id: strawberry.ID
    quantity: int


@strawberry.federation.type(
    inaccessible=True, description="One product of a reservation."
)
class ReservedLine:
    """One product of a reservation."""

    product_id: strawberry.ID
    name: str
    unit_price: Money
    quantity: int


@strawberry.federation.type(
    inaccessible=True, description="Stock set aside for an order."
)
class StockReservation:
    """Stock set aside for an order."""

    id: strawberry.ID
    held: bool
    lines: list[ReservedLine]

    @classmethod
    def of(cls, reservation: stock.Reservation) -> Self:
        """Return a reservation as the orders service reads it."""
        lines = [
            ReservedLine(
                product_id=strawberry.ID(str(line.product_id)),
                name=line.name,
                unit_price=Money.of(line.unit_price),
                quantity=line.quantity,
            )
            for line in reservation.lines
        ]
        held = reservation.state == HELD
        return cls(id=strawberry.ID(reservation.id), held=held, lines=lines)


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.field(description="A product by id; null if there is none.")
    async def product(self, info: Info, id: strawberry.ID) -> Product | None:
        """Return one product."""
        return await find_by_id(info, id)

    @strawberry.field(description="A product by its number on the shelf.")
    async def product_by_sku(self, info: Info, sku: str) -> Product | None:
        """Return one product."""
        return await find_by_sku(info, sku)

    @strawberry.field(description="The catalogue.", directives=[PAGED])
    async def products(
        self,
        info: Info,
        filter: ProductFilter | None = None,
        sort: ProductSort = ProductSort.NEWEST,
        first: PageSize = USUAL_PAGE,
        after: str | None = None,
    ) -> Connection[Product]:
        """Return a page of the products that fit."""
        database = info.context.database
        criteria = filter.to_criteria() if filter else Criteria()
        ordering = catalogue.ORDERINGS[sort]
        request = PageRequest.of(first, after, key=ordering.shape)
        page = await catalogue.find_page(database, criteria, ordering, request)
        return page.map(to_product).connection(
            lambda: catalogue.count_all(database, criteria)
        )


@strawberry.type
class Mutation:
    """What can be done."""

    @strawberry.federation.mutation(
        requires_scopes=[[PRODUCTS_WRITE]], description="Put a product on sale."
    )
    async def create_product(self, info: Info, input: CreateProductInput) -> Product:
        """Put a product on sale."""
        require_scope(info.context.viewer, PRODUCTS_WRITE)
        row = await listing.create(info.context.database, input.to_draft())
        return to_product(row)

    @strawberry.federation.mutation(
        requires_scopes=[[PRODUCTS_WRITE]],
        description="Set how many of a product there are.",
    )
    async def update_stock(self, info: Info, id: strawberry.ID, stock: int) -> Product:
        """Set how many of a product there are."""
        require_scope(info.context.viewer, PRODUCTS_WRITE)
        row = await listing.update_stock(info.context.database, id, stock)
        return to_product(row)

    @strawberry.federation.mutation(
        inaccessible=True,
        tags=[INTERNAL],
        description="Take stock for an order; for the orders service only.",
    )
    async def reserve_stock(
        self,
        info: Info,
        reservation_id: strawberry.ID,
        items: list[StockItemInput],
    ) -> StockReservation:
        """Take stock for all items or for none."""
        info.context.require_orders_service()
        wanted = [_stock_item(item) for item in items]
        _check_reservation(reservation_id, wanted)
        taken = await stock.reserve(info.context.database, reservation_id, wanted)
        return StockReservation.of(taken)

    @strawberry.federation.mutation(
        inaccessible=True,
        tags=[INTERNAL],
        description="Give stock back; for the orders service only.",
    )
    async def release_stock(
        self, info: Info, reservation_id: strawberry.ID
    ) -> StockReservation:
        """Give back what a reservation holds."""
        info.context.require_orders_service()
        _check_reservation_id(reservation_id)
        given = await stock.release(info.context.database, reservation_id)
        return StockReservation.of(given)


def _stock_item(item: StockItemInput) -> stock.StockItem:
    product_id = parse_id(item.product_id)
    if product_id is None:
        raise stock.UnknownProduct(item.product_id)
    if item.quantity < 1:
        raise BadUserInput("quantity", "A quantity is at least 1.")
    return stock.StockItem(product_id, item.quantity)


def _check_reservation(reservation_id: str, items: list[stock.StockItem]) -> None:
    _check_reservation_id(reservation_id)
    if not 1 <= len(items) <= LARGEST_RESERVATION:
        raise BadUserInput(
            "items", f"A reservation has 1 to {LARGEST_RESERVATION} items."
        )
    if len({item.product_id for item in items}) < len(items):
        raise BadUserInput("items", "A product is named once.")


def _check_reservation_id(reservation_id: str) -> None:
    if not 1 <= len(reservation_id) <= LONGEST_RESERVATION_ID or not is_storable(
        reservation_id
    ):
        raise BadUserInput("reservationId", "This cannot be the id of a reservation.")


schema = ShopSchema(
    query=Query, mutation=Mutation, types=(PhysicalProduct, DigitalProduct, User)
)
