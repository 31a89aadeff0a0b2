"""Registering and signing in."""

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from subgraphs.shop.database import Database, is_storable
from subgraphs.shop.errors import BadUserInput, ShopError
from subgraphs.shop.identity import CUSTOMER
from subgraphs.users.login_limit import LoginLimit
from subgraphs.users.models import Account
from subgraphs.users.passwords import hash_password, verify_password

USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,31}", re.ASCII)
EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
LONGEST_EMAIL = 254
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 128


class UsernameTaken(ShopError):
    """Somebody else has this name."""

    code = "USERNAME_TAKEN"

    def __init__(self, username: str) -> None:
        super().__init__(f"The username {username!r} is taken.", field="username")


class EmailTaken(ShopError):
    """Another account has this address."""

    code = "EMAIL_TAKEN"

    def __init__(self) -> None:
        super().__init__("Another account has this e-mail address.", field="email")


class InvalidCredentials(ShopError):
    """No account fits; which part is wrong is not told."""

    code = "INVALID_CREDENTIALS"

    def __init__(self) -> None:
        super().__init__("The name or the password is wrong.")


@dataclass(frozen=True, slots=True)
class Registration:
    """What a new customer fills in."""

    username: str
    password: str
    email: str | None

    def check(self) -> None:
        """Raise `BadUserInput` for the first rule that is broken."""
        if not USERNAME.fullmatch(self.username):
            raise BadUserInput(
                "username",
                "A username has 3 to 32 letters, digits, dots, hyphens or underscores"
                " and begins with a letter or a digit.",
            )
        if not SHORTEST_PASSWORD <= len(self.password) <= LONGEST_PASSWORD:
            raise BadUserInput(
                "password",
                f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
            )
        if not is_storable(self.password):
            raise BadUserInput("password", "A password is text.")
        if self.email is not None and not _is_email(self.email):
            raise BadUserInput("email", "This is not an e-mail address.")


async def register(database: Database, registration: Registration) -> Account:
    """Open an account for a new customer.

    Raises:
        BadUserInput: A name, password or address breaks a rule.
        UsernameTaken: Somebody has the name, in whatever case.
        EmailTaken: Somebody has the address.
    """
    registration.check()
    # A friendly look first, because hashing is dear; the constraint decides.
    await _refuse_taken(database, registration)
    account = Account(
        username=registration.username,
        username_key=registration.username.casefold(),
        email=registration.email,
        email_key=registration.email and registration.email.casefold(),
        email_public=False,
        password_hash=await asyncio.to_thread(hash_password, registration.password),
        role=CUSTOMER,
        loyalty_points=0,
        created_at=datetime.now(UTC).replace(microsecond=0),
    )
    try:
        async with database.transaction() as session:
            session.add(account)
    except IntegrityError:
        await _refuse_taken(database, registration)
        raise
    return account


async def sign_in(
    database: Database,
    limit: LoginLimit,
    *,
    username: str | None,
    email: str | None,
    password: str,
) -> Account:
    """Return the account that fits a name or an address, and a password.

    Raises:
        BadUserInput: Neither or both of name and address are given.
        InvalidCredentials: No account fits; it takes as long to find out whether
            the account is unknown or the password wrong.
        TooManyLogins: Too many failed, by whichever of name and address.
    """
    if (username is None) == (email is None):
        raise BadUserInput("username", "Give either `username` or `email`.")
    key = (username or email or "").casefold()
    account = await _find(database, key, email)
    counted = await limit.take(account, key)
    known_hash = account.password_hash if account else None
    if len(password) > LONGEST_PASSWORD or not is_storable(password):
        password = ""
    if not await verify_password(password, known_hash) or account is None:
        raise InvalidCredentials
    await limit.forgive(counted)
    return account


async def _find(database: Database, key: str, email: str | None) -> Account | None:
    """Find by address if it looks like one: no username contains an at sign."""
    by_email = email is not None or "@" in key
    column = Account.email_key if by_email else Account.username_key
    # A database cannot be asked for text it cannot hold; nobody has this name.
    condition: ColumnElement[bool] = column == (key if is_storable(key) else "")
    async with database.session() as session:
        account: Account | None = await session.scalar(select(Account).where(condition))
    return account


async def _refuse_taken(database: Database, registration: Registration) -> None:
    async with database.session() as session:
        holders = await _holders(session, registration)
    name = registration.username.casefold()
    if any(account.username_key == name for account in holders):
        raise UsernameTaken(registration.username)
    if holders:
        raise EmailTaken


async def _holders(
    session: AsyncSession, registration: Registration
) -> tuple[Account, ...]:
    """Return the accounts that hold the name or the address already."""
    same_name = Account.username_key == registration.username.casefold()
    email = registration.email and registration.email.casefold()
    statement = select(Account).where(
        or_(same_name, Account.email_key == email) if email else same_name
    )
    return tuple(await session.scalars(statement))


def _is_email(text: str) -> bool:
    return (
        len(text) <= LONGEST_EMAIL and is_storable(text) and bool(EMAIL.fullmatch(text))
    )
