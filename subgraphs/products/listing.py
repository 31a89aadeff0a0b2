"""Putting products on sale."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from subgraphs.products import models, stock
from subgraphs.products.models import CategoryRow, ProductCategory, ProductRow
from subgraphs.shop.database import Database, is_storable, parse_id
from subgraphs.shop.errors import BadUserInput, ShopError

SKU = re.compile(r"[A-Z0-9][A-Z0-9-]{1,31}", re.ASCII)
LONGEST_NAME = 100
LONGEST_DESCRIPTION = 5_000
# In cents; the largest order of the dearest product is still a GraphQL Int.
HIGHEST_PRICE = 1_000_000
LARGEST_STOCK = 1_000_000
HEAVIEST_G = 1_000_000
LARGEST_DOWNLOAD_MB = 1_000_000


class ProductKind(Enum):
    """Whether a product is shipped."""

    PHYSICAL = models.PHYSICAL
    DIGITAL = models.DIGITAL


class SkuTaken(ShopError):
    """Another product has this number."""

    code = "SKU_TAKEN"

    def __init__(self, sku: str) -> None:
        super().__init__(f"Another product has the SKU {sku!r}.", field="sku")


@dataclass(frozen=True, slots=True)
class Draft:
    """A product that is not on sale yet."""

    sku: str
    name: str
    kind: ProductKind
    price: int
    stock: int
    description: str
    categories: tuple[str, ...]
    weight: int | None
    download_size: int | None

    def check(self) -> None:
        """Raise `BadUserInput` for the first rule that is broken."""
        if not SKU.fullmatch(self.sku):
            raise BadUserInput(
                "sku", "A SKU has 2 to 32 capital letters, digits and hyphens."
            )
        _check_text("name", self.name.strip(), LONGEST_NAME)
        _check_text("description", self.description, LONGEST_DESCRIPTION, shortest=0)
        _check_number("price", self.price, HIGHEST_PRICE)
        _check_number("stock", self.stock, LARGEST_STOCK)
        _check_kind(self)


async def create(database: Database, draft: Draft) -> ProductRow:
    """Put a product on sale.

    Raises:
        BadUserInput: The draft breaks a rule or names an unknown category.
        SkuTaken: Another product has the number.
    """
    draft.check()
    product = ProductRow(
        sku=draft.sku,
        kind=draft.kind.value,
        name=draft.name.strip(),
        description=draft.description,
        price=draft.price,
        stock=draft.stock,
        weight=draft.weight,
        download_size=draft.download_size,
        created_at=datetime.now(UTC).replace(microsecond=0),
    )
    try:
        async with database.transaction() as session:
            session.add(product)
            await session.flush()
            await _put_on_shelves(session, product, draft.categories)
    except IntegrityError as error:
        raise SkuTaken(draft.sku) from error
    return product


async def update_stock(database: Database, product_id: str, count: int) -> ProductRow:
    """Set how many of a product there are.

    Raises:
        BadUserInput: The number cannot be a stock.
        UnknownProduct: The product does not exist.
    """
    _check_number("stock", count, LARGEST_STOCK)
    number = parse_id(product_id)
    if number is None:
        raise stock.UnknownProduct(product_id)
    return await stock.set_stock(database, number, count)


async def _put_on_shelves(
    session: AsyncSession, product: ProductRow, slugs: tuple[str, ...]
) -> None:
    wanted = {slug for slug in slugs if is_storable(slug)}
    statement = select(CategoryRow.slug).where(CategoryRow.slug.in_(wanted))
    known = set(await session.scalars(statement))
    for slug in dict.fromkeys(slugs):
        if slug not in known:
            raise BadUserInput("categories", f"There is no category {slug!r}.")
        session.add(ProductCategory(product_id=product.id, category_slug=slug))


def _check_kind(draft: Draft) -> None:
    """A product has the measure of its kind, and not that of the other."""
    if draft.kind is ProductKind.PHYSICAL:
        _check_number("weight", draft.weight, HEAVIEST_G, lowest=1)
        _check_absent("downloadSize", draft.download_size)
    else:
        _check_number("downloadSize", draft.download_size, LARGEST_DOWNLOAD_MB)
        _check_absent("weight", draft.weight)


def _check_text(field: str, text: str, longest: int, *, shortest: int = 1) -> None:
    if not shortest <= len(text) <= longest or not is_storable(text):
        raise BadUserInput(field, f"`{field}` has {shortest} to {longest} characters.")


def _check_number(
    field: str, number: int | None, highest: int, *, lowest: int = 0
) -> None:
    if number is None or not lowest <= number <= highest:
        raise BadUserInput(field, f"`{field}` is between {lowest} and {highest}.")


def _check_absent(field: str, value: int | None) -> None:
    if value is not None:
        raise BadUserInput(field, f"A product of this kind has no `{field}`.")
