"""The demo as one schema: what the gateway over three subgraphs must be equal to.

Each field of the API schema is resolved by the very resolver of the subgraph that owns
it, but by graphql-core, in one process and in one execution: no plan, no
representation, no merging. Where an object of one subgraph meets a field of another,
the other's reference resolver is asked for it.
"""

from collections.abc import Callable, Mapping
from inspect import isawaitable
from typing import Any

import jwt
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

from gateway_graphql.supergraph.model import (
    FieldDefinition,
    InterfaceDefinition,
    ObjectDefinition,
    Supergraph,
)
from subgraphs.orders import schema as orders
from subgraphs.orders.context import OrdersContext
from subgraphs.products import schema as products
from subgraphs.products.context import ProductsContext
from subgraphs.shop.identity import Viewer
from subgraphs.users import schema as users
from subgraphs.users.context import UsersContext

MODULES = {"users": users, "products": products, "orders": orders}
CORE = {
    name: module.schema._schema  # noqa: SLF001 - Strawberry shows it nowhere else
    for name, module in MODULES.items()
}


def contexts(databases: Mapping[str, Any], token: str | None) -> dict[str, Any]:
    """What the resolvers of each subgraph get, for one operation."""
    viewer = None if token is None else viewer_of(token)
    return {
        "users": UsersContext(
            viewer, databases["users"], issuer=None, login_limit=None
        ),
        "products": ProductsContext(
            viewer, databases["products"], service_header=None, service_secret=""
        ),
        "orders": OrdersContext(viewer, databases["orders"], desk=None),
    }


def viewer_of(token: str) -> Viewer:
    """Who a token speaks for; it was issued by the users service just now."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return Viewer(
        int(claims["sub"]),
        claims["username"],
        frozenset(claims["roles"]),
        frozenset(claims["scope"].split()),
    )


class Monolith:
    """Builds one executable schema from the subgraphs' resolvers."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._types: dict[str, GraphQLObjectType | GraphQLInterfaceType] = {}
        self._leaves: dict[str, Any] = {}

    def schema(self) -> GraphQLSchema:
        """The schema; the context of an execution is what `contexts` makes."""
        names = [
            name
            for name, definition in self._supergraph.types.items()
            if isinstance(definition, ObjectDefinition | InterfaceDefinition)
            and not definition.is_inaccessible
            and name != "Mutation"
        ]
        types = [self._type(name) for name in names]
        return GraphQLSchema(query=self._types["Query"], types=types)

    def _type(self, name: str) -> GraphQLObjectType | GraphQLInterfaceType:
        if name not in self._types:
            definition = self._supergraph.types[name]
            fields = lambda: {  # noqa: E731 - graphql-core takes a thunk
                field.name: self._field(definition, field)
                for field in definition.fields.values()
                if not field.is_inaccessible
            }
            interfaces = lambda: [  # noqa: E731
                self._type(interface) for interface in definition.interfaces
            ]
            if isinstance(definition, InterfaceDefinition):
                self._types[name] = GraphQLInterfaceType(
                    name, fields, resolve_type=resolve_type
                )
            else:
                self._types[name] = GraphQLObjectType(name, fields, interfaces)
        return self._types[name]

    def _field(self, parent: Any, field: FieldDefinition) -> GraphQLField:
        joins, type_name = field.joins, parent.name
        if not joins:  # an interface object gives it
            type_name = parent.interfaces[0]
            joins = self._supergraph.types[type_name].fields[field.name].joins
        taken = {join.override for join in joins}
        owner = next(
            join.subgraph
            for join in joins
            if not join.is_external and join.subgraph not in taken
        )
        own = CORE[owner].type_map[type_name].fields[field.name]
        return GraphQLField(
            self._output(own.type), own.args, resolver(owner, own.resolve)
        )

    def _output(self, type_: Any) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return GraphQLNonNull(self._output(type_.of_type))
        if isinstance(type_, GraphQLList):
            return GraphQLList(self._output(type_.of_type))
        if is_leaf_type(type_):
            return self._leaves.setdefault(type_.name, type_)
        return self._type(get_named_type(type_).name)


def resolver(owner: str, resolve: Callable[..., Any]) -> Any:
    """A subgraph's resolver, given what it would be given in its subgraph."""

    async def resolve_there(source: Any, info: Any, **arguments: Any) -> Any:
        there = info._replace(context=info.context[owner])
        known = await known_to(owner, source, info)
        result = resolve(known, there, **arguments)
        return await result if isawaitable(result) else result

    return resolve_there


async def known_to(owner: str, source: Any, info: Any) -> Any:
    """The same object as a subgraph knows it."""
    if source is None or home_of(source) in (owner, "shop"):
        return source
    match type(source).__name__:
        case "DeliveryZone":
            return orders.DeliveryZone(country=source.country, postcode=source.postcode)
        case "User" if owner == "users":
            context = Holder(info.context["users"])
            return await users.User.resolve_reference(context, id=source.id)
        case "User":
            return MODULES[owner].User.resolve_reference(id=source.id)
        case _ if owner == "products":
            return await products.find_by_id(
                Holder(info.context["products"]), source.id
            )
        case _:
            weight = source.weight() if home_of(source) == "products" else None
            return orders.Product.resolve_reference(id=source.id, weight=weight)


class Holder:
    """As much of Strawberry's `Info` as reference resolvers use."""

    def __init__(self, context: Any) -> None:
        self.context = context


def home_of(source: Any) -> str:
    """The subgraph that an object's class belongs to, or `shop`."""
    return type(source).__module__.split(".")[1]


async def resolve_type(value: Any, info: Any, abstract: Any) -> str:
    """Only the products service knows what a product is."""
    del abstract
    return type(await known_to("products", value, info)).__name__
