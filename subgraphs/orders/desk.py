"""The order desk: places, cancels and advances orders.

Two services cannot commit together, so an order is settled in steps that can each
be repeated. First it is kept as PENDING, under the client's idempotency key and
with the id of a reservation; then stock is taken under that id; then it becomes
CONFIRMED. Whoever comes back with the same key, after whatever went wrong, goes on
with the same order. Stock is given back the same way: first the order is CANCELLED,
then the reservation is released, and `holds_stock` remembers that this is due.
"""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from subgraphs.orders.lifecycle import REACHED_FROM, InvalidTransition, OrderStatus
from subgraphs.orders.models import OrderLine, OrderRow
from subgraphs.orders.warehouse import Refused, Warehouse
from subgraphs.shop.database import Database, is_storable
from subgraphs.shop.errors import (
    BadUserInput,
    NotFound,
    ServiceUnavailable,
    ShopError,
)
from subgraphs.shop.identity import ORDERS_MANAGE, Viewer, require_owner

logger = logging.getLogger(__name__)

MOST_LINES = 20
MOST_OF_ONE = 100
LONGEST_KEY = 128
PENDING_LIFETIME = timedelta(minutes=10)
SWEEP_SIZE = 100


class IdempotencyKeyReused(ShopError):
    """The key already stands for an order of other items."""

    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self) -> None:
        super().__init__("This idempotency key was used for an order of other items.")


@dataclass(frozen=True, slots=True)
class Item:
    """So many of a product."""

    product_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Draft:
    """An order that has not been placed yet."""

    items: tuple[Item, ...]
    idempotency_key: str

    def check(self) -> None:
        """Raise `BadUserInput` for the first rule that is broken."""
        if not 1 <= len(self.items) <= MOST_LINES:
            raise BadUserInput("items", f"An order has 1 to {MOST_LINES} items.")
        if len({item.product_id for item in self.items}) < len(self.items):
            raise BadUserInput("items", "An order names a product once.")
        if not all(1 <= item.quantity <= MOST_OF_ONE for item in self.items):
            raise BadUserInput("quantity", f"A quantity is 1 to {MOST_OF_ONE}.")
        key = self.idempotency_key
        if not 1 <= len(key) <= LONGEST_KEY or not is_storable(key):
            raise BadUserInput(
                "idempotencyKey", f"A key has 1 to {LONGEST_KEY} characters."
            )


class OrderDesk:
    """Where orders are placed, cancelled and advanced."""

    def __init__(self, database: Database, warehouse: Warehouse) -> None:
        self._database = database
        self._warehouse = warehouse

    async def place(self, viewer: Viewer, draft: Draft) -> OrderRow:
        """Place an order, or go on with the one that has the same key.

        Raises:
            BadUserInput: The draft breaks a rule.
            IdempotencyKeyReused: The key stands for other items.
            Refused: A product is unknown or there is too little of it.
            ServiceUnavailable: It is not known how it ended; the same key goes on.
        """
        draft.check()
        order = await self._open(viewer, draft)
        lines = await self._lines(order)
        if {Item(line.product_id, line.quantity) for line in lines} != set(draft.items):
            raise IdempotencyKeyReused
        if order.status is not OrderStatus.PENDING:
            return order
        return await self._settle(order, lines)

    async def cancel(self, viewer: Viewer | None, order_id: int) -> OrderRow:
        """Cancel an order and give its stock back.

        Raises:
            NotFound: There is no such order.
            Forbidden: It is somebody else's.
            InvalidTransition: It has been shipped or cancelled.
        """
        order = await self._get(order_id)
        require_owner(viewer, order.user_id, scope=ORDERS_MANAGE)
        return await self.advance(order_id, OrderStatus.CANCELLED)

    async def advance(self, order_id: int, wanted: OrderStatus) -> OrderRow:
        """Take an order to a status that follows the one it has.

        Raises:
            NotFound: There is no such order.
            InvalidTransition: The status does not follow.
        """
        sources = [status.value for status in REACHED_FROM.get(wanted, ())]
        statement = (
            update(OrderRow)
            .where(OrderRow.id == order_id, OrderRow.state.in_(sources))
            .values(state=wanted.value, updated_at=_now())
            .returning(OrderRow)
        )
        async with self._database.transaction() as session:
            order: OrderRow | None = await session.scalar(statement)
        if order is None:
            raise InvalidTransition((await self._get(order_id)).status, wanted)
        if wanted is OrderStatus.CANCELLED:
            await self._try_release(order)
        return order

    async def sweep(self) -> None:
        """Cancel what stayed pending too long, and give back what is still due."""
        for order in await self._unsettled():
            if order.status is OrderStatus.PENDING:
                await self.advance(order.id, OrderStatus.CANCELLED)
            else:
                await self._try_release(order)

    async def _open(self, viewer: Viewer, draft: Draft) -> OrderRow:
        """Keep the order before anything happens, unless its key is known."""
        known = await self._find(viewer, draft)
        if known is not None:
            return known
        try:
            return await self._keep(viewer, draft)
        except IntegrityError:
            # The same request arrived twice; the other one was first.
            known = await self._find(viewer, draft)
            if known is None:
                raise ServiceUnavailable("orders") from None
            return known

    async def _find(self, viewer: Viewer, draft: Draft) -> OrderRow | None:
        statement = select(OrderRow).where(
            OrderRow.user_id == viewer.user_id,
            OrderRow.idempotency_key == draft.idempotency_key,
        )
        async with self._database.session() as session:
            order: OrderRow | None = await session.scalar(statement)
        return order

    async def _keep(self, viewer: Viewer, draft: Draft) -> OrderRow:
        now = _now()
        order = OrderRow(
            user_id=viewer.user_id,
            username=viewer.username,
            state=OrderStatus.PENDING.value,
            idempotency_key=draft.idempotency_key,
            reservation_id=uuid.uuid4().hex,
            holds_stock=True,
            created_at=now,
            updated_at=now,
        )
        async with self._database.transaction() as session:
            session.add(order)
            await session.flush()
            session.add_all(
                OrderLine(
                    order_id=order.id,
                    line=line,
                    product_id=item.product_id,
                    quantity=item.quantity,
                )
                for line, item in enumerate(draft.items, start=1)
            )
        return order

    async def _settle(self, order: OrderRow, lines: Sequence[OrderLine]) -> OrderRow:
        """Take the stock of a pending order and confirm it."""
        try:
            prices = await self._warehouse.reserve(order.reservation_id, lines)
        except Refused as refusal:
            if refusal.closed:
                # Cancelled in the meantime: that is how the order ended.
                return await self._get(order.id)
            await self._discard(order)
            raise
        return await self._confirm(order, lines, prices)

    async def _confirm(
        self, order: OrderRow, lines: Sequence[OrderLine], prices: Mapping[int, int]
    ) -> OrderRow:
        async with self._database.transaction() as session:
            confirmed = await session.scalar(
                update(OrderRow)
                .where(
                    OrderRow.id == order.id,
                    OrderRow.state == OrderStatus.PENDING.value,
                )
                .values(state=OrderStatus.CONFIRMED.value, updated_at=_now())
                .returning(OrderRow.id)
            )
            for line in lines if confirmed is not None else ():
                await session.execute(
                    update(OrderLine)
                    .where(OrderLine.order_id == order.id, OrderLine.line == line.line)
                    .values(unit_price=prices[line.product_id])
                )
        return await self._get(order.id)

    async def _discard(self, order: OrderRow) -> None:
        """Forget a refused order, so that its key may be tried again.

        The reservation is closed first: the same request, still under way a second
        time, must not take stock for an order that is gone.
        """
        await self._warehouse.release(order.reservation_id)
        async with self._database.transaction() as session:
            await session.execute(
                delete(OrderRow).where(
                    OrderRow.id == order.id,
                    OrderRow.state == OrderStatus.PENDING.value,
                )
            )

    async def _try_release(self, order: OrderRow) -> None:
        """Give stock back; if nobody answers, the next sweep tries again."""
        try:
            await self._warehouse.release(order.reservation_id)
        except ServiceUnavailable:
            logger.warning("Stock of order %d is still to be released", order.id)
            return
        async with self._database.transaction() as session:
            await session.execute(
                update(OrderRow)
                .where(OrderRow.id == order.id)
                .values(holds_stock=False)
            )

    async def _unsettled(self) -> Sequence[OrderRow]:
        stale = and_(
            OrderRow.state == OrderStatus.PENDING.value,
            OrderRow.created_at < _now() - PENDING_LIFETIME,
        )
        due = and_(OrderRow.state == OrderStatus.CANCELLED.value, OrderRow.holds_stock)
        statement = select(OrderRow).where(or_(stale, due)).limit(SWEEP_SIZE)
        async with self._database.session() as session:
            return (await session.scalars(statement)).all()

    async def _get(self, order_id: int) -> OrderRow:
        async with self._database.session() as session:
            order = await session.get(OrderRow, order_id)
        if order is None:
            raise NotFound("order", str(order_id))
        return order

    async def _lines(self, order: OrderRow) -> Sequence[OrderLine]:
        statement = select(OrderLine).where(OrderLine.order_id == order.id)
        async with self._database.session() as session:
            return (await session.scalars(statement)).all()


def _now() -> datetime:
    return datetime.now(UTC)
