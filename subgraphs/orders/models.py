"""The tables of the orders service."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from subgraphs.orders.lifecycle import OrderStatus
from subgraphs.shop.database import EntityId, UtcDateTime


class Base(DeclarativeBase):
    """The tables of this service."""


class OrderRow(Base):
    """An order.

    `holds_stock` says that the products service may hold stock for the order; it
    is true before the stock is taken and until it is known to be given back.
    """

    __tablename__ = "orders"
    __table_args__ = (UniqueConstraint("user_id", "idempotency_key"),)

    id: Mapped[int] = mapped_column(EntityId, primary_key=True)
    user_id: Mapped[int] = mapped_column(EntityId, index=True)
    username: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), index=True)
    idempotency_key: Mapped[str] = mapped_column(String(128))
    reservation_id: Mapped[str] = mapped_column(String(64), unique=True)
    holds_stock: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def status(self) -> OrderStatus:
        """Where the order stands."""
        return OrderStatus(self.state)


class OrderLine(Base):
    """One product of an order; the price is null until stock has been taken."""

    __tablename__ = "order_lines"

    order_id: Mapped[int] = mapped_column(
        ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(EntityId, index=True)
    quantity: Mapped[int]
    unit_price: Mapped[int | None]
