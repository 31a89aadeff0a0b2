"""What `@skip` and `@include` leave is what is fetched, and what is charged.

The one service says what is left: graphql-core executes the document as it was written.
"""

import asyncio
import re

from graphql import execute_sync, parse
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway_graphql.exchange import RequestContext
from gateway_graphql.execution import compile_coercer
from gateway_graphql.language.pruning import NOTHING, OnType
from gateway_graphql.policy.gate import Policies
from gateway_graphql.policy.rate_limit import (
    FieldLimit,
    Limit,
    MemoryStore,
    Rate,
    RateLimiter,
    RateLimits,
    Schedule,
)
from gateway_graphql.policy.rate_limit.field_charges import charge_fields
from gateway_graphql.supergraph.model import InterfaceDefinition, ObjectDefinition
from gateway_graphql.supergraph.operations import read_operation
from gateway_graphql.supergraph.reading import read_supergraph
from tests.world.answers import gateway_of, services_of
from tests.world.choices import Choices
from tests.world.data import value_of
from tests.world.schema import draw_schema
from tests.world.split import draw_split
from tests.world.world import world_of

CONDITIONS = 45
LEFT_OUT = object()
VALUES = {
    "yes": (True, False),
    "no": (False, True),
    "maybe": (LEFT_OUT, True, False),
    "perhaps": (LEFT_OUT, True, False),
}
LIMIT = Limit(Rate(1_000_000, 1_000_000, 1_000_000))


@st.composite
def conditional_worlds(draw):
    """Worlds much of which is asked for under a condition."""
    choices = Choices(draw)
    split = draw_split(choices, draw_schema(choices))
    world = world_of(choices, split, conditions=CONDITIONS)
    assume(world is not None)
    return world


@st.composite
def decisions(draw):
    """Values of the variables that conditions ask."""
    values = {name: draw(st.sampled_from(given)) for name, given in VALUES.items()}
    return {name: value for name, value in values.items() if value is not LEFT_OUT}


def variables_of(operation, decided):
    """The operation's variables, with what was decided of those that it has."""
    values = {n: v for n, v in operation.variables.items() if n not in VALUES}
    return values | {n: v for n, v in decided.items() if f"${n}:" in operation.text}


def limits_on_everything(supergraph):
    return RateLimits(
        fields=tuple(
            FieldLimit(f"{name}.{field}", LIMIT)
            for name, definition in supergraph.types.items()
            if isinstance(definition, ObjectDefinition | InterfaceDefinition)
            for field in definition.fields
        )
    )


def charged_places(supergraph, operation, variables):
    """Where in an operation something is charged."""
    schedule = Schedule(limits_on_everything(supergraph), supergraph)
    read = read_operation(parse(operation.text), supergraph)
    charges = charge_fields(
        RateLimiter(schedule, MemoryStore()).study(read),
        compile_coercer(read, supergraph)(variables),
        RequestContext(),
        NOTHING,
        b"",
    )
    return [counted.place for counted in charges.fields]


def resolved_paths(world, operation, variables):
    """What the one service resolves: types and response keys from the root."""
    paths = set()

    def resolve(entity, info, **arguments):
        steps, path = [], info.path
        while path is not None:
            if path.typename is not None:
                steps.append((path.typename, path.key))
            path = path.prev
        paths.add(tuple(reversed(steps)))
        return value_of(entity, info.field_name, arguments)

    execute_sync(
        world.api_schema,
        parse(operation.text),
        root_value=world.data.root,
        variable_values=variables,
        field_resolver=resolve,
        type_resolver=lambda entity, *_: entity.type_name,
    )
    return paths


def steps_of(place):
    """A place as response keys, each with the types that its object must be of."""
    types = []
    for step in place:
        if isinstance(step, OnType):
            types.append(step.type_condition)
        else:
            yield tuple(types), step
            types = []


def leads_along(place, path, possible):
    """Whether a place is that of a path, whose types are known."""
    steps = list(steps_of(place))
    return len(steps) == len(path) and all(
        key == wanted and all(typename in possible[name] for name in types)
        for (types, wanted), (typename, key) in zip(steps, path, strict=True)
    )


def left_out(place, paths, possible):
    """Where the one service has an object for a place, and does not resolve it."""
    length = len(list(steps_of(place)))
    objects = {
        (*path[: length - 1], (path[length - 1][0], place[-1]))
        for path in paths
        if len(path) >= length
    }
    return {
        path
        for path in objects
        if leads_along(place, path, possible)
        and path not in {one[:length] for one in paths}
    }


@given(world=conditional_worlds(), decided=decisions())
def test_what_is_charged_is_what_the_conditions_leave(world, decided):
    supergraph = read_supergraph(world.supergraph_sdl)
    for operation in world.operations:
        variables = variables_of(operation, decided)
        places = charged_places(supergraph, operation, variables)
        paths = resolved_paths(world, operation, variables)
        possible = supergraph.possible_types

        assert [] == [
            path
            for path in paths
            if not any(leads_along(place, path, possible) for place in places)
        ]
        assert [] == [place for place in places if left_out(place, paths, possible)]


class Noting(MemoryStore):
    """Keeps what was charged."""

    def __init__(self):
        super().__init__()
        self.charged = set()

    async def take(self, required, groups=()):
        for group in groups:
            for charge in group.charges:
                name = re.search(r":rate:(\w+)\.(\w+):", charge.bucket.key)
                self.charged.add(name.groups())
        return await super().take(required, groups)


def asked_by_the_gateway(split):
    """Names of fields that the gateway may ask for by itself."""
    sets = [
        key
        for parts in split.subgraphs.values()
        for p in parts.values()
        for key in p.keys
    ]
    sets += [claim.requires for claim in split.claims()]
    return {name for text in sets for name in re.findall(r"\w+", text)}


@given(world=conditional_worlds(), decided=decisions())
def test_what_is_fetched_for_the_client_is_charged(world, decided):
    own = asked_by_the_gateway(world.split)
    store = Noting()
    services = services_of(world)
    gateway = gateway_of(
        world,
        services,
        gate=lambda supergraph, schema: Policies(
            rate_limits=limits_on_everything(supergraph), store=store
        )(supergraph, schema),
    )
    for operation in world.operations:
        variables = variables_of(operation, decided)
        asyncio.run(
            gateway.execute(operation.text, variables, context=RequestContext())
        )
        fetched = {
            (type_name, name)
            for service in services.values()
            for type_name, name in service.resolved
            if name not in own and not name.startswith("_")
        }

        assert set() == fetched - store.charged
        store.charged.clear()
        for service in services.values():
            service.resolved.clear()


@given(world=conditional_worlds(), decided=decisions())
def test_a_condition_that_is_null_is_an_error_and_nothing_is_fetched(world, decided):
    services = services_of(world)
    gateway = gateway_of(world, services)
    for operation in world.operations:
        if "$perhaps:" not in operation.text:
            continue
        variables = {**variables_of(operation, decided), "perhaps": None}
        answer = asyncio.run(gateway.execute(operation.text, variables))

        assert answer.data is None
        assert [True] == ["$perhaps" in error["message"] for error in answer.errors]
        assert [] == [query for one in services.values() for query in one.asked]
