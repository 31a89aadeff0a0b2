"""Identical requests to subgraphs: sent once, and never for somebody else."""

import asyncio
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway_graphql.errors import SubgraphTimedOut, SubgraphUnreachable
from gateway_graphql.exchange import Caller
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.policy.authentication import Propagation, PropagationSettings
from gateway_graphql.transport.around.share import (
    SharingTransport,
    key_of,
    request_flights,
)
from gateway_graphql.transport.base import (
    SubgraphReply,
    SubgraphRequest,
    keeps_deadlines,
)
from gateway_graphql.transport.http import HTTPTransport
from gateway_graphql.transport.mock import MockTransport
from tests.scripted_server import http, listening, port_of, read_request

ASKED = SubgraphRequest("books", OperationKind.QUERY, "{ books { id } }")
SECRET = "a secret that is long enough to be one"


class Subgraph:
    """Notes what it is asked, and answers when it is told to."""

    def __init__(self, answer=None):
        self.asked = []
        self.answers = asyncio.Event()
        self.cancelled = 0
        self._answer = answer or (lambda number: {"data": {"number": number}})

    async def __call__(self, request):
        self.asked.append(request)
        number = len(self.asked)
        try:
            await self.answers.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        answer = self._answer(number)
        if isinstance(answer, Exception):
            raise answer
        return answer


def sharing(subgraph):
    return SharingTransport(MockTransport(subgraph), request_flights())


async def sent(transport, *requests):
    """Tasks that send requests, once all of them wait."""
    tasks = [asyncio.ensure_future(transport.send(one)) for one in requests]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_identical_queries_under_way_are_one_request():
    subgraph = Subgraph()
    tasks = await sent(sharing(subgraph), *[ASKED] * 50)
    subgraph.answers.set()
    replies = await asyncio.gather(*tasks)

    assert 1 == len(subgraph.asked)
    assert {b'{"data":{"number":1}}'} == {reply.body for reply in replies}


async def test_over_http_one_message_arrives():
    arrived, go_on = [], asyncio.Event()

    async def answer(reader, writer):
        while True:
            arrived.append(await read_request(reader))
            await go_on.wait()
            writer.write(http())

    async with listening(answer) as server:
        url = f"http://127.0.0.1:{port_of(server)}/graphql"
        async with HTTPTransport(url) as inner:
            transport = SharingTransport(inner, request_flights())
            deadline = time.monotonic() + 60
            timed = [replace(ASKED, deadline=deadline + number) for number in range(20)]
            tasks = await sent(transport, *timed)
            go_on.set()
            replies = await asyncio.gather(*tasks)
            await transport.send(ASKED)

    assert 2 == len(arrived)
    assert {b'{"data":{"a":1}}'} == {reply.body for reply in replies}


@pytest.mark.parametrize("kind", [OperationKind.MUTATION, OperationKind.SUBSCRIPTION])
async def test_only_queries_are_shared(kind):
    subgraph = Subgraph()
    tasks = await sent(sharing(subgraph), *[replace(ASKED, kind=kind)] * 3)
    subgraph.answers.set()
    await asyncio.gather(*tasks)

    assert 3 == len(subgraph.asked)


def signing(_path, _body):
    return {}


DIFFERENT = {
    "subgraph": "reviews",
    "query": "{ books { id title } }",
    "variables": {"first": 1},
    "operation_name": "Books",
    "headers": {"authorization": "Bearer other"},
    "extensions": {"claims": {"sub": "other"}},
    "caller": Caller("other"),
    "sign": signing,
}
APART = {
    "kind": "only queries have a key",
    "deadline": "each is late by its own",
    "kept": "belongs to one client request, and holds nothing that was sent",
}


def test_every_member_of_a_request_is_in_the_key_or_left_out_with_a_reason():
    assert {*DIFFERENT, *APART} == set(SubgraphRequest.__struct_fields__)


@pytest.mark.parametrize("member", DIFFERENT)
async def test_requests_that_differ_anywhere_are_not_shared(member):
    subgraph = Subgraph()
    other = replace(ASKED, **{member: DIFFERENT[member]})
    tasks = await sent(sharing(subgraph), ASKED, other)
    subgraph.answers.set()
    await asyncio.gather(*tasks)

    assert [ASKED, other] == subgraph.asked


@pytest.mark.parametrize(
    "change",
    [
        {"scopes": frozenset({"admin"})},
        {"claims": {"tenant": "other"}},
        {"claims": {"admin": 1}},
        {"expires_at": 2.0},
        {"credential": "api_key"},
        {"subject": None},
    ],
)
def test_callers_that_differ_anywhere_are_not_the_same(change):
    caller = Caller("a", frozenset({"read"}), {"admin": True}, 1.0)
    requests = [
        replace(ASKED, caller=one) for one in (caller, replace(caller, **change))
    ]

    assert key_of(requests[0]) != key_of(requests[1])
    assert set(Caller.__struct_fields__) == {
        *("scopes", "claims", "expires_at", "credential", "subject")
    }


TEXTS = st.sampled_from(["", "a", "b", "1", "true", "null"])
VALUES = st.recursive(
    TEXTS | st.sampled_from([None, True, False, 0, 1, 1.0, 2**53]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2)
    ),
    max_leaves=4,
)
MAPPINGS = st.dictionaries(TEXTS, VALUES, max_size=2)
REQUESTS = st.builds(
    SubgraphRequest,
    subgraph=TEXTS,
    kind=st.just(OperationKind.QUERY),
    query=TEXTS,
    variables=MAPPINGS,
    operation_name=st.none() | TEXTS,
    headers=st.dictionaries(TEXTS, TEXTS, max_size=2),
    extensions=MAPPINGS,
    caller=st.none()
    | st.builds(
        Caller,
        subject=st.none() | TEXTS,
        scopes=st.frozensets(TEXTS, max_size=3),
        claims=MAPPINGS,
    ),
)


@given(REQUESTS, REQUESTS)
def test_two_requests_have_one_key_only_if_they_are_one(one, other):
    def told(request):
        """As Python writes it, where true is not 1; sets have no order to be in."""
        caller = request.caller
        scopes = sorted(caller.scopes) if caller else None
        bare = caller and replace(caller, scopes=frozenset())
        return repr((replace(request, caller=bare), scopes))

    assert (key_of(one) == key_of(other)) == (told(one) == told(other))


async def test_what_cannot_be_compared_is_sent_by_itself():
    class Unequal:
        __hash__ = None

        def __call__(self, _path, _body):
            return {}

    subgraph = Subgraph()
    odd = [
        replace(ASKED, variables={"file": object()}),
        replace(ASKED, sign=Unequal()),
    ]
    tasks = await sent(sharing(subgraph), *odd, *odd)
    subgraph.answers.set()
    await asyncio.gather(*tasks)

    assert 4 == len(subgraph.asked)


async def test_requests_that_are_signed_alike_are_shared_and_others_are_not():
    subgraph = Subgraph()
    settings = PropagationSettings(headers={"x-user": "{subject}"}, secret=SECRET)
    transport = Propagation(settings).around(sharing(subgraph))
    one, other = (replace(ASKED, caller=Caller(sub)) for sub in ("a", "b"))
    tasks = await sent(transport, one, one, other, one, ASKED, ASKED)
    subgraph.answers.set()
    await asyncio.gather(*tasks)
    signatures = [request.sign("/graphql", b"{}") for request in subgraph.asked]

    assert ["a", "b", None] == [one.headers.get("x-user") for one in subgraph.asked]
    assert all("h=x-user" in str(signature) for signature in signatures[:2])


async def test_who_leaves_does_not_cancel_the_others():
    subgraph = Subgraph()
    first, *others = await sent(sharing(subgraph), *[ASKED] * 3)
    first.cancel()
    await asyncio.wait([first])
    subgraph.answers.set()
    await asyncio.gather(*others)

    assert (1, 0) == (len(subgraph.asked), subgraph.cancelled)


async def test_the_request_is_cancelled_when_the_last_one_has_left():
    subgraph = Subgraph()
    tasks = await sent(sharing(subgraph), *[ASKED] * 3)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)

    assert (1, 1) == (len(subgraph.asked), subgraph.cancelled)


@pytest.mark.parametrize("order", [1, -1])
async def test_each_is_late_by_its_own_deadline(order):
    subgraph = Subgraph()
    now = time.monotonic()
    requests = [replace(ASKED, deadline=now + 0.02), replace(ASKED, deadline=now + 600)]
    late, patient = (await sent(sharing(subgraph), *requests[::order]))[::order]
    await asyncio.wait([late])
    subgraph.answers.set()

    assert b'{"data":{"number":1}}' == (await patient).body
    assert isinstance(late.exception(), SubgraphTimedOut)
    assert [None] == [request.deadline for request in subgraph.asked]


async def test_a_failure_is_that_of_all_and_nothing_is_sent_again():
    failure = SubgraphUnreachable("books")
    subgraph = Subgraph(lambda _: failure)
    tasks = await sent(sharing(subgraph), *[ASKED] * 3)
    subgraph.answers.set()

    assert [failure] * 3 == await asyncio.gather(*tasks, return_exceptions=True)
    assert 1 == len(subgraph.asked)


async def test_a_cookie_is_for_the_one_it_was_set_for():
    subgraph = Subgraph(
        lambda number: SubgraphReply(
            200, b'{"data":{}}', {"set-cookie": f"session={number}"}
        )
    )
    tasks = await sent(sharing(subgraph), *[ASKED] * 3)
    subgraph.answers.set()
    replies = await asyncio.gather(*tasks)

    assert {"session=1", "session=2", "session=3"} == {
        reply.headers["set-cookie"] for reply in replies
    }


async def test_a_reply_is_kept_for_nobody():
    subgraph = Subgraph()
    subgraph.answers.set()
    transport = sharing(subgraph)
    bodies = [(await transport.send(ASKED)).body for _ in range(3)]

    assert [1, 2, 3] == [msgspec.json.decode(body)["data"]["number"] for body in bodies]


def test_deadlines_are_kept_if_the_transport_inside_keeps_them():
    assert not keeps_deadlines(sharing(Subgraph()))
    assert keeps_deadlines(
        SharingTransport(HTTPTransport("http://books"), request_flights())
    )
