"""The tables of the users service."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from subgraphs.shop.database import EntityId, UtcDateTime


class Base(DeclarativeBase):
    """The tables of this service."""


class Account(Base):
    """A person with an account.

    `username_key` and `email_key` are the case-folded forms: two accounts may not
    differ by case alone.
    """

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(EntityId, primary_key=True)
    username: Mapped[str] = mapped_column(String(32))
    username_key: Mapped[str] = mapped_column(String(32), unique=True)
    email: Mapped[str | None] = mapped_column(String(254))
    email_key: Mapped[str | None] = mapped_column(String(254), unique=True)
    email_public: Mapped[bool]
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16))
    name: Mapped[str | None] = mapped_column(String(100))
    phone: Mapped[str | None] = mapped_column(String(32))
    street: Mapped[str | None] = mapped_column(String(100))
    city: Mapped[str | None] = mapped_column(String(100))
    postcode: Mapped[str | None] = mapped_column(String(16))
    country: Mapped[str | None] = mapped_column(String(2))
    loyalty_points: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
