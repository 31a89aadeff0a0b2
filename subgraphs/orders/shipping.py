"""What it costs and takes to ship something."""

from collections.abc import Mapping
from dataclasses import dataclass

# Up to so many grams, so many cents.
BANDS: tuple[tuple[int, int], ...] = ((1_000, 499), (5_000, 699), (20_000, 1_299))
HEAVY_STEP_G = 10_000
HEAVY_STEP_CENTS = 300


@dataclass(frozen=True, slots=True)
class Delivery:
    """What delivery to a country takes.

    Attributes:
        days: Working days.
        surcharge: Cents on top of the price by weight.
    """

    days: int
    surcharge: int


DELIVERY_BY_COUNTRY: Mapping[str, Delivery] = {
    "DE": Delivery(days=2, surcharge=0),
    "AT": Delivery(days=3, surcharge=200),
    "NL": Delivery(days=3, surcharge=200),
    "FR": Delivery(days=4, surcharge=300),
    "IE": Delivery(days=5, surcharge=500),
}
ELSEWHERE = Delivery(days=10, surcharge=1_500)

# Postcodes of German islands: parcels go by ferry.
ISLAND_POSTCODES = frozenset({"27498", "25980", "25938", "18565"})
FERRY_DAYS = 2


def shipping_cents(weight: int | None) -> int:
    """Return the price to ship so many grams; what has no weight is not shipped."""
    if not weight:
        return 0
    for limit, cents in BANDS:
        if weight <= limit:
            return cents
    heaviest, dearest = BANDS[-1]
    # Every step that has begun counts.
    steps = -(-(weight - heaviest) // HEAVY_STEP_G)
    return dearest + steps * HEAVY_STEP_CENTS


def delivery_to(country: str, postcode: str) -> Delivery:
    """Return what delivery to a zone takes."""
    delivery = DELIVERY_BY_COUNTRY.get(country, ELSEWHERE)
    if country == "DE" and postcode in ISLAND_POSTCODES:
        return Delivery(delivery.days + FERRY_DAYS, delivery.surcharge)
    return delivery
