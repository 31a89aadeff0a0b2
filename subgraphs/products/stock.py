"""Stock: taken for an order exactly once, given back at most once.

A reservation has an id that the caller chooses before it asks. Taking stock and
noting the id is one transaction, so asking again finds the note and changes
nothing. Giving back turns the note to "released"; a note is also made for a
reservation nobody has seen, so that a request to take, delayed on its way, cannot
arrive after the request to give back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from subgraphs.products.models import (
    HELD,
    RELEASED,
    ProductRow,
    ReservationLine,
    ReservationRow,
)
from subgraphs.shop.database import Database
from subgraphs.shop.errors import ShopError


class UnknownProduct(ShopError):
    """There is no such product."""

    code = "UNKNOWN_PRODUCT"

    def __init__(self, product_id: object) -> None:
        super().__init__(
            f"There is no product {product_id}.", productId=str(product_id)
        )


class OutOfStock(ShopError):
    """There is less of a product than asked for."""

    code = "OUT_OF_STOCK"

    def __init__(self, product: ProductRow, asked: int) -> None:
        super().__init__(
            f"Only {product.stock} of {product.name!r} in stock, {asked} asked for.",
            productId=str(product.id),
            available=product.stock,
        )


class ReservationClosed(ShopError):
    """The reservation was given back and cannot be taken again."""

    code = "RESERVATION_CLOSED"

    def __init__(self) -> None:
        super().__init__("This reservation has been released.")


class ReservationMismatch(ShopError):
    """The id already stands for other products or quantities."""

    code = "RESERVATION_MISMATCH"

    def __init__(self) -> None:
        super().__init__("This reservation was made for other items.")


@dataclass(frozen=True, slots=True)
class StockItem:
    """So many of a product."""

    product_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """Stock set aside, with prices as they were at that moment."""

    id: str
    state: str
    lines: tuple[ReservationLine, ...]


async def reserve(
    database: Database, reservation_id: str, items: Sequence[StockItem]
) -> Reservation:
    """Take stock for all items or for none; asking again changes nothing.

    Raises:
        UnknownProduct: A product does not exist.
        OutOfStock: There is too little of a product.
        ReservationMismatch: The id was used for other items.
        ReservationClosed: The reservation has been released.
    """
    try:
        async with database.transaction() as session:
            # The row comes first: whoever asks at the same time waits here.
            session.add(ReservationRow(id=reservation_id, state=HELD))
            await session.flush()
            # Rows are locked in one order, so that two orders never wait in a ring.
            ordered = sorted(items, key=lambda item: item.product_id)
            lines = [await _take(session, reservation_id, item) for item in ordered]
    except IntegrityError:
        return await _repeat(database, reservation_id, items)
    return Reservation(reservation_id, HELD, tuple(lines))


async def release(database: Database, reservation_id: str) -> Reservation:
    """Give back what a reservation holds; asking again changes nothing."""
    try:
        async with database.transaction() as session:
            session.add(ReservationRow(id=reservation_id, state=RELEASED))
    except IntegrityError:
        async with database.transaction() as session:
            await _give_back(session, reservation_id)
    async with database.session() as session:
        return await _read(session, reservation_id)


async def set_stock(database: Database, product_id: int, stock: int) -> ProductRow:
    """Set how many of a product there are.

    Raises:
        UnknownProduct: The product does not exist.
    """
    statement = (
        update(ProductRow)
        .where(ProductRow.id == product_id)
        .values(stock=stock)
        .returning(ProductRow)
    )
    async with database.transaction() as session:
        product = await session.scalar(statement)
    if product is None:
        raise UnknownProduct(product_id)
    return product


async def _take(
    session: AsyncSession, reservation_id: str, item: StockItem
) -> ReservationLine:
    statement = (
        update(ProductRow)
        .where(ProductRow.id == item.product_id, ProductRow.stock >= item.quantity)
        .values(stock=ProductRow.stock - item.quantity)
        .returning(ProductRow.name, ProductRow.price)
    )
    taken = (await session.execute(statement)).one_or_none()
    if taken is None:
        product = await session.get(ProductRow, item.product_id)
        if product is None:
            raise UnknownProduct(item.product_id)
        raise OutOfStock(product, item.quantity)
    line = ReservationLine(
        reservation_id=reservation_id,
        product_id=item.product_id,
        name=taken.name,
        unit_price=taken.price,
        quantity=item.quantity,
    )
    session.add(line)
    return line


async def _repeat(
    database: Database, reservation_id: str, items: Sequence[StockItem]
) -> Reservation:
    """Answer a request that was answered before."""
    async with database.session() as session:
        known = await _read(session, reservation_id)
    if known.state == RELEASED:
        raise ReservationClosed
    held = {(line.product_id, line.quantity) for line in known.lines}
    if held != {(item.product_id, item.quantity) for item in items}:
        raise ReservationMismatch
    return known


async def _give_back(session: AsyncSession, reservation_id: str) -> None:
    statement = (
        update(ReservationRow)
        .where(ReservationRow.id == reservation_id, ReservationRow.state == HELD)
        .values(state=RELEASED)
        .returning(ReservationRow.id)
    )
    if await session.scalar(statement) is None:
        return
    for line in await _lines(session, reservation_id):
        await session.execute(
            update(ProductRow)
            .where(ProductRow.id == line.product_id)
            .values(stock=ProductRow.stock + line.quantity)
        )


async def _read(session: AsyncSession, reservation_id: str) -> Reservation:
    row = await session.get_one(ReservationRow, reservation_id)
    return Reservation(row.id, row.state, await _lines(session, reservation_id))


async def _lines(
    session: AsyncSession, reservation_id: str
) -> tuple[ReservationLine, ...]:
    statement = (
        select(ReservationLine)
        .where(ReservationLine.reservation_id == reservation_id)
        .order_by(ReservationLine.product_id)
    )
    return tuple(await session.scalars(statement))
