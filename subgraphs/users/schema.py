"""What the users service adds to the graph: `User`, signing in, and addresses.

Names are public. Phone, address, roles and scopes are shown to their owner and to
admins; an e-mail address also to everybody, if its owner made it public.
"""

# mypy: disallow-untyped-decorators=False
# ruff: noqa: A002 - arguments are named as the schema names them
# Strawberry's decorators that take arguments have no precise type.

from datetime import datetime
from typing import Self

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from gateway_graphql.strawberry import RateLimit
from subgraphs.shop.connection import (
    PAGED,
    USUAL_PAGE,
    Connection,
    PageRequest,
    PageSize,
)
from subgraphs.shop.identity import USERS_READ_ALL, may_see
from subgraphs.shop.schema import ShopSchema
from subgraphs.users import accounts
from subgraphs.users.context import Info
from subgraphs.users.models import Account
from subgraphs.users.tokens import SCOPES_BY_ROLE, AccessToken

PERSONAL = "personal-data"


@strawberry.federation.type(
    keys=[Key(fields=FieldSet("country postcode"), resolvable=False)],
    description="Where parcels go in the same time for the same price.",
)
class DeliveryZone:
    """A zone that the orders service knows more about."""

    country: str
    postcode: str


@strawberry.federation.type(tags=[PERSONAL], description="Where somebody lives.")
class Address:
    """Where somebody lives."""

    street: str
    city: str
    postcode: str
    country: str = strawberry.field(description="ISO 3166-1 alpha-2 code.")

    @strawberry.field(description="What delivery to this address takes.")
    def zone(self) -> DeliveryZone | None:
        """Return the zone by its key; the orders service does the rest."""
        return DeliveryZone(country=self.country, postcode=self.postcode)


@strawberry.federation.type(keys=["id", "username"], description="A person.")
class User:
    """A person, shown as far as the viewer may see."""

    account: strawberry.Private[Account]
    has_just_signed_in: strawberry.Private[bool] = False
    id: strawberry.ID
    username: str = strawberry.federation.field(
        shareable=True, description="Public and unique; it never changes."
    )
    created_at: datetime

    @classmethod
    def of(cls, account: Account, *, has_just_signed_in: bool = False) -> Self:
        """Return the person behind an account."""
        return cls(
            account=account,
            has_just_signed_in=has_just_signed_in,
            id=strawberry.ID(str(account.id)),
            username=account.username,
            created_at=account.created_at,
        )

    @classmethod
    async def resolve_reference(
        cls, info: Info, id: object = None, username: str | None = None
    ) -> Self | None:
        """Find the person another service speaks of, by either key."""
        accounts = info.context.accounts
        if id is None:
            account = await accounts.find_by_username(username or "")
        else:
            account = await accounts.find_by_id(id)
        return None if account is None else cls.of(account)

    @strawberry.field(description="The person's full name.")
    def name(self) -> str | None:
        """Return the name; customers need not give one."""
        return self.account.name

    @strawberry.federation.field(
        tags=[PERSONAL], description="Null for others unless its owner made it public."
    )
    def email(self, info: Info) -> str | None:
        """Return the address if the viewer may see it."""
        public = self.account.email_public
        return self.account.email if public or self._is_open_to(info) else None

    @strawberry.federation.field(
        tags=[PERSONAL], description="For the owner and admins only."
    )
    def phone(self, info: Info) -> str | None:
        """Return the number if the viewer may see it."""
        return self.account.phone if self._is_open_to(info) else None

    @strawberry.federation.field(
        tags=[PERSONAL], description="For the owner and admins only."
    )
    def address(self, info: Info) -> Address | None:
        """Return the address if there is one and the viewer may see it."""
        account = self.account
        if account.street is None or not self._is_open_to(info):
            return None
        return Address(
            street=account.street,
            city=account.city or "",
            postcode=account.postcode or "",
            country=account.country or "",
        )

    @strawberry.federation.field(
        authenticated=True, description="For the owner and admins only."
    )
    def roles(self, info: Info) -> list[str] | None:
        """Return what the person is."""
        return [self.account.role] if self._is_open_to(info) else None

    @strawberry.federation.field(
        authenticated=True, description="For the owner and admins only."
    )
    def scopes(self, info: Info) -> list[str] | None:
        """Return what the person's tokens allow."""
        scopes = SCOPES_BY_ROLE[self.account.role]
        return list(scopes) if self._is_open_to(info) else None

    @strawberry.field(
        description="Points collected by orders. For the owner and admins only."
    )
    def loyalty_points(self, info: Info) -> int | None:
        """Return the points counted here until the orders service took over."""
        return self.account.loyalty_points if self._is_open_to(info) else None

    def _is_open_to(self, info: Info) -> bool:
        viewer = info.context.viewer
        return self.has_just_signed_in or may_see(
            viewer, self.account.id, scope=USERS_READ_ALL
        )


@strawberry.type(description="A signed-in user and the token that proves it.")
class AuthPayload:
    """A signed-in user and the token that proves it."""

    access_token: str = strawberry.field(
        description="Send it as `Authorization: Bearer ...`."
    )
    expires_at: datetime
    user: User

    @classmethod
    def of(cls, token: AccessToken, account: Account) -> Self:
        """Return what a client keeps after signing in."""
        user = User.of(account, has_just_signed_in=True)
        return cls(access_token=token.text, expires_at=token.expires_at, user=user)


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.federation.field(
        authenticated=True, description="Who asks; null without a token."
    )
    async def me(self, info: Info) -> User | None:
        """Return the viewer's own account."""
        viewer = info.context.viewer
        if viewer is None:
            return None
        account = await info.context.accounts.by_id.load(viewer.user_id)
        return None if account is None else User.of(account)

    @strawberry.field(description="A user by id; null if there is none.")
    async def user(self, info: Info, id: strawberry.ID) -> User | None:
        """Return one user."""
        return await User.resolve_reference(info, id=id)

    @strawberry.field(
        description="All users, in the order they came.", directives=[PAGED]
    )
    async def users(
        self,
        info: Info,
        first: PageSize = USUAL_PAGE,
        after: str | None = None,
    ) -> Connection[User]:
        """Return a page of users."""
        loaders = info.context.accounts
        page = await loaders.page(PageRequest.of(first, after, key=(int,)))
        return page.map(User.of).connection(loaders.count)


@strawberry.type
class Mutation:
    """What can be done."""

    @strawberry.mutation(description="Open an account and sign in.")
    async def register(
        self, info: Info, username: str, password: str, email: str | None = None
    ) -> AuthPayload:
        """Open an account for a new customer."""
        registration = accounts.Registration(username, password, email)
        account = await accounts.register(info.context.database, registration)
        return AuthPayload.of(info.context.issuer.issue(account), account)

    @strawberry.mutation(
        description="Sign in by name or e-mail address; `username` accepts both.",
        directives=[
            # Argument by argument: an absent one is not counted.
            RateLimit(limit=5, window="1m", by=["arg:username"]),
            RateLimit(limit=5, window="1m", by=["arg:email"]),
            # Who tries one password with many names.
            RateLimit(limit=30, window="1m", by=["ip"]),
        ],
    )
    async def login(
        self,
        info: Info,
        password: str,
        username: str | None = None,
        email: str | None = None,
    ) -> AuthPayload:
        """Sign in."""
        account = await accounts.sign_in(
            info.context.database,
            info.context.login_limit,
            username=username,
            email=email,
            password=password,
        )
        return AuthPayload.of(info.context.issuer.issue(account), account)


schema = ShopSchema(query=Query, mutation=Mutation)
