"""The life of an order, and the steps it may not take.

    PENDING ──> CONFIRMED ──> SHIPPED ──> DELIVERED
       │            │
       └────────────┴──> CANCELLED

An order is confirmed by taking its stock, never by hand.
"""

from collections.abc import Mapping
from enum import Enum

from subgraphs.shop.errors import ShopError


class OrderStatus(Enum):
    """Where an order stands."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


# What must have been before, for each status that can be set by hand.
REACHED_FROM: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.SHIPPED: frozenset({OrderStatus.CONFIRMED}),
    OrderStatus.DELIVERED: frozenset({OrderStatus.SHIPPED}),
    OrderStatus.CANCELLED: frozenset({OrderStatus.PENDING, OrderStatus.CONFIRMED}),
}


class InvalidTransition(ShopError):
    """The order cannot go from where it stands to where it is sent."""

    code = "INVALID_TRANSITION"

    def __init__(self, current: OrderStatus, wanted: OrderStatus) -> None:
        verb = "become" if wanted is not OrderStatus.CANCELLED else "be"
        super().__init__(
            f"An order that is {current.value} cannot {verb} {wanted.value}.",
            status=current.value,
        )
