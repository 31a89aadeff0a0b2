"""The story the demo tells: fifty people, two hundred products, their orders.

Each service seeds its own database from the part of the story it knows, so that
the three agree without asking each other. Everything follows from the lists below
and a fixed sequence of numbers: two runs tell the same story.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

PASSWORD = "demo-password"  # noqa: S105 - printed by the demo, meant to be known

OPENING_DAY = datetime(2025, 1, 6, 9, 0, tzinfo=UTC)
ALICE = 1
ADMIN = 2

PEOPLE = (
    "Alice Archer",
    "Ada Minton",
    "Bob Baker",
    "Carla Costa",
    "David Dunn",
    "Elena Evans",
    "Felix Fischer",
    "Grace Green",
    "Henry Hill",
    "Ines Ibarra",
    "Jonas Jansen",
    "Karin Keller",
    "Liam Lynch",
    "Maria Moreno",
    "Noah Nagel",
    "Olivia Owens",
    "Paul Peters",
    "Quinn Quigley",
    "Rosa Richter",
    "Simon Schmidt",
    "Tessa Turner",
    "Umberto Urso",
    "Vera Vogel",
    "Walter Weiss",
    "Xenia Xander",
    "Yannick Young",
    "Zoe Zimmer",
    "Anton Adler",
    "Bianca Berg",
    "Conor Casey",
    "Daria Dietz",
    "Emil Ebert",
    "Fiona Flynn",
    "Georg Graf",
    "Hanna Haas",
    "Ivan Ivanov",
    "Julia Jung",
    "Kevin Kelly",
    "Laura Lang",
    "Marco Mancini",
    "Nina Neumann",
    "Oscar Olsen",
    "Petra Pohl",
    "Rafael Ramos",
    "Sofia Sanders",
    "Tom Thiel",
    "Ursula Ullrich",
    "Victor Vidal",
    "Wanda Wolf",
    "Yara Yildiz",
)

# Street, city, postcode, country; numbers are added to the street.
PLACES = (
    ("Lindenstrasse", "Berlin", "10969", "DE"),
    ("Hafenweg", "Hamburg", "20457", "DE"),
    ("Am Falm", "Helgoland", "27498", "DE"),
    ("Mariahilfer Strasse", "Wien", "1060", "AT"),
    ("Keizersgracht", "Amsterdam", "1015", "NL"),
    ("Rue de Rivoli", "Paris", "75004", "FR"),
    ("Grafton Street", "Dublin", "D02", "IE"),
    ("Bahnhofstrasse", "Bern", "3011", "CH"),
)

# Slug and name.
CATEGORIES = (
    ("audio", "Audio"),
    ("books", "Books"),
    ("computers", "Computers"),
    ("garden", "Garden"),
    ("home", "Home"),
    ("kitchen", "Kitchen"),
    ("office", "Office"),
    ("phones", "Phones"),
    ("software", "Software"),
    ("sports", "Sports"),
)

# Name, categories, cents, and grams; or megabytes for what is downloaded.
PHYSICAL = (
    ("Laptop", ("computers", "office"), 99_900, 1_650),
    ("Smartphone", ("phones",), 69_900, 190),
    ("Tablet", ("computers",), 44_900, 480),
    ("Monitor", ("computers", "office"), 27_900, 5_200),
    ("Mechanical Keyboard", ("computers", "office"), 11_900, 980),
    ("Wireless Mouse", ("computers", "office"), 3_490, 95),
    ("USB-C Dock", ("computers",), 15_900, 420),
    ("External SSD", ("computers",), 12_900, 60),
    ("Webcam", ("computers", "office"), 7_990, 160),
    ("Phone Case", ("phones",), 1_990, 45),
    ("Fast Charger", ("phones",), 2_990, 130),
    ("Power Bank", ("phones",), 4_490, 340),
    ("Headphones", ("audio",), 19_900, 260),
    ("Earbuds", ("audio", "phones"), 12_900, 55),
    ("Bluetooth Speaker", ("audio", "home"), 8_990, 680),
    ("Record Player", ("audio", "home"), 24_900, 5_400),
    ("Studio Microphone", ("audio",), 13_900, 610),
    ("Desk Lamp", ("home", "office"), 4_990, 1_400),
    ("Standing Desk", ("office",), 48_900, 34_000),
    ("Office Chair", ("office",), 27_900, 16_500),
    ("Bookshelf", ("home",), 15_900, 28_000),
    ("Wool Blanket", ("home",), 6_990, 1_300),
    ("Wall Clock", ("home",), 3_990, 900),
    ("Espresso Machine", ("kitchen",), 54_900, 9_800),
    ("Coffee Grinder", ("kitchen",), 11_900, 2_900),
    ("Electric Kettle", ("kitchen",), 4_990, 1_150),
    ("Chef's Knife", ("kitchen",), 7_990, 280),
    ("Cast Iron Pan", ("kitchen",), 4_490, 2_700),
    ("Bread Maker", ("kitchen",), 13_900, 6_100),
    ("Yoga Mat", ("sports",), 3_990, 1_250),
    ("Running Shoes", ("sports",), 11_900, 560),
    ("Road Bike", ("sports",), 99_000, 9_100),
    ("Dumbbell Set", ("sports",), 8_990, 20_000),
    ("Tennis Racket", ("sports",), 12_900, 310),
    ("Hiking Backpack", ("sports",), 10_900, 1_480),
    ("Garden Hose", ("garden",), 3_490, 3_200),
    ("Lawn Mower", ("garden",), 34_900, 17_800),
    ("Pruning Shears", ("garden",), 2_490, 240),
    ("Terracotta Pot", ("garden", "home"), 1_490, 2_100),
    ("Garden Table", ("garden",), 22_900, 21_500),
)
DIGITAL = (
    ("GraphQL in Practice, E-Book", ("books", "software"), 2_990, 18),
    ("Python Cookbook, E-Book", ("books", "software"), 3_490, 22),
    ("Bread at Home, E-Book", ("books", "kitchen"), 1_490, 64),
    ("Gardening Year, Audiobook", ("books", "garden"), 1_990, 410),
    ("Trail Running, Audiobook", ("books", "sports"), 1_790, 380),
    ("Photo Editor", ("software",), 5_990, 2_300),
    ("Invoice Writer", ("software", "office"), 8_990, 340),
    ("Backup Tool", ("software", "computers"), 3_990, 85),
    ("Synthesizer Plug-in", ("software", "audio"), 9_900, 1_450),
    ("Typing Tutor", ("software",), 1_990, 120),
)
EDITIONS_PHYSICAL = ("", " Mini", " Plus", " Pro")
EDITIONS_DIGITAL = ("", " (Family)", " (Team)", " (Lifetime)")
PRICE_PERCENT = (100, 75, 130, 165)
WEIGHT_PERCENT = (100, 70, 120, 135)

ORDERS = 500
MOST_LINES = 5
MOST_OF_ONE = 3
TIME_BETWEEN_ORDERS = timedelta(hours=15, minutes=20)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account."""

    id: int
    username: str
    email: str
    email_public: bool
    name: str
    phone: str
    street: str
    city: str
    postcode: str
    country: str
    created_at: datetime
    wishlist_public: bool
    wishes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ware:
    """Something for sale; what has a weight is shipped, the rest downloaded."""

    id: int
    sku: str
    name: str
    description: str
    categories: tuple[str, ...]
    price: int
    stock: int
    weight: int | None
    download_size: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """So many of a product at a price."""

    product_id: int
    name: str
    quantity: int
    unit_price: int


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order somebody has placed."""

    id: int
    person: Person
    status: str
    reservation_id: str
    created_at: datetime
    lines: tuple[PurchaseLine, ...]


@cache
def people() -> tuple[Person, ...]:
    """Return everybody, Alice first."""
    return tuple(_person(number) for number in range(1, len(PEOPLE) + 1))


@cache
def wares() -> tuple[Ware, ...]:
    """Return the catalogue: plain editions first, then the others."""
    return tuple(_wares())


@cache
def purchases() -> tuple[Purchase, ...]:
    """Return all orders, the oldest first."""
    chance = Random(500)  # noqa: S311 - a story, not a secret
    return tuple(_purchase(number, chance) for number in range(1, ORDERS + 1))


def _person(number: int) -> Person:
    chance = Random(number)  # noqa: S311 - a story, not a secret
    username = _username(number)
    street, city, postcode, country = PLACES[number % len(PLACES)]
    return Person(
        id=number,
        username=username,
        email=f"{username.lower()}@example.com",
        email_public=number == ALICE or number % 5 == 0,
        name=PEOPLE[number - 1],
        phone=f"+49 30 5550{number:03}",
        street=f"{street} {_pick(chance, 120) + 1}",
        city=city,
        postcode=postcode,
        country=country,
        created_at=OPENING_DAY + timedelta(hours=7 * number),
        wishlist_public=number == ALICE or number % 3 != 0,
        wishes=_wishes(number, chance),
    )


def _username(number: int) -> str:
    if number == ALICE:
        return "Alice"
    if number == ADMIN:
        return "Admin"
    return PEOPLE[number - 1].lower().replace(" ", ".")


def _wishes(number: int, chance: Random) -> tuple[int, ...]:
    if number == ALICE:
        return (1, 2)
    count = _pick(chance, 6)
    return tuple(dict.fromkeys(_pick(chance, 200) + 1 for _ in range(count)))


def _wares() -> Iterator[Ware]:
    number = 0
    for edition in range(len(EDITIONS_PHYSICAL)):
        for base in (*PHYSICAL, *DIGITAL):
            number += 1
            yield _ware(number, edition, base)


def _ware(
    number: int, edition: int, base: tuple[str, tuple[str, ...], int, int]
) -> Ware:
    title, categories, price, size = base
    shipped = base in PHYSICAL
    editions = EDITIONS_PHYSICAL if shipped else EDITIONS_DIGITAL
    name = f"{title}{editions[edition]}"
    return Ware(
        id=number,
        sku=f"{'P' if shipped else 'D'}-{number:04}",
        name=name,
        description=_description(name, categories, shipped=shipped),
        categories=categories,
        # Prices end in 90 cents, as prices do.
        price=price * PRICE_PERCENT[edition] // 10_000 * 100 + 90,
        stock=_stock(number, shipped=shipped),
        weight=size * WEIGHT_PERCENT[edition] // 100 if shipped else None,
        download_size=None if shipped else size,
        created_at=OPENING_DAY - timedelta(days=200 - number),
    )


def _description(name: str, categories: tuple[str, ...], *, shipped: bool) -> str:
    shelf = dict(CATEGORIES)[categories[0]].lower()
    how = "shipped from our warehouse" if shipped else "yours to download at once"
    return f"{name}: a favourite from {shelf}, {how}."


def _stock(number: int, *, shipped: bool) -> int:
    if not shipped:
        return 10_000
    # Every seventeenth product is sold out, so that this can be seen, too.
    return 0 if number % 17 == 0 else 20 + number * 37 % 180


def _purchase(number: int, chance: Random) -> Purchase:
    buyers = people()
    # The first ten people buy half of everything; Alice bought last.
    crowd = len(buyers) if number % 2 else 10
    buyer = buyers[0] if number > ORDERS - 3 else buyers[_pick(chance, crowd)]
    created_at = OPENING_DAY + timedelta(days=16) + number * TIME_BETWEEN_ORDERS
    return Purchase(
        id=number,
        person=buyer,
        status=_status(number),
        reservation_id=f"demo-order-{number}",
        created_at=created_at.replace(microsecond=0),
        lines=_lines(chance),
    )


def _status(number: int) -> str:
    """Old orders have arrived, new ones are under way, some were cancelled."""
    if number % 12 == 0:
        return "CANCELLED"
    if number > ORDERS - 20:
        return "CONFIRMED"
    return "SHIPPED" if number > ORDERS - 60 else "DELIVERED"


def _lines(chance: Random) -> tuple[PurchaseLine, ...]:
    catalogue = wares()
    count = _pick(chance, MOST_LINES) + 1
    chosen: dict[int, Ware] = {}
    while len(chosen) < count:
        ware = catalogue[_pick(chance, len(catalogue))]
        chosen[ware.id] = ware
    return tuple(
        PurchaseLine(ware.id, ware.name, _pick(chance, MOST_OF_ONE) + 1, ware.price)
        for ware in chosen.values()
    )


def _pick(chance: Random, choices: int) -> int:
    """Return a number below `choices`; unlike `choice`, the same on every Python."""
    return int(chance.random() * choices)
