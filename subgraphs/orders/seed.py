"""The first rows of the orders database."""

from subgraphs.orders.lifecycle import OrderStatus
from subgraphs.orders.models import OrderLine, OrderRow
from subgraphs.shop import demo
from subgraphs.shop.database import Seed

HOLDING = frozenset({OrderStatus.CONFIRMED.value})


def seed() -> Seed:
    """Return the orders of the demo's people."""
    orders = [
        {
            "id": order.id,
            "user_id": order.person.id,
            "username": order.person.username,
            "state": order.status,
            "idempotency_key": order.reservation_id,
            "reservation_id": order.reservation_id,
            "holds_stock": order.status in HOLDING,
            "created_at": order.created_at,
            "updated_at": order.created_at,
        }
        for order in demo.purchases()
    ]
    lines = [
        {
            "order_id": order.id,
            "line": number,
            "product_id": line.product_id,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
        }
        for order in demo.purchases()
        for number, line in enumerate(order.lines, start=1)
    ]
    return ((OrderRow, orders), (OrderLine, lines))
