"""The first rows of the users database."""

from subgraphs.shop import demo
from subgraphs.shop.database import Seed
from subgraphs.shop.identity import ADMIN, CUSTOMER
from subgraphs.users.models import Account
from subgraphs.users.passwords import hash_password


def seed() -> Seed:
    """Return the accounts of the demo's people."""
    # Hashed once for all: fifty hashes would make the first start wait.
    password_hash = hash_password(demo.PASSWORD)
    rows = [
        {
            "id": person.id,
            "username": person.username,
            "username_key": person.username.casefold(),
            "email": person.email,
            "email_key": person.email.casefold(),
            "email_public": person.email_public,
            "password_hash": password_hash,
            "role": ADMIN if person.id == demo.ADMIN else CUSTOMER,
            "name": person.name,
            "phone": person.phone,
            "street": person.street,
            "city": person.city,
            "postcode": person.postcode,
            "country": person.country,
            "loyalty_points": 0,
            "created_at": person.created_at,
        }
        for person in demo.people()
    ]
    return ((Account, rows),)
