"""The first rows of the products database."""

from subgraphs.products.models import (
    DIGITAL,
    HELD,
    PHYSICAL,
    CategoryRow,
    ProductCategory,
    ProductRow,
    ReservationLine,
    ReservationRow,
    WishlistItem,
    WishlistRow,
)
from subgraphs.shop import demo
from subgraphs.shop.database import Rows, Seed


def seed() -> Seed:
    """Return catalogue, wishlists, and the stock that open orders hold."""
    return (
        (ProductRow, _products()),
        (CategoryRow, [{"slug": slug, "name": name} for slug, name in demo.CATEGORIES]),
        (ProductCategory, _shelves()),
        (WishlistRow, _wishlists()),
        (WishlistItem, _wishes()),
        (ReservationRow, _reservations()),
        (ReservationLine, _reservation_lines()),
    )


def _products() -> Rows:
    return [
        {
            "id": ware.id,
            "sku": ware.sku,
            "kind": DIGITAL if ware.weight is None else PHYSICAL,
            "name": ware.name,
            "description": ware.description,
            "price": ware.price,
            "stock": ware.stock,
            "weight": ware.weight,
            "download_size": ware.download_size,
            "created_at": ware.created_at,
        }
        for ware in demo.wares()
    ]


def _shelves() -> Rows:
    return [
        {"product_id": ware.id, "category_slug": slug}
        for ware in demo.wares()
        for slug in ware.categories
    ]


def _wishlists() -> Rows:
    return [
        {"user_id": person.id, "public": person.wishlist_public}
        for person in demo.people()
    ]


def _wishes() -> Rows:
    return [
        {"user_id": person.id, "product_id": product_id, "position": position}
        for person in demo.people()
        for position, product_id in enumerate(person.wishes)
    ]


def _open_purchases() -> list[demo.Purchase]:
    """Return the orders that can still be cancelled, which gives stock back."""
    return [order for order in demo.purchases() if order.status == "CONFIRMED"]


def _reservations() -> Rows:
    return [{"id": order.reservation_id, "state": HELD} for order in _open_purchases()]


def _reservation_lines() -> Rows:
    return [
        {
            "reservation_id": order.reservation_id,
            "product_id": line.product_id,
            "name": line.name,
            "unit_price": line.unit_price,
            "quantity": line.quantity,
        }
        for order in _open_purchases()
        for line in order.lines
    ]
