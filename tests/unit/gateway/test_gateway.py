"""The gateway as a library: execute, refuse, reload, close."""

import asyncio
import sys
import threading
import time
from pathlib import Path

import pytest

from gateway_graphql.composition import Subgraph
from gateway_graphql.errors import (
    ConfigInvalid,
    Forbidden,
    NoSupergraph,
    RequestTimedOut,
    SupergraphInvalid,
)
from gateway_graphql.exchange import GatewayResponse, GraphQLRequest, RequestContext
from gateway_graphql.gateway import Gateway, GraphQLResult
from gateway_graphql.supergraph.reading import read_supergraph
from gateway_graphql.transport.mock import MockTransport

PATH = Path(__file__).parents[2] / "data" / "shop.graphql"
SDL = PATH.read_text()


def books(_request):
    return {"data": {"books": [{"id": "1", "title": "Dune"}]}}


def gateway(books=books, source=SDL, **options):
    return Gateway.from_supergraph(
        source, transports={"books": MockTransport(books)}, **options
    )


@pytest.mark.parametrize("source", [SDL, PATH, str(PATH), read_supergraph(SDL)])
async def test_a_gateway_is_made_from_sdl_a_path_or_a_supergraph(source):
    async with gateway(source=source) as it:
        result = await it.execute("{ books { id title } }")

    assert GraphQLResult({"books": [{"id": "1", "title": "Dune"}]}) == result


def test_a_composed_supergraph_is_served_without_reading_its_text():
    read = []

    def note(frame, event, _argument):
        if event == "call" and frame.f_code is read_supergraph.__code__:
            read.append(frame)

    sys.setprofile(note)
    try:
        composed = Gateway.compose(
            Subgraph("books", url="http://books", sdl="type Query { title: String }")
        )
    finally:
        sys.setprofile(None)

    assert ["title"] == list(composed.runtime.supergraph.types["Query"].fields)
    assert not read


@pytest.mark.parametrize("source", ["", "  \n"])
def test_an_empty_supergraph_is_refused(source):
    with pytest.raises(SupergraphInvalid):
        Gateway.from_supergraph(source)


def test_an_absent_supergraph_file_is_named():
    with pytest.raises(SupergraphInvalid, match=r"absent\.graphql cannot be read"):
        Gateway.from_supergraph("absent.graphql")


async def test_a_gateway_without_a_supergraph_says_so():
    it = Gateway()

    with pytest.raises(NoSupergraph):
        await it.handle(GraphQLRequest("{ __typename }"), RequestContext())
    assert not it.is_ready


async def test_an_operation_of_which_all_is_skipped_is_an_empty_object():
    async with gateway() as it:
        result = await it.execute("{ books @skip(if: true) { id } }")

    assert GraphQLResult({}) == result


async def test_refusals_are_errors_of_execute():
    async with gateway() as it:
        result = await it.execute("{ nonsense }")

    assert (
        GraphQLResult(
            None,
            (
                {
                    "message": "Cannot query field 'nonsense' on type 'Query'.",
                    "locations": [{"line": 1, "column": 3}],
                    "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"},
                },
            ),
        )
        == result
    )


async def test_what_was_refused_on_its_way_is_refused_whatever_it_asks():
    refused = GraphQLRequest("{ books { id } }", refusal=Forbidden("Not so."))

    async with gateway() as it:
        with pytest.raises(Forbidden, match="Not so"):
            await it.handle(refused, RequestContext())


async def test_variables_too_deep_for_the_interpreter_are_refused():
    deep = []
    for _ in range(100_000):
        deep = [deep]

    async with gateway() as it:
        result = await it.execute(
            "query ($first: Int) { books(first: $first) { id } }", {"first": deep}
        )

    assert result.data is None
    codes = [error["extensions"]["code"] for error in result.errors]
    assert ["MAX_VARIABLE_NESTING_LIMIT"] == codes


async def test_authorization_alone_is_forwarded_by_default():
    seen = []

    def remember(request):
        seen.append(dict(request.headers))
        return books(request)

    context = RequestContext({"authorization": "Bearer x", "cookie": "y"})
    async with gateway(remember) as it:
        await it.execute("{ books { id } }", context=context)

    assert [{"authorization": "Bearer x"}] == seen


async def test_forwarded_headers_are_what_the_operator_says():
    seen = []

    def remember(request):
        seen.append(dict(request.headers))
        return books(request)

    context = RequestContext({"authorization": "Bearer x", "x-tenant": "y"})
    async with gateway(remember, forward_headers=["X-Tenant"]) as it:
        await it.execute("{ books { id } }", context=context)

    assert [{"x-tenant": "y"}] == seen


async def test_middleware_may_answer_by_itself():
    async def cached(_request, _context, _proceed):
        return GatewayResponse(b'{"data":{"x":1}}', has_errors=False)

    async with gateway(middleware=[cached]) as it:
        result = await it.execute("{ books { id } }")

    assert GraphQLResult({"x": 1}) == result


async def test_a_guard_sees_the_plan_and_may_refuse():
    def at_most_one_fetch(prepared, _context):
        if len(prepared.plan.fetches) > 1:
            raise NoSupergraph

    async with gateway(guards=[at_most_one_fetch]) as it:
        result = await it.execute("{ books { id stars } }")

    assert ["NO_SUPERGRAPH"] == [e["extensions"]["code"] for e in result.errors]


async def test_a_request_that_misses_its_deadline_is_refused():
    async def slow(_request):
        await asyncio.sleep(30)

    context = RequestContext(deadline=time.monotonic() + 0.01)
    async with gateway(slow) as it:
        with pytest.raises(RequestTimedOut):
            await it.handle(GraphQLRequest("{ books { id } }"), context)


async def test_a_reload_swaps_the_schema_and_waits_for_running_requests():
    started, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request):
        started.set()
        await go_on.wait()
        return books(request)

    async with gateway(slow) as it:
        running = asyncio.create_task(it.execute("{ books { title } }"))
        await started.wait()
        old = it.runtime
        reloading = asyncio.create_task(it.reload(SDL.replace("title:", "name:")))
        while it.runtime is old:  # noqa: ASYNC110 - nothing else tells of the swap
            await asyncio.sleep(0.001)
        after = await it.execute('{ __type(name: "Book") { fields { name } } }')
        is_waiting = not reloading.done()
        go_on.set()
        before = await running
        await reloading

    assert is_waiting
    assert {"books": [{"title": "Dune"}]} == before.data
    assert ["id", "name", "stars"] == [
        field["name"] for field in after.data["__type"]["fields"]
    ]


async def test_a_reload_that_fails_keeps_the_old_schema():
    async with gateway() as it:
        with pytest.raises(SupergraphInvalid):
            await it.reload("type Query { x: Int }")

        assert it.is_ready
        assert [] == list((await it.execute("{ books { id } }")).errors)


class Held:
    """Holds whoever makes something of a runtime, until it is let go."""

    def __init__(self, it):
        self._loop = asyncio.get_running_loop()
        self._entered = asyncio.Event()
        self._may_go_on = threading.Event()
        self.derived = it.derived(self._make)

    def _make(self, runtime, before):
        if before is not None:
            self._loop.call_soon_threadsafe(self._entered.set)
            assert self._may_go_on.wait(60)
        return tuple(runtime.supergraph.types["Book"].fields)

    async def entered(self):
        await self._entered.wait()

    def let_go(self):
        self._may_go_on.set()


async def test_the_old_schema_answers_while_a_new_one_is_read():
    async with gateway() as it:
        held = Held(it)
        reloading = asyncio.create_task(it.reload(SDL.replace("title:", "name:")))
        await held.entered()
        meanwhile = await it.execute("{ books { title } }")
        old = held.derived.current
        held.let_go()
        await reloading
        after = await it.execute("{ books { title } }")

    assert ({"books": [{"title": "Dune"}]}, ()) == (meanwhile.data, meanwhile.errors)
    assert "title" in old
    assert "GRAPHQL_VALIDATION_FAILED" == after.errors[0]["extensions"]["code"]
    assert "name" in held.derived.current


async def test_of_several_reloads_the_last_one_counts():
    async with gateway() as it:
        held = Held(it)
        first = asyncio.create_task(it.reload(SDL.replace("title:", "first:")))
        await held.entered()
        second = asyncio.create_task(it.reload(SDL.replace("title:", "second:")))
        held.let_go()
        await asyncio.gather(first, second)

        assert "second" in held.derived.current
        assert "second" in it.runtime.supergraph.types["Book"].fields


async def test_what_is_reloaded_while_the_gateway_closes_is_not_served():
    it = gateway()
    held = Held(it)
    reloading = asyncio.create_task(it.reload(SDL))
    await held.entered()
    closing = asyncio.create_task(it.aclose())
    held.let_go()
    await asyncio.gather(reloading, closing)

    assert not it.is_ready


async def test_what_cannot_be_made_of_a_new_supergraph_keeps_the_old_one():
    def make(runtime, _before):
        if "title" not in runtime.supergraph.types["Book"].fields:
            raise ConfigInvalid("There are no titles.")
        return "made"

    async with gateway() as it:
        derived = it.derived(make)
        with pytest.raises(ConfigInvalid):
            await it.reload(SDL.replace("title:", "name:"))

        assert "made" == derived.current
        assert "title" in it.runtime.supergraph.types["Book"].fields


async def test_a_closed_gateway_takes_no_requests():
    it = gateway()
    await it.aclose()

    with pytest.raises(NoSupergraph):
        await it.handle(GraphQLRequest("{ __typename }"), RequestContext())


async def test_a_subscription_is_refused():
    sdl = SDL.replace("mutation: Mutation", "subscription: Subscription").replace(
        "type Mutation", "type Subscription"
    )
    async with gateway(source=sdl) as it:
        result = await it.execute('subscription { addBook(title: "x") { id } }')

    assert ["OPERATION_NOT_SUPPORTED"] == [
        e["extensions"]["code"] for e in result.errors
    ]
