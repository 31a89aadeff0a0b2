"""Money as whole cents with a currency: sums are exact, and nothing rounds."""

from typing import Self

import strawberry

CURRENCY = "EUR"


@strawberry.federation.type(
    shareable=True, description="An amount of money in whole cents."
)
class Money:
    """An amount of money.

    Attributes:
        amount: Whole cents.
        currency: ISO 4217 code.
    """

    amount: int = strawberry.field(description="Whole cents.")
    currency: str = strawberry.field(description="ISO 4217 code, such as EUR.")

    @classmethod
    def of(cls, cents: int) -> Self:
        """Return that many cents in the shop's only currency."""
        return cls(amount=cents, currency=CURRENCY)
