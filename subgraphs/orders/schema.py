"""What the orders service adds to the graph: `Order`, and orders of users and products.

To this service a product is one type: that products are physical or digital is
the products service's business, so `Product` is an interface object here.
"""

# mypy: disallow-untyped-decorators=False
# ruff: noqa: A002 - arguments are named as the schema names them
# Strawberry's decorators that take arguments have no precise type.

import uuid
from datetime import datetime
from typing import Any, Self

import strawberry
from strawberry import UNSET

from subgraphs.orders.context import Info
from subgraphs.orders.desk import Draft, Item
from subgraphs.orders.lifecycle import OrderStatus
from subgraphs.orders.loaders import OF_PRODUCT, OF_USER, Owner
from subgraphs.orders.models import OrderLine, OrderRow
from subgraphs.orders.shipping import delivery_to, shipping_cents
from subgraphs.orders.warehouse import Refused
from subgraphs.shop.connection import (
    PAGED,
    USUAL_PAGE,
    Connection,
    PageRequest,
    PageSize,
)
from subgraphs.shop.database import parse_id
from subgraphs.shop.errors import BadUserInput, NotFound
from subgraphs.shop.identity import (
    ORDERS_MANAGE,
    ORDERS_READ_ALL,
    may_see,
    require_owner,
    require_scope,
    require_viewer,
)
from subgraphs.shop.money import Money
from subgraphs.shop.schema import ShopSchema

strawberry.enum(OrderStatus, description="Where an order stands.")


@strawberry.federation.type(
    keys=["country postcode"],
    description="Where parcels go in the same time for the same price.",
)
class DeliveryZone:
    """A zone of parcel delivery."""

    country: str
    postcode: str

    @classmethod
    def resolve_reference(cls, country: str, postcode: str) -> Self:
        """Take any address as part of some zone."""
        return cls(country=country, postcode=postcode)

    @strawberry.field(description="Working days a parcel takes.")
    def delivery_days(self) -> int:
        """Return the working days."""
        return delivery_to(self.country, self.postcode).days

    @strawberry.field(description="On top of the price by weight.")
    def surcharge(self) -> Money:
        """Return the surcharge."""
        return Money.of(delivery_to(self.country, self.postcode).surcharge)


@strawberry.federation.interface_object(keys=["id"], description="Something for sale.")
class Product:
    """A product, whatever its type, as far as orders matter to it."""

    id: strawberry.ID
    given_weight: strawberry.Private[Any] = UNSET

    @classmethod
    def resolve_reference(cls, id: object, weight: Any = UNSET) -> Self:
        """Take the other service's word for the product and its weight."""
        return cls(id=strawberry.ID(str(id)), given_weight=weight)

    @strawberry.federation.field(external=True)
    def weight(self) -> int | None:
        """Return the weight that came with the reference."""
        weight = self.given_weight
        if weight is not None and type(weight) is not int:
            raise BadUserInput("weight", "The representation must say the weight.")
        return weight

    @strawberry.federation.field(
        requires=["weight"], description="Nothing for what is not shipped."
    )
    def shipping_estimate(self) -> Money | None:
        """Return the price to ship one of it."""
        return Money.of(shipping_cents(self.weight()))

    @strawberry.field(description="Who bought it; for admins only.", directives=[PAGED])
    async def orders(
        self,
        info: Info,
        first: PageSize = USUAL_PAGE,
        after: str | None = None,
        status: OrderStatus | None = None,
    ) -> "Connection[Order] | None":
        """Return the orders the product is part of."""
        require_scope(info.context.viewer, ORDERS_READ_ALL)
        return await _orders_of(info, OF_PRODUCT, self.id, first, after, status)


@strawberry.federation.type(keys=["id"], description="A person.")
class User:
    """A person, as far as orders matter to them."""

    id: strawberry.ID
    known_username: strawberry.Private[str | None] = None

    @classmethod
    def resolve_reference(cls, id: object, username: str | None = None) -> Self:
        """Take the other service's word that there is such a person."""
        return cls(id=strawberry.ID(str(id)), known_username=username)

    @strawberry.federation.field(external=True)
    def username(self) -> str:
        """Return the name, if the way here knows it."""
        if self.known_username is None:
            raise BadUserInput("username", "The representation must say the name.")
        return self.known_username

    @strawberry.federation.field(
        authenticated=True,
        description="Newest first; for the owner and admins only.",
        directives=[PAGED],
    )
    async def orders(
        self,
        info: Info,
        first: PageSize = USUAL_PAGE,
        after: str | None = None,
        status: OrderStatus | None = None,
    ) -> "Connection[Order] | None":
        """Return the person's orders."""
        owner_id = parse_id(self.id) or 0
        require_owner(info.context.viewer, owner_id, scope=ORDERS_READ_ALL)
        return await _orders_of(info, OF_USER, self.id, first, after, status)

    @strawberry.federation.field(
        override="users",
        description="Points collected by orders. For the owner and admins only.",
    )
    async def loyalty_points(self, info: Info) -> int | None:
        """Return the points if the viewer may see them."""
        user_id = parse_id(self.id)
        if user_id is None:
            return None
        if not may_see(info.context.viewer, user_id, scope=ORDERS_READ_ALL):
            return None
        return await info.context.orders.points.load(user_id)


@strawberry.type(description="One product of an order.")
class OrderItem:
    """One product of an order."""

    row: strawberry.Private[OrderLine]
    line: int = strawberry.field(description="Its place in the order, from 1.")
    quantity: int

    @classmethod
    def of(cls, row: OrderLine) -> Self:
        """Return the item of a row."""
        return cls(row=row, line=row.line, quantity=row.quantity)

    @strawberry.field(description="As it was when bought; null until confirmed.")
    def unit_price(self) -> Money | None:
        """Return what one cost."""
        price = self.row.unit_price
        return None if price is None else Money.of(price)

    @strawberry.field(description="What was bought.")
    def product(self) -> Product | None:
        """Return the product by its key; the products service does the rest."""
        return Product(id=strawberry.ID(str(self.row.product_id)))


@strawberry.federation.type(keys=["id"], description="An order.")
class Order:
    """An order, seen by its owner or an admin."""

    row: strawberry.Private[OrderRow]
    id: strawberry.ID
    status: OrderStatus
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: OrderRow) -> Self:
        """Return the order of a row."""
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            status=row.status,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: object) -> Self | None:
        """Find an order and check that the viewer may see it."""
        number = parse_id(id)
        viewer = require_viewer(info.context.viewer)
        row = number and await info.context.orders.by_id.load(number)
        if not row:
            return None
        require_owner(viewer, row.user_id, scope=ORDERS_READ_ALL)
        return cls.of(row)

    @strawberry.federation.field(provides=["username"], description="Who bought it.")
    def user(self) -> User | None:
        """Return the buyer with the name kept beside the order."""
        user_id = strawberry.ID(str(self.row.user_id))
        return User(id=user_id, known_username=self.row.username)

    @strawberry.field
    async def items(self, info: Info) -> list[OrderItem]:
        """Return what was bought."""
        lines = await info.context.orders.lines.load(self.row.id)
        return [OrderItem.of(line) for line in lines]

    @strawberry.field(description="Without shipping; null until confirmed.")
    async def total(self, info: Info) -> Money | None:
        """Return the sum of all items."""
        lines = await info.context.orders.lines.load(self.row.id)
        costs = [
            line.unit_price * line.quantity
            for line in lines
            if line.unit_price is not None
        ]
        return Money.of(sum(costs)) if len(costs) == len(lines) else None


async def _orders_of(
    info: Info,
    owner: Owner,
    id_: str,
    first: int | None,
    after: str | None,
    status: OrderStatus | None,
) -> Connection[Order] | None:
    request = PageRequest.of(first, after, key=(int,))
    number = parse_id(id_)
    if number is None:
        return None
    loaders = info.context.orders
    page = await loaders.pages(owner, request, status).load(number)
    return page.map(Order.of).connection(
        lambda: loaders.counts(owner, status).load(number)
    )


@strawberry.input(description="So many of a product.")
class OrderItemInput:
    """So many of a product."""

    product_id: strawberry.ID
    quantity: int

    def to_item(self) -> Item:
        """Return the item, or raise if no product can have that id."""
        number = parse_id(self.product_id)
        if number is None:
            raise Refused.unknown_product(self.product_id)
        return Item(number, self.quantity)


@strawberry.input(description="A new order.")
class CreateOrderInput:
    """A new order."""

    items: list[OrderItemInput]
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Chosen by the client: trying again with it orders once.",
    )

    def to_draft(self) -> Draft:
        """Return the order as the desk takes it."""
        key = self.idempotency_key
        items = tuple(item.to_item() for item in self.items)
        return Draft(items, uuid.uuid4().hex if key is None else key)


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.federation.field(
        authenticated=True, description="An order by id; null if there is none."
    )
    async def order(self, info: Info, id: strawberry.ID) -> Order | None:
        """Return one order."""
        return await Order.resolve_reference(info, id=id)

    @strawberry.federation.field(
        authenticated=True,
        description="The viewer's own orders, or everybody's for admins; newest first.",
        directives=[PAGED],
    )
    async def orders(
        self,
        info: Info,
        first: PageSize = USUAL_PAGE,
        after: str | None = None,
        status: OrderStatus | None = None,
    ) -> Connection[Order] | None:
        """Return a page of orders."""
        viewer = require_viewer(info.context.viewer)
        if not viewer.may(ORDERS_READ_ALL):
            own = str(viewer.user_id)
            return await _orders_of(info, OF_USER, own, first, after, status)
        loaders = info.context.orders
        request = PageRequest.of(first, after, key=(int,))
        page = await loaders.all_orders(request, status)
        return page.map(Order.of).connection(lambda: loaders.count_all(status))


@strawberry.type
class Mutation:
    """What can be done."""

    @strawberry.federation.mutation(
        authenticated=True,
        description="Order products: their stock is taken, all of it or none.",
    )
    async def create_order(self, info: Info, input: CreateOrderInput) -> Order:
        """Place an order for the viewer."""
        viewer = require_viewer(info.context.viewer)
        return Order.of(await info.context.desk.place(viewer, input.to_draft()))

    @strawberry.federation.mutation(
        authenticated=True, description="Cancel an order that has not been shipped."
    )
    async def cancel_order(self, info: Info, id: strawberry.ID) -> Order:
        """Cancel an order of the viewer, or any for admins."""
        viewer = require_viewer(info.context.viewer)
        return Order.of(await info.context.desk.cancel(viewer, _order_id(id)))

    @strawberry.federation.mutation(
        requires_scopes=[[ORDERS_MANAGE]],
        description="Take an order to the status that follows.",
    )
    async def update_order_status(
        self, info: Info, id: strawberry.ID, status: OrderStatus
    ) -> Order:
        """Advance an order."""
        require_scope(info.context.viewer, ORDERS_MANAGE)
        return Order.of(await info.context.desk.advance(_order_id(id), status))


def _order_id(id_: str) -> int:
    number = parse_id(id_)
    if number is None:
        raise NotFound("order", id_)
    return number


schema = ShopSchema(query=Query, mutation=Mutation, types=(User, Product, DeliveryZone))
