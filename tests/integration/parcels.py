"""Two subgraphs in this process: parcels, whose events one waits for, and who owns them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import strawberry
from strawberry.federation import Schema

from gateway_graphql import Gateway, Subgraph


class Carrier:
    """Tells of parcels; tests say what, and see who listens."""

    def __init__(self):
        self.listeners = []
        self.came = self.left = 0
        self.yielded = []
        # The context of the resolver, and the owner that it was asked for.
        self.owners_asked = []
        self._changed = asyncio.Event()

    def tell(self, *events):
        """Tell all listeners; an exception is raised where they listen, `None` ends it."""
        for listener in self.listeners:
            for event in events:
                listener.put_nowait(event)

    async def listened_to(self, by=1):
        """Return when so many listen."""
        while len(self.listeners) != by:
            self._changed.clear()
            await self._changed.wait()

    @asynccontextmanager
    async def listening(self):
        """Be told, and leave when that is over."""
        mine = asyncio.Queue()
        self.listeners.append(mine)
        self.came += 1
        self._changed.set()
        try:
            async with asyncio.timeout(600):  # to be left in the task that entered it
                yield mine
        finally:
            self.listeners.remove(mine)
            self.left += 1
            self._changed.set()


@strawberry.federation.type(name="Owner", keys=["id"])
class ParcelOwner:
    id: strawberry.ID


@strawberry.federation.type(keys=["id"])
class Parcel:
    id: strawberry.ID
    status: str
    owner: ParcelOwner | None


@strawberry.type(name="Query")
class ParcelsQuery:
    @strawberry.field
    def parcels(self) -> int:
        return 0


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def moved(self, info: strawberry.Info) -> AsyncGenerator[Parcel | None, None]:
        async with info.context["carrier"].listening() as mine:
            while (event := await mine.get()) is not None:
                if isinstance(event, BaseException):
                    raise event
                yield event if isinstance(event, Parcel) else None

    @strawberry.subscription
    async def counted(
        self, info: strawberry.Info, upto: int
    ) -> AsyncGenerator[int, None]:
        for number in range(upto):
            info.context["carrier"].yielded.append(number)
            yield number


@strawberry.federation.type(keys=["id"])
class Owner:
    id: strawberry.ID
    name: str
    address: str | None = strawberry.federation.field(
        policy=[["neighbour"]], default="Baker St"
    )

    @classmethod
    def resolve_reference(cls, info: strawberry.Info, id: strawberry.ID):  # noqa: A002 - the key's name
        info.context["carrier"].owners_asked.append((info.context, id))
        if id == "broken":
            raise ValueError("the owners are at db-7")
        return cls(id=id, name=f"Owner {id}")


@strawberry.type(name="Query")
class OwnersQuery:
    @strawberry.field
    def owners(self) -> int:
        return 0


PARCELS = Schema(query=ParcelsQuery, subscription=Subscription)
OWNERS = Schema(query=OwnersQuery, types=[Owner])


def parcel(key, owner=None, status="sent"):
    return Parcel(
        id=strawberry.ID(key),
        status=status,
        owner=None if owner is None else ParcelOwner(id=strawberry.ID(owner)),
    )


def gateway_of(carrier, **options):
    """A gateway over both."""
    return Gateway.compose(
        *(
            Subgraph(name, schema=schema, context=lambda _: {"carrier": carrier})
            for name, schema in (("parcels", PARCELS), ("owners", OWNERS))
        ),
        **options,
    )
