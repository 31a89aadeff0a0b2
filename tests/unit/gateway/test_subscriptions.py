"""Subscriptions: a stream of responses, each of them an execution like any other."""

import asyncio
import json
import logging
import time
from contextlib import aclosing

import pytest

from gateway_graphql import Caller, Gateway, RequestContext, Subgraph
from gateway_graphql.errors import (
    OperationNotSupported,
    RateLimited,
    RateLimitsUnavailable,
    RequestTimedOut,
    SubgraphUnreachable,
)
from gateway_graphql.exchange import (
    GatewayResponse,
    GatewayStream,
    GraphQLRequest,
    Stream,
    with_headers,
)
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.policy.demand_control import DemandControlSettings
from gateway_graphql.policy.gate import Policies
from gateway_graphql.policy.headers import HeaderPropagation, HeaderRules
from gateway_graphql.policy.headers.rules import Names, Propagate, SubgraphRules
from gateway_graphql.policy.rate_limit import Limit, MemoryStore, Rate, RateLimits
from gateway_graphql.transport import MockTransport, SubgraphReply, SubgraphStream

LINK = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@authenticated"])
"""
PARCELS = (
    LINK
    + """
type Query { parcels: Int }
type Subscription {
  moved(id: ID): Parcel
  watched: Parcel @authenticated
}
type Parcel @key(fields: "id") { id: ID! status: String owner: Owner }
type Owner @key(fields: "id") { id: ID! }
"""
)
OWNERS = (
    LINK
    + """
type Query { owners: Int }
type Owner @key(fields: "id") {
  id: ID!
  name: String
}
"""
)
MINUTE = 60_000_000
MOVED = "subscription { moved { id owner { name } } }"


class Source:
    """The events of the subgraph `parcels`, and what it saw."""

    def __init__(self, *events):
        self._events = events
        self.requests = []
        self.given = 0
        self.left = 0
        self.waits = asyncio.Event()

    def __call__(self, request):
        self.requests.append(request)
        if request.kind is OperationKind.SUBSCRIPTION:
            return self._stream()
        return {"data": {"parcels": 1}}

    async def _stream(self):
        try:
            for event in self._events:
                match event:
                    case BaseException():
                        raise event
                    case "wait":
                        self.waits.set()
                        await asyncio.Event().wait()
                    case _:
                        self.given += 1
                        yield event
        finally:
            self.left += 1


class Kept:
    """A transport with a stream that is open from the moment it is given."""

    def __init__(self, *events):
        self._source = Source(*events)
        self.closed = 0

    async def send(self, request):
        begun = await MockTransport(self._source).send(request)
        return SubgraphStream(Stream(begun.replies, self._close))

    async def _close(self):
        self.closed += 1


def moved(key, owner="7"):
    reference = {"__typename": "Owner", "id": owner}
    return {"data": {"moved": {"id": key, "owner": reference}}}


class Owners:
    """The subgraph `owners`: knows a name for each, and fails for some."""

    def __init__(self):
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        owners = request.variables["representations"]
        if any(owner["id"] == "lost" for owner in owners):
            raise SubgraphUnreachable("owners")
        return {
            "data": {
                "_entities": [
                    {**owner, "name": f"Owner {owner['id']}"} for owner in owners
                ]
            }
        }


def gateway(source, owners=None, **options):
    return Gateway.compose(
        Subgraph("parcels", sdl=PARCELS, url="http://parcels"),
        Subgraph("owners", sdl=OWNERS, url="http://owners"),
        transports={
            "parcels": source if hasattr(source, "send") else MockTransport(source),
            "owners": MockTransport(owners or Owners()),
        },
        **options,
    )


async def answer(it, query=MOVED, context=None, **request):
    asked = GraphQLRequest(query, **request)
    return await it.answer(asked, context or RequestContext())


async def bodies(answer):
    return [json.loads(response.body) async for response in answer.responses]


def codes(body):
    return [error["extensions"]["code"] for error in body.get("errors", ())]


async def test_each_event_is_answered_like_a_query():
    owners, source = Owners(), Source(moved("1"), moved("2", "8"))
    async with gateway(source, owners) as it:
        told = await bodies(await answer(it))

    assert [
        {"data": {"moved": {"id": "1", "owner": {"name": "Owner 7"}}}},
        {"data": {"moved": {"id": "2", "owner": {"name": "Owner 8"}}}},
    ] == told
    assert 1 == len(source.requests)
    assert 2 == len(owners.requests)
    assert 1 == source.left


async def test_the_library_gives_events_as_values():
    async with gateway(Source(moved("1"), {"data": {"moved": None}})) as it:
        results = [result async for result in it.subscribe(MOVED)]

    assert [{"moved": {"id": "1", "owner": {"name": "Owner 7"}}}, {"moved": None}] == [
        result.data for result in results
    ]


async def test_a_source_is_asked_with_variables_and_headers_of_the_client():
    source = Source()
    async with gateway(source) as it:
        await bodies(
            await answer(
                it,
                "subscription S($id: ID) { moved(id: $id) { id } }",
                RequestContext({"authorization": "Bearer x", "cookie": "y"}),
                variables={"id": "5"},
            )
        )

    (request,) = source.requests
    assert OperationKind.SUBSCRIPTION is request.kind
    assert "subscription($id: ID) { moved(id: $id) { id } }" == request.query
    assert {"id": "5"} == request.variables
    assert {"authorization": "Bearer x"} == request.headers


async def test_a_query_is_answered_by_one_response():
    async with gateway(Source()) as it:
        told = await answer(it, "{ parcels }")

    assert isinstance(told, GatewayResponse)
    assert b'{"data":{"parcels":1}}' == told.body


async def test_whoever_takes_one_response_only_gets_no_subscription():
    source = Source(moved("1"))
    async with gateway(source) as it:
        result = await it.execute(MOVED)
        with pytest.raises(OperationNotSupported):
            await it.handle(
                GraphQLRequest(MOVED), RequestContext(keep_stream=lambda it: it)
            )

    assert ["OPERATION_NOT_SUPPORTED"] == [
        error["extensions"]["code"] for error in result.errors
    ]
    assert 0 == source.given


async def test_an_event_is_pulled_when_it_is_read_and_none_ahead():
    source = Source(moved("1"), moved("2"), moved("3"))
    async with gateway(source) as it:
        stream = await answer(it)
        assert 0 == source.given
        await anext(stream.responses)
        await asyncio.sleep(0)
        assert 1 == source.given
        await stream.responses.aclose()

    assert 1 == source.left


# Errors


async def test_a_join_that_fails_is_its_events_error_and_ends_nothing():
    source = Source(moved("1", "lost"), moved("2"))
    async with gateway(source) as it:
        first, second = await bodies(await answer(it))

    assert {"moved": {"id": "1", "owner": {"name": None}}} == first["data"]
    assert ["SUBREQUEST_HTTP_ERROR"] == codes(first)
    assert ["moved", "owner", "name"] == first["errors"][0]["path"]
    assert {"data": {"moved": {"id": "2", "owner": {"name": "Owner 7"}}}} == second


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SubgraphUnreachable("parcels"), "SUBREQUEST_HTTP_ERROR"),
        (ConnectionResetError("db-7 is gone"), "DOWNSTREAM_SERVICE_ERROR"),
        (asyncio.CancelledError("db-7 is gone"), "DOWNSTREAM_SERVICE_ERROR"),
    ],
)
async def test_a_source_that_fails_says_so_in_one_last_response(caplog, error, code):
    source = Source(moved("1"), error, moved("2"))
    with caplog.at_level(logging.WARNING, "gateway_graphql"):
        async with gateway(source) as it:
            stream = await answer(it)
            first, last = [response async for response in stream.responses]

    body = json.loads(last.body)
    assert (False, True) == (first.is_fatal, last.is_fatal)
    assert {"moved": None} == body["data"]
    assert [code] == codes(body)
    assert ["moved"] == body["errors"][0]["path"]
    assert "db-7" not in last.body.decode()
    assert [body["errors"][0]["extensions"]["errorId"]] == [
        record.args[0] for record in caplog.records
    ]
    assert 1 == source.left


async def test_a_malformed_event_is_an_error_and_the_next_one_is_none():
    source = Source(SubgraphReply(200, b"[]"), moved("2"))
    async with gateway(source) as it:
        first, second = await bodies(await answer(it))

    assert ["SUBREQUEST_MALFORMED_RESPONSE"] == codes(first)
    assert "2" == second["data"]["moved"]["id"]


async def test_a_source_that_refuses_is_answered_by_one_response():
    def refuses(_request):
        return {"errors": [{"message": "No.", "extensions": {"code": "FULL"}}]}

    async with gateway(refuses) as it:
        told = await answer(it)

    assert isinstance(told, GatewayResponse)
    assert {"moved": None} == json.loads(told.body)["data"]
    assert ["FULL"] == codes(json.loads(told.body))


async def test_a_subgraph_without_a_way_for_streams_is_answered_by_one_response():
    async with Gateway.compose(
        Subgraph("parcels", sdl=PARCELS, url="http://localhost:1/")
    ) as it:
        told = await answer(it, "subscription { moved { id } }")

    assert isinstance(told, GatewayResponse)
    assert ["SUBSCRIPTION_NOT_SUPPORTED"] == codes(json.loads(told.body))


async def test_a_stream_in_place_of_one_reply_is_malformed_and_closed():
    source = Source(moved("1"))

    class Confused:
        async def send(self, request):
            return await MockTransport(lambda _: source._stream()).send(request)  # noqa: SLF001 - it is this file's

    async with gateway(Confused()) as it:
        result = await it.execute("{ parcels }")

    assert ["SUBREQUEST_MALFORMED_RESPONSE"] == [
        error["extensions"]["code"] for error in result.errors
    ]
    assert 0 == source.given


async def test_a_refused_subscription_is_one_result():
    async with gateway(Source()) as it:
        results = [one async for one in it.subscribe("subscription { a: nonsense }")]

    assert [["GRAPHQL_VALIDATION_FAILED"]] == [
        [error["extensions"]["code"] for error in result.errors] for result in results
    ]


# Leaving


async def test_closing_leaves_the_source_at_once():
    source = Source(moved("1"), "wait")
    async with gateway(source) as it:
        stream = await answer(it)
        async with aclosing(stream.responses):
            await anext(stream.responses)
        assert 1 == source.left


async def test_closing_while_an_event_is_waited_for_leaves_the_source():
    source = Source("wait")
    async with gateway(source) as it:
        stream = await answer(it)
        reading = asyncio.ensure_future(bodies(stream))
        await source.waits.wait()
        await stream.responses.aclose()

        assert 1 == source.left
        assert [] == await reading


async def test_a_reader_that_is_cancelled_leaves_the_source():
    source = Source("wait")
    async with gateway(source) as it:
        reading = asyncio.ensure_future(bodies(await answer(it)))
        await source.waits.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

        assert 1 == source.left


async def test_a_reload_ends_subscriptions_and_says_why():
    source = Source(moved("1"), "wait")
    async with gateway(source) as it:
        stream = await answer(it)
        await anext(stream.responses)
        reading = asyncio.ensure_future(bodies(stream))
        await source.waits.wait()
        await it.reload(it.runtime.supergraph)
        (last,) = await reading

    assert ["SUBSCRIPTION_SCHEMA_RELOAD"] == codes(last)
    assert "data" not in last
    assert 1 == source.left


async def test_closing_the_gateway_ends_subscriptions():
    source = Source("wait")
    it = gateway(source)
    reading = asyncio.ensure_future(bodies(await answer(it)))
    await source.waits.wait()
    await it.aclose()

    assert [] == await reading
    assert 1 == source.left


async def test_a_subscription_that_begins_while_the_gateway_closes_ends_at_once():
    source, begun, go = Source(moved("1"), "wait"), asyncio.Event(), asyncio.Event()

    async def slow(request, context, proceed):
        answer = await proceed(request, context)
        begun.set()
        await go.wait()
        return answer

    it = gateway(source, middleware=[slow])
    answering = asyncio.ensure_future(answer(it))
    await begun.wait()
    closing = asyncio.ensure_future(it.aclose())
    await asyncio.sleep(0)
    go.set()

    assert [] == await bodies(await answering)
    await closing
    assert 0 == source.given


async def test_a_subscription_ends_with_its_credential():
    source = Source(moved("1"), "wait")
    caller = Caller("alice", expires_at=time.time() + 0.01)
    async with gateway(source) as it:
        told = await bodies(await answer(it, context=RequestContext(caller=caller)))

    assert ["UNAUTHENTICATED"] == codes(told[-1])
    assert 1 == source.left


async def test_the_deadline_is_for_the_beginning_and_anew_for_each_event():
    owners, source = Owners(), Source(moved("1"), moved("2"))
    context = RequestContext(deadline=time.monotonic() + 30)
    async with gateway(source, owners) as it:
        await bodies(await answer(it, context=context))

    first, second = (request.deadline for request in owners.requests)
    assert context.deadline < first < second


async def test_a_subscription_that_does_not_begin_in_time_is_refused():
    class Slow:
        async def send(self, _request):
            await asyncio.Event().wait()

    async with gateway(Slow()) as it:
        with pytest.raises(RequestTimedOut):
            await answer(it, context=RequestContext(deadline=time.monotonic() + 0.01))


# Policies


async def test_a_subscription_that_is_withheld_is_never_begun():
    source = Source(moved("1"))
    async with gateway(source) as it:
        told = await answer(it, "subscription { watched { id } }")

    assert isinstance(told, GatewayResponse)
    assert ["UNAUTHORIZED_FIELD_OR_TYPE"] == codes(json.loads(told.body))
    assert [] == source.requests


async def test_the_cost_of_each_event_is_told_by_itself():
    policies = Policies(demand_control=DemandControlSettings(reporting="always"))
    events = [moved("1"), {"data": {"moved": None}}, moved("2")]
    async with gateway(Source(*events), gate=policies) as it:
        told = await bodies(await answer(it))

    actual = [body["extensions"]["cost"]["actual"] for body in told]
    assert actual[0] == actual[2] > actual[1]


async def test_a_limit_counts_a_subscription_once_when_it_begins():
    store = MemoryStore()
    limits = RateLimits(client=Limit(Rate.per_window(2, MINUTE)))
    policies = Policies(rate_limits=limits, store=store)
    async with gateway(Source(*map(moved, "12345")), gate=policies) as it:
        told = await answer(it)
        assert 5 == len(await bodies(told))
        assert "ratelimit" in told.headers
        await bodies(await answer(it))
        with pytest.raises(RateLimited):
            await answer(it)


async def test_a_trace_tells_of_each_event():
    context = RequestContext({"x-gateway-trace": "1"})
    async with gateway(Source(moved("1"), moved("2")), traces=True) as it:
        told = await bodies(await answer(it, context=context))

    outcomes = [
        [
            fetch["outcome"]
            for fetch in body["extensions"]["gateway"]["trace"]["fetches"]
        ]
        for body in told
    ]
    assert [["answered", "answered"]] * 2 == outcomes


# Middleware


async def test_a_stream_is_closed_if_a_middleware_fails_after_it_has_begun():
    async def fails(request, context, proceed):
        await proceed(request, context)
        raise RateLimitsUnavailable("broken")

    source = Kept(moved("1"))
    async with gateway(source, middleware=[fails]) as it:
        with pytest.raises(RateLimitsUnavailable):
            await answer(it)

        assert 1 == source.closed


async def test_a_stream_is_closed_if_a_middleware_answers_something_else():
    async def answers(request, context, proceed):
        await proceed(request, context)
        return GatewayResponse(b"{}", has_errors=False)

    source = Kept(moved("1"))
    async with gateway(source, middleware=[answers]) as it:
        told = await answer(it)

        assert (b"{}", 1) == (told.body, source.closed)


async def test_a_stream_is_closed_if_the_request_is_cancelled_after_it_has_begun():
    begun = asyncio.Event()

    async def waits(request, context, proceed):
        await proceed(request, context)
        begun.set()
        await asyncio.Event().wait()

    source = Kept(moved("1"))
    async with gateway(source, middleware=[waits]) as it:
        answering = asyncio.ensure_future(answer(it))
        await begun.wait()
        answering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answering

        assert 1 == source.closed


async def test_a_middleware_adds_headers_to_either_kind_of_answer():
    async def signed(request, context, proceed):
        return with_headers(await proceed(request, context), {"x-by": "us"})

    async with gateway(Source(), middleware=[signed]) as it:
        answers = [await answer(it), await answer(it, "{ parcels }")]
        await bodies(answers[0])

    assert [GatewayStream, GatewayResponse] == [type(one) for one in answers]
    assert ["us", "us"] == [one.headers["x-by"] for one in answers]


async def test_header_rules_hold_for_what_a_source_says_as_it_begins():
    class Streaming:
        async def send(self, request):
            begun = await MockTransport(Source(moved("1"))).send(request)
            assert isinstance(begun, SubgraphStream)
            return SubgraphStream(begun.replies, {"x-shard": "3", "x-host": "db-7"})

    rules = HeaderRules(
        everywhere=SubgraphRules(response=(Propagate(Names(("x-shard",))),))
    )
    propagation = HeaderPropagation(rules)
    async with gateway(
        Streaming(),
        middleware=[propagation],
        around_transports=[propagation.around],
        forward_headers=("*",),
    ) as it:
        told = await answer(it)
        await told.responses.aclose()

    assert {"x-shard": "3"} == told.headers
