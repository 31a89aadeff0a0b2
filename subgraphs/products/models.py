"""The tables of the products service."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from subgraphs.shop.database import EntityId, UtcDateTime

PHYSICAL = "PHYSICAL"
DIGITAL = "DIGITAL"

HELD = "HELD"
RELEASED = "RELEASED"


class Base(DeclarativeBase):
    """The tables of this service."""


class ProductRow(Base):
    """Something for sale; `weight` in grams is null for what is not shipped."""

    __tablename__ = "products"
    __table_args__ = (CheckConstraint("stock >= 0", name="stock_is_never_negative"),)

    id: Mapped[int] = mapped_column(EntityId, primary_key=True)
    sku: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(100), index=True)
    description: Mapped[str] = mapped_column(Text)
    price: Mapped[int] = mapped_column(index=True)
    stock: Mapped[int]
    weight: Mapped[int | None]
    download_size: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CategoryRow(Base):
    """A shelf of the shop."""

    __tablename__ = "categories"

    slug: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))


class ProductCategory(Base):
    """A product stands on a shelf."""

    __tablename__ = "product_categories"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    category_slug: Mapped[str] = mapped_column(
        ForeignKey("categories.slug"), primary_key=True, index=True
    )


class WishlistRow(Base):
    """A user's wishlist; users themselves live in another service."""

    __tablename__ = "wishlists"

    user_id: Mapped[int] = mapped_column(
        EntityId, primary_key=True, autoincrement=False
    )
    public: Mapped[bool] = mapped_column(default=False)


class WishlistItem(Base):
    """A product on a wishlist."""

    __tablename__ = "wishlist_items"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("wishlists.user_id"), primary_key=True
    )
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    position: Mapped[int]


class ReservationRow(Base):
    """Stock taken for an order, or a note that it must never be taken again."""

    __tablename__ = "reservations"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))


class ReservationLine(Base):
    """One product of a reservation, as it was when it was taken."""

    __tablename__ = "reservation_lines"

    reservation_id: Mapped[str] = mapped_column(
        ForeignKey("reservations.id"), primary_key=True
    )
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    unit_price: Mapped[int]
    quantity: Mapped[int]
