"""Look-ups of accounts, each one SQL statement per batch."""

from aiodataloader import DataLoader
from sqlalchemy import func, select

from subgraphs.shop.connection import CursorKey, Page, PageRequest
from subgraphs.shop.database import Database, is_storable, parse_id
from subgraphs.users.models import Account


class AccountLoaders:
    """The look-ups one request makes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.by_id: DataLoader[int, Account | None] = DataLoader(self._by_id)
        self.by_username: DataLoader[str, Account | None] = DataLoader(
            self._by_username
        )

    async def find_by_id(self, id_: object) -> Account | None:
        """Return the account with this id, if there is one."""
        number = parse_id(id_)
        return None if number is None else await self.by_id.load(number)

    async def find_by_username(self, username: str) -> Account | None:
        """Return the account with exactly this name, if there is one."""
        known = is_storable(username)
        return await self.by_username.load(username) if known else None

    async def _by_id(self, ids: list[int]) -> list[Account | None]:
        statement = select(Account).where(Account.id.in_(ids))
        async with self._database.session() as session:
            found = {row.id: row for row in await session.scalars(statement)}
        return [found.get(id_) for id_ in ids]

    async def _by_username(self, names: list[str]) -> list[Account | None]:
        statement = select(Account).where(Account.username.in_(names))
        async with self._database.session() as session:
            found = {row.username: row for row in await session.scalars(statement)}
        return [found.get(name) for name in names]

    async def page(self, request: PageRequest) -> Page[Account]:
        """Return a page of all accounts, the oldest first."""
        statement = select(Account).order_by(Account.id).limit(request.first + 1)
        if request.after is not None:
            statement = statement.where(Account.id > request.after[0])
        async with self._database.session() as session:
            rows = (await session.scalars(statement)).all()
        items: list[tuple[CursorKey, Account]] = [((row.id,), row) for row in rows]
        return Page(items, request)

    async def count(self) -> int:
        """Count all accounts."""
        async with self._database.session() as session:
            return await session.scalar(select(func.count(Account.id))) or 0
