"""Whatever is asked of the demo: gateway and monolith answer the same."""

import asyncio
import string
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from graphql import (
    GraphQLInterfaceType,
    get_named_type,
    graphql,
    is_composite_type,
    is_leaf_type,
    is_required_argument,
    parse,
    validate,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway_graphql import Gateway, Subgraph, compose
from gateway_graphql.exchange import RequestContext
from gateway_graphql.pipeline import open_gate
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.transport import SubgraphReply
from subgraphs.orders.models import Base as OrdersBase
from subgraphs.products.models import Base as ProductsBase
from subgraphs.shop.database import Database
from subgraphs.users.models import Base as UsersBase
from tests.subgraphs.monolith import MODULES, Monolith, contexts

COMPOSED = compose(
    [
        Subgraph(name=name, url=f"http://{name}/graphql", sdl=module.schema.as_str())
        for name, module in MODULES.items()
    ]
)
SUPERGRAPH = COMPOSED.supergraph
API = build_api_schema(SUPERGRAPH)
MONOLITH = Monolith(SUPERGRAPH).schema()
BASES = {"users": UsersBase, "products": ProductsBase, "orders": OrdersBase}

VALUES = {
    "id": ['"1"', '"2"', '"7"', '"50"', '"199"', '"451"', '"9999"', '"x"'],
    "sku": ['"P-0001"', '"none"'],
    "first": ["0", "1", "2", "3"],
    "status": ["CONFIRMED", "DELIVERED", "CANCELLED"],
    "sort": ["NAME", "NEWEST"],
    "filter": ['{search: "a"}', "{kind: DIGITAL}", "{kind: PHYSICAL, inStock: true}"],
}
"""Values for arguments; some of each name nothing, or are no id at all."""


@st.composite
def arguments(draw, field):
    chosen = []
    for name, argument in field.args.items():
        values = VALUES.get(name)
        if name == "sort":
            values = list(get_named_type(argument.type).values)
        if values and (
            name == "first" or is_required_argument(argument) or draw(st.booleans())
        ):
            chosen.append(f"{name}: {draw(st.sampled_from(values))}")
    return f"({', '.join(chosen)})" if chosen else ""


@st.composite
def selections(draw, type_, depth):
    """A selection set on a type, as text."""
    fields = [
        name
        for name, field in type_.fields.items()
        if is_leaf_type(get_named_type(field.type)) or depth > 0
    ]
    names = draw(st.lists(st.sampled_from(fields), min_size=1, max_size=4, unique=True))
    parts = [draw(selection(type_, name, depth)) for name in names]
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), "__typename")
    if isinstance(type_, GraphQLInterfaceType):
        for narrower in API.get_possible_types(type_):
            if draw(st.booleans()):
                inner = draw(selections(narrower, depth))
                parts.append(f"... on {narrower.name} {inner}")
    return f"{{ {' '.join(parts)} }}"


@st.composite
def selection(draw, type_, name, depth):
    field = type_.fields[name]
    inner = get_named_type(field.type)
    # Fields of one name on different types must not meet under one response key with
    # different arguments, so whatever has arguments gets an alias of its own.
    given = draw(arguments(field))
    alias = (
        f"{draw(st.text(string.ascii_lowercase, min_size=5, max_size=8))}: "
        if given
        else ""
    )
    below = f" {draw(selections(inner, depth - 1))}" if is_composite_type(inner) else ""
    return f"{alias}{name}{given}{below}"


operations = selections(API.query_type, 5).filter(
    lambda text: not validate(API, parse(text))
)


class ToShop:
    """A transport to the shop's services, which run in this process."""

    def __init__(self, client):
        self._client = client

    async def send(self, request):
        response = await self._client.post(
            f"http://{request.subgraph}/graphql",
            json={"query": request.query, "variables": request.variables},
            headers=dict(request.headers),
        )
        return SubgraphReply(response.status_code, response.content)


@asynccontextmanager
async def open_both(start_shop, shop_settings, tokens):
    """What asks gateway and monolith the same, as somebody."""
    async with AsyncExitStack() as stack:
        shop = await stack.enter_async_context(start_shop(shop_settings, tokens))
        databases = {}
        for name, base in BASES.items():
            url = shop_settings[name].database_url_for(name)
            databases[name] = Database(url, base.metadata, seed=tuple)
            stack.push_async_callback(databases[name].close)
        gateway = Gateway.from_supergraph(
            COMPOSED.supergraph_sdl,
            transports=dict.fromkeys(MODULES, ToShop(shop.client)),
            gate=open_gate,
        )
        await stack.enter_async_context(gateway)

        async def ask_both(query, username):
            token = username and await shop.sign_in(username)
            headers = {"authorization": f"Bearer {token}"} if token else {}
            context = RequestContext(headers=headers)
            answered = await gateway.execute(query, context=context)
            context = contexts(databases, token)
            expected = await graphql(MONOLITH, query, context_value=context)
            return answered, expected

        yield ask_both


@pytest.fixture
def ask_both(start_shop, sqlite_settings, tokens):
    """Ask gateway and monolith the same, as somebody."""
    with asyncio.Runner() as runner:
        opened = open_both(start_shop, sqlite_settings, tokens)
        ask = runner.run(opened.__aenter__())
        yield lambda query, username: runner.run(ask(query, username))
        runner.run(opened.__aexit__(None, None, None))


def places(errors):
    """Where errors are and what they say, whatever their order."""
    found = [
        (tuple(error["path"]), error["message"])
        for error in (e if isinstance(e, dict) else e.formatted for e in errors or ())
    ]
    return sorted(found, key=repr)


@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(query=operations, username=st.sampled_from([None, "Alice", "Admin"]))
def test_gateway_answers_as_the_monolith_does(ask_both, query, username):
    answered, expected = ask_both(query, username)

    assert expected.data == answered.data, query
    assert places(expected.errors) == places(answered.errors), query
