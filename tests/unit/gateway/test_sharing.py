"""Identical queries of clients: executed once, each caller admitted by itself."""

import asyncio
import time

import msgspec
import pytest
import strawberry
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_graphql import (
    Caller,
    Gateway,
    GraphQLRequest,
    RequestContext,
    SharingSettings,
    Subgraph,
)
from gateway_graphql.errors import (
    ConfigInvalid,
    RateLimited,
    RequestTimedOut,
    SubgraphUnreachable,
)
from gateway_graphql.execution import ForRequest
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.pipeline import GateAround
from gateway_graphql.policy.authorization import AuthorizationSettings, Policy
from gateway_graphql.policy.demand_control import DemandControlSettings
from gateway_graphql.policy.gate import Policies
from gateway_graphql.policy.headers import HeaderPropagation, HeaderRules
from gateway_graphql.policy.headers.rules import Names, Propagate, SubgraphRules
from gateway_graphql.policy.rate_limit import Limit, Rate, RateLimits
from gateway_graphql.transport.base import SubgraphReply
from gateway_graphql.transport.mock import MockTransport
from tests.scripted_server import http, listening, port_of, read_request

BOOKS = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@authenticated", "@requiresScopes", "@policy", "@cost"]
)
type Query {
  number(of: Float, is: Boolean): Int @cost(weight: 5)
  books: [Book!]!
  secret: String @authenticated
  owned: Book
}
type Mutation { add: Int }
type Book @key(fields: "id") {
  id: ID!
  title: String @requiresScopes(scopes: [["titles"]])
  own: String @policy(policies: [["owns"]])
}
"""
STARS = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"]
)
type Book @key(fields: "id") { id: ID! stars: Int }
"""
NUMBER = GraphQLRequest("{ number }")
ALL = SharingSettings(operations=True)


class Held:
    """Subgraphs that note what they are asked, and answer when they are told to.

    Mutations they answer at once.
    """

    def __init__(self, headers=None):
        self.asked, self.cancelled = [], 0
        self.answers = asyncio.Event()
        self.failure = None
        self._headers = headers or (lambda _number: {})

    async def __call__(self, request):
        self.asked.append(request)
        number = len(self.asked)
        try:
            if request.kind is not OperationKind.MUTATION:
                await self.answers.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.failure is not None:
            raise self.failure
        book = {"__typename": "Book", "id": "1", "_policy_id": "1"}
        book |= {"title": "t", "own": "o", "stars": 3}
        values = {
            "number": number,
            "add": number,
            "secret": f"secret {number}",
            "owned": book,
            "books": [book],
            "_entities": [book],
        }
        data = {key: value for key, value in values.items() if key in request.query}
        return SubgraphReply(
            200, msgspec.json.encode({"data": data}), self._headers(number)
        )


async def owns(_context, questions):
    return [True for _ in questions]


def policies(**options):
    settings = AuthorizationSettings(policies={"owns": Policy(owns, keys=("id",))})
    return Policies(authorization=settings, **options)


def make(subgraph, sharing=ALL, **options):
    transport = MockTransport(subgraph)
    return Gateway.compose(
        Subgraph("books", sdl=BOOKS, url="http://books"),
        Subgraph("stars", sdl=STARS, url="http://stars"),
        transports={"books": transport, "stars": transport},
        sharing=sharing,
        **{"gate": policies(), **options},
    )


async def asked(gateway, subgraph, *requests):
    """Tasks that ask a gateway, once all of them wait for the subgraph.

    Args:
        gateway: The gateway.
        subgraph: Behind it.
        requests: Each with its context. All are asked before, so that nothing is left to
            be prepared.
    """
    subgraph.answers.set()
    await asyncio.gather(
        *(gateway.handle(*one) for one in requests), return_exceptions=True
    )
    subgraph.answers.clear()
    subgraph.asked.clear()
    tasks = [asyncio.ensure_future(gateway.handle(*one)) for one in requests]
    await steps()
    return tasks


async def steps():
    for _ in range(20):
        await asyncio.sleep(0)


async def answers(gateway, subgraph, *requests):
    """What is answered to requests that are under way at the same time."""
    tasks = await asked(gateway, subgraph, *requests)
    subgraph.answers.set()
    async with gateway:
        return await asyncio.gather(*tasks)


async def until(holds):
    """Let others work until something is so."""
    while not holds():  # noqa: ASYNC110 - they know nothing of events
        await asyncio.sleep(0.001)


def signed_in(subject, *scopes, **claims):
    return RequestContext(caller=Caller(subject, frozenset(scopes), claims))


async def test_many_identical_queries_are_one_request_to_a_subgraph():
    subgraph = Held()
    got = await answers(make(subgraph), subgraph, *[(NUMBER, RequestContext())] * 50)

    assert 1 == len(subgraph.asked)
    assert {b'{"data":{"number":1}}'} == {one.body for one in got}
    # The very bytes, encoded once.
    assert 1 == len({id(one.body) for one in got})


async def test_a_plan_of_several_fetches_is_executed_once():
    subgraph = Held()
    request = GraphQLRequest("{ books { stars } }")
    got = await answers(make(subgraph), subgraph, *[(request, RequestContext())] * 9)

    assert ["books", "stars"] == [one.subgraph for one in subgraph.asked]
    assert {b'{"data":{"books":[{"stars":3}]}}'} == {one.body for one in got}


@pytest.mark.parametrize("sharing", [SharingSettings(), SharingSettings(subgraphs=())])
async def test_nothing_is_shared_unless_it_is_asked_for(sharing):
    subgraph = Held()
    gateway = make(subgraph, sharing)
    await answers(gateway, subgraph, *[(NUMBER, RequestContext())] * 5)

    assert 5 == len(subgraph.asked)


@pytest.mark.parametrize("subgraphs", [True, ("stars",)])
async def test_subgraphs_are_shared_without_operations(subgraphs):
    subgraph = Held()
    gateway = make(subgraph, SharingSettings(subgraphs=subgraphs))
    request = GraphQLRequest("{ books { stars } }")
    await answers(gateway, subgraph, *[(request, RequestContext())] * 5)
    names = [one.subgraph for one in subgraph.asked]

    assert 1 == names.count("stars")
    assert (1 if subgraphs is True else 5) == names.count("books")


@pytest.mark.parametrize(
    "other",
    [
        (GraphQLRequest("{ n: number }"), RequestContext()),
        (GraphQLRequest("{ number(of: 1) }"), RequestContext()),
        (NUMBER, signed_in("a")),
        (NUMBER, RequestContext({"authorization": "Bearer a"})),
        (NUMBER, RequestContext(override_labels=frozenset({"label"}))),
    ],
)
async def test_operations_that_differ_are_not_shared(other):
    subgraph = Held()
    one = (NUMBER, RequestContext())
    await answers(make(subgraph), subgraph, one, other, one, other)

    assert 2 == len(subgraph.asked)


async def test_who_sends_a_header_that_no_subgraph_gets_may_share():
    subgraph = Held()
    contexts = [RequestContext({"user-agent": name}) for name in "abc"]
    await answers(make(subgraph), subgraph, *((NUMBER, one) for one in contexts))

    assert 1 == len(subgraph.asked)


async def test_operations_of_one_document_are_told_apart():
    subgraph = Held()
    text = "query A { number } query B { books { id } }"
    requests = [GraphQLRequest(text, name) for name in "ABAB"]
    got = await answers(
        make(subgraph), subgraph, *((one, RequestContext()) for one in requests)
    )

    assert 2 == len(subgraph.asked)
    assert got[0].body == got[2].body != got[1].body == got[3].body


@pytest.mark.parametrize(
    ("one", "other"), [(signed_in("a"), signed_in("b")), (signed_in("a"), None)]
)
async def test_what_a_caller_may_have_never_reaches_another(one, other):
    subgraph = Held()
    request = GraphQLRequest("{ secret }")
    contexts = [one, other or RequestContext()] * 5
    got = await answers(make(subgraph), subgraph, *((request, c) for c in contexts))
    bodies = {tuple(r.body for r in got[n::2]) for n in (0, 1)}

    assert all(1 == len(set(alike)) for alike in bodies)
    assert got[0].body != got[1].body
    if other is None:
        assert b"secret 1" not in got[1].body


async def test_scopes_that_give_another_plan_are_not_shared():
    subgraph = Held()
    request = GraphQLRequest("{ books { id title } }")
    contexts = [signed_in("a"), signed_in("a", "titles")] * 3
    got = await answers(make(subgraph), subgraph, *((request, c) for c in contexts))

    assert [True, False] * 3 == [one.has_errors for one in got]
    assert [False, True] * 3 == [b'"title":"t"' in one.body for one in got]
    assert 2 == len(subgraph.asked)


FACTS = st.sampled_from([None, True, False, 0, 1, 1.0, "1", "a"])
ASKS = st.tuples(
    st.fixed_dictionaries(
        {}, optional={"of": st.sampled_from([None, 0, 1]), "is": st.booleans()}
    ),
    st.dictionaries(
        st.sampled_from(["authorization", "x-unseen"]),
        st.sampled_from(["a", "b"]),
        max_size=2,
    ),
    st.none()
    | st.builds(
        Caller,
        subject=st.sampled_from(["a", "b"]),
        scopes=st.frozensets(st.sampled_from(["titles", "x"])),
        claims=st.dictionaries(st.sampled_from("pq"), FACTS, max_size=2),
    ),
)


@pytest.fixture(scope="module")
def watched():
    subgraph = Held()
    return subgraph, make(subgraph)


@settings(max_examples=60, deadline=None)
@given(asks=st.lists(ASKS, min_size=2, max_size=8))
def test_only_who_is_alike_in_all_gets_the_same_answer(watched, asks):
    text = "query ($of: Float, $is: Boolean) { number(of: $of, is: $is) }"
    subgraph, gateway = watched
    requests = [
        (
            GraphQLRequest(text, variables=variables),
            RequestContext(headers, caller=caller),
        )
        for variables, headers, caller in asks
    ]

    async def run():
        subgraph.answers = asyncio.Event()
        tasks = await asked(gateway, subgraph, *requests)
        subgraph.answers.set()
        return [one.body for one in await asyncio.gather(*tasks)]

    bodies = asyncio.run(run())
    body_of = dict(zip((told(*ask) for ask in asks), bodies, strict=True))

    assert [body_of[told(*ask)] for ask in asks] == bodies
    assert len(body_of) == len(set(bodies)) == len(subgraph.asked)


def told(variables, headers, caller):
    """All that is sent or decided by, as Python writes it; `x-unseen` is neither."""
    of = variables.get("of", "")
    who = caller and (
        caller.subject,
        sorted(caller.scopes),
        repr(list(caller.claims.items())),
    )
    return repr(
        (
            float(of) if isinstance(of, int) else of,
            variables.get("is"),
            headers.get("authorization"),
            who,
        )
    )


ACCOUNTED = {
    "variables",
    "headers",
    "caller",
    "hidden_types",  # by value
    "transports",
    "mask",
    "error_limits",  # by identity
    "inspector",
    "tracer",
    "introspected",  # not shared with any
    "observe",  # learns what was seen
    "deadline",  # each has its own
}


def test_all_that_an_execution_is_given_is_accounted_for():
    assert ACCOUNTED == set(ForRequest.__struct_fields__)


async def test_a_mutation_is_never_shared():
    subgraph = Held()
    request = GraphQLRequest("mutation { add }")
    gateway = make(subgraph, SharingSettings(operations=True, subgraphs=True))
    got = await answers(gateway, subgraph, *[(request, RequestContext())] * 5)

    assert 5 == len(subgraph.asked) == len({one.body for one in got})


@pytest.mark.parametrize(
    "sharing", [ALL, SharingSettings(subgraphs=True), SharingSettings(True, True)]
)
async def test_who_asks_after_a_mutation_does_not_join_who_asked_before(sharing):
    subgraph = Held()
    gateway = make(subgraph, sharing)
    early = await asked(gateway, subgraph, *[(NUMBER, RequestContext())] * 2)
    await gateway.handle(GraphQLRequest("mutation { add }"), RequestContext())
    late = [
        asyncio.ensure_future(gateway.handle(NUMBER, RequestContext()))
        for _ in range(2)
    ]
    await steps()
    subgraph.answers.set()
    bodies = [one.body for one in await asyncio.gather(*early, *late)]

    assert 3 == len(subgraph.asked)
    assert bodies[0] == bodies[1] != bodies[2] == bodies[3]


async def test_values_that_are_judged_as_they_are_fetched_are_not_shared():
    subgraph = Held()
    request = GraphQLRequest("{ owned { own } }")
    got = await answers(make(subgraph), subgraph, *[(request, RequestContext())] * 3)

    assert 3 == len(subgraph.asked)
    assert {b'{"data":{"owned":{"own":"o"}}}'} == {one.body for one in got}


async def test_who_is_told_how_the_answer_came_about_has_one_of_their_own():
    subgraph = Held()
    gateway = make(subgraph, traces=True, explains=True)
    traced = RequestContext({"x-gateway-trace": "1"})
    explained = RequestContext({"x-gateway-explain": "1"})
    contexts = [RequestContext(), traced, explained, traced, RequestContext()]
    got = await answers(gateway, subgraph, *((NUMBER, one) for one in contexts))

    assert 3 == len(subgraph.asked)
    assert got[0].body == got[4].body
    assert all(b"extensions" in one.body for one in got[1:4])


async def test_what_the_schema_tells_is_not_shared():
    subgraph = Held()
    request = GraphQLRequest("{ number __schema { queryType { name } } }")
    await answers(make(subgraph), subgraph, *[(request, RequestContext())] * 3)

    assert 3 == len(subgraph.asked)


async def test_each_is_counted_and_told_by_itself():
    subgraph = Held()
    limit = Limit(Rate(6, 3600 * 10**6, 6))
    gateway = make(subgraph, gate=policies(rate_limits=RateLimits(client=limit)))
    context = RequestContext(address="192.0.2.1")
    tasks = await asked(gateway, subgraph, *[(NUMBER, context)] * 4)
    subgraph.answers.set()
    got = await asyncio.gather(*tasks, return_exceptions=True)
    told = [dict(one.headers) for one in got[:2]]

    # Four were asked before; of the other four, two are let through.
    assert 1 == len(subgraph.asked)
    assert [RateLimited] * 2 == [type(one) for one in got[2:]]
    assert got[0].body == got[1].body
    assert told[0] != told[1]


async def test_who_joins_pays_what_the_execution_has_cost():
    subgraph = Held()
    demand = DemandControlSettings(reporting="always")
    gateway = make(subgraph, gate=policies(demand_control=demand))
    got = await answers(gateway, subgraph, *[(NUMBER, RequestContext())] * 3)
    costs = [msgspec.json.decode(one.body)["extensions"]["cost"] for one in got]

    assert 1 == len(subgraph.asked)
    assert [costs[0]] * 3 == costs
    assert costs[0]["actual"] >= 5


async def test_a_gate_that_watches_in_its_own_way_has_executions_of_its_own():
    seen = []

    class Watching(GateAround):
        async def admit(self, *what):
            admission = await super().admit(*what)

            def observe(fetch, _data):
                seen.append(fetch.subgraph)

            return msgspec.structs.replace(admission, observe=observe)

    subgraph = Held()
    gateway = make(subgraph, gate=Watching.around(policies()))
    await answers(gateway, subgraph, *[(NUMBER, RequestContext())] * 3)

    assert 3 == len(subgraph.asked)
    assert ["books"] * 6 == seen


@pytest.mark.parametrize(
    "sharing", [ALL, SharingSettings(subgraphs=True), SharingSettings(True, True)]
)
async def test_a_cookie_reaches_only_who_it_was_set_for(sharing):
    subgraph = Held(lambda number: {"set-cookie": f"session={number}"})
    names = SubgraphRules(response=(Propagate(Names(("set-cookie",))),))
    border = HeaderPropagation(HeaderRules(names))
    gateway = make(
        subgraph, sharing, middleware=[border], around_transports=[border.around]
    )
    got = await answers(gateway, subgraph, *[(NUMBER, RequestContext())] * 5)

    assert 5 == len({one.headers["set-cookie"] for one in got})


@pytest.mark.parametrize("leaving", [0, 2])
async def test_who_leaves_does_not_end_it_for_the_others(leaving):
    subgraph = Held()
    gateway = make(subgraph)
    tasks = await asked(gateway, subgraph, *[(NUMBER, RequestContext())] * 3)
    tasks.pop(leaving).cancel()
    await steps()
    subgraph.answers.set()
    await asyncio.gather(*tasks)

    assert (1, 0) == (len(subgraph.asked), subgraph.cancelled)


async def test_when_all_have_left_the_subgraph_is_not_waited_for():
    subgraph = Held()
    gateway = make(subgraph)
    tasks = await asked(gateway, subgraph, *[(NUMBER, RequestContext())] * 3)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)

    assert (1, 1) == (len(subgraph.asked), subgraph.cancelled)


@pytest.mark.parametrize("order", [1, -1])
async def test_each_is_late_by_its_own_deadline(order):
    subgraph = Held()
    gateway = make(subgraph)
    (warm,) = await asked(gateway, subgraph, (NUMBER, RequestContext()))
    warm.cancel()
    await steps()
    subgraph.asked.clear()
    now = time.monotonic()
    contexts = [RequestContext(deadline=now + s) for s in (0.05, 600)][::order]
    tasks = [asyncio.ensure_future(gateway.handle(NUMBER, c)) for c in contexts]
    late, patient = tasks[::order]
    await asyncio.wait([late])
    subgraph.answers.set()

    assert b'{"data":{"number":1}}' == (await patient).body
    assert isinstance(late.exception(), RequestTimedOut)
    # One request, and none of their deadlines is that of the others.
    assert [None] == [one.deadline for one in subgraph.asked]


async def test_a_failure_is_everybodys_and_is_told_with_one_id():
    subgraph = Held()
    gateway = make(subgraph)
    tasks = await asked(gateway, subgraph, *[(NUMBER, RequestContext())] * 3)
    subgraph.failure = SubgraphUnreachable("books")
    subgraph.answers.set()
    got = await asyncio.gather(*tasks)

    assert 1 == len(subgraph.asked)
    assert 1 == len({one.body for one in got})
    assert got[0].has_errors


async def test_a_reload_in_between_parts_those_before_from_those_after():
    subgraph = Held()
    transports = {"books": MockTransport(subgraph)}
    sdls = [
        make(subgraph).runtime.supergraph,
        Gateway.compose(
            Subgraph("books", sdl="type Query { number: Int! }", url="http://books")
        ).runtime.supergraph,
    ]
    sharing = SharingSettings(operations=True, subgraphs=True)
    gateway = Gateway.from_supergraph(sdls[0], transports=transports, sharing=sharing)
    before = await asked(gateway, subgraph, *[(NUMBER, RequestContext())] * 3)
    swap = asyncio.ensure_future(gateway.reload(sdls[1]))
    old = gateway.runtime
    await until(lambda: gateway.runtime is not old)
    after = [
        asyncio.ensure_future(gateway.handle(NUMBER, RequestContext()))
        for _ in range(3)
    ]
    await until(lambda: len(subgraph.asked) == 2)
    subgraph.answers.set()
    bodies = [one.body for one in await asyncio.gather(*before, *after)]
    await swap
    await gateway.aclose()

    assert [b'{"data":{"number":1}}'] * 3 + [b'{"data":{"number":2}}'] * 3 == bodies


@pytest.mark.parametrize("sharing", [ALL, SharingSettings(subgraphs=True)])
async def test_over_http_one_message_arrives(sharing):
    arrived, go_on = [], asyncio.Event()

    async def answer(reader, writer):
        while True:
            arrived.append(await read_request(reader))
            await go_on.wait()
            writer.write(http(b'{"data":{"number":7}}'))

    async with listening(answer) as server:
        url = f"http://127.0.0.1:{port_of(server)}/graphql"
        gateway = Gateway.compose(
            Subgraph("books", sdl="type Query { number: Int }", url=url),
            sharing=sharing,
        )
        async with gateway:
            tasks = [
                asyncio.ensure_future(gateway.handle(NUMBER, RequestContext()))
                for _ in range(50)
            ]
            await until(lambda: arrived)
            go_on.set()
            got = await asyncio.gather(*tasks)
            await gateway.handle(NUMBER, RequestContext())

    assert 2 == len(arrived)
    assert {b'{"data":{"number":7}}'} == {one.body for one in got}


@pytest.mark.parametrize("sharing", [ALL, SharingSettings(subgraphs=True)])
async def test_resolvers_in_this_process_run_once_for_each_caller(sharing):
    ran, go_on = [], asyncio.Event()

    @strawberry.type
    class Query:
        @strawberry.field
        async def name(self, info: strawberry.Info) -> str:
            ran.append(info.context)
            await go_on.wait()
            return info.context

    gateway = Gateway.compose(
        Subgraph(
            "names",
            schema=strawberry.federation.Schema(Query),
            context=lambda context: context.caller.subject,
        ),
        sharing=sharing,
    )
    request = GraphQLRequest("{ name }")
    async with gateway:
        tasks = [
            asyncio.ensure_future(gateway.handle(request, signed_in(name)))
            for name in "abab" * 5
        ]
        await until(lambda: len(ran) == 2)
        await steps()
        go_on.set()
        got = await asyncio.gather(*tasks)

    assert ["a", "b"] == sorted(ran)
    assert ["a", "b"] * 10 == [
        msgspec.json.decode(one.body)["data"]["name"] for one in got
    ]


def test_a_subgraph_that_is_not_there_cannot_be_shared():
    with pytest.raises(ConfigInvalid, match=r"'star' .* did you mean 'stars'\?"):
        make(Held(), SharingSettings(subgraphs=["star"]))
