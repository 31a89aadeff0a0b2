"""Subgraphs in this process: an ASGI application, a schema, a function."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import msgspec
import pytest
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, StreamingResponse
from starlette.routing import Route

from gateway_graphql.errors import (
    FailureKind,
    SubgraphHTTPError,
    SubgraphReplyMalformed,
    SubgraphReplyTooLarge,
    SubgraphTimedOut,
    SubgraphUnreachable,
)
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport import (
    ASGITransport,
    MockTransport,
    SchemaTransport,
    SubgraphReply,
    SubgraphRequest,
)

QUERY = SubgraphRequest(
    "s",
    OperationKind.QUERY,
    "{ a }",
    variables={"v": 1},
    operation_name="Named",
    headers={"x-name": "value"},
)


def starlette(endpoint):
    return Starlette(routes=[Route("/graphql", endpoint, methods=["POST"])])


async def test_an_application_gets_the_request_and_gives_the_reply():
    async def echo(request: Request) -> JSONResponse:
        body = await request.json()
        return JSONResponse(
            {
                "data": body,
                "headers": [request.headers[n] for n in ("accept", "x-name")],
            },
            status_code=203,
            headers={"X-Answer": "yes"},
        )

    reply = await ASGITransport(starlette(echo)).send(QUERY)

    assert 203 == reply.status
    assert "yes" == reply.headers["x-answer"]
    assert {
        "data": {"query": "{ a }", "variables": {"v": 1}, "operationName": "Named"},
        "headers": [
            "application/graphql-response+json, application/json;q=0.9",
            "value",
        ],
    } == msgspec.json.decode(reply.body)


async def test_a_redirect_of_an_application_is_not_followed():
    async def redirect(_: Request) -> RedirectResponse:
        return RedirectResponse("/graphql")

    reply = await ASGITransport(starlette(redirect)).send(QUERY)

    assert 307 == reply.status


async def test_an_application_that_raises_is_a_failed_subgraph():
    async def broken(_: Request) -> JSONResponse:
        raise ValueError("secret")

    with pytest.raises(SubgraphHTTPError) as raised:
        await ASGITransport(starlette(broken)).send(QUERY)

    assert "Subgraph 's' answered with HTTP status 500." == str(raised.value)
    assert isinstance(raised.value.__cause__, ValueError)
    assert "an exception was raised: ValueError" == str(raised.value.cause)


async def test_an_endless_application_ends_at_the_cap():
    async def endless():
        while True:
            yield b"x" * 1000
            await asyncio.sleep(0)

    async def stream(_: Request) -> StreamingResponse:
        return StreamingResponse(endless())

    with pytest.raises(SubgraphReplyTooLarge):
        await ASGITransport(starlette(stream), max_reply_bytes=10_000).send(QUERY)


async def test_an_application_that_swallows_the_cap_is_too_large_all_the_same():
    async def application(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200})
        with suppress(SubgraphReplyTooLarge):
            await send({"type": "http.response.body", "body": b"x" * 11})

    with pytest.raises(SubgraphReplyTooLarge):
        await ASGITransport(application, max_reply_bytes=10).send(QUERY)


async def test_an_application_that_gives_no_answer_is_unreachable():
    async def application(_scope, _receive, _send):
        pass

    with pytest.raises(SubgraphUnreachable) as raised:
        await ASGITransport(application).send(QUERY)
    assert FailureKind.CUT_OFF is raised.value.cause.kind


async def test_an_application_is_left_at_the_deadline_and_cancelled():
    cancelled = asyncio.Event()

    async def application(_scope, receive, _send):
        await receive()
        try:
            await receive()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(SubgraphTimedOut):
        await ASGITransport(application).send(
            replace(QUERY, deadline=time.monotonic() + 0.05)
        )
    await asyncio.wait_for(cancelled.wait(), 5)


async def test_an_application_hears_of_the_end_of_its_answer():
    heard = []

    async def application(_scope, receive, send):
        heard.append((await receive())["type"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
        heard.append((await receive())["type"])

    reply = await ASGITransport(application).send(QUERY)

    assert SubgraphReply(200, b"{}") == reply
    assert ["http.request", "http.disconnect"] == heard


async def test_a_cancelled_request_cancels_the_work_in_process():
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def work(*_):
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    task = asyncio.create_task(SchemaTransport(work).send(QUERY))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(cancelled.wait(), 5)


async def test_a_schema_is_asked_by_its_function():
    async def work(query, variables, operation_name, headers):
        return {"data": [query, variables, operation_name, headers]}

    reply = await SchemaTransport(work).send(QUERY)

    assert (
        SubgraphReply(200, b'{"data":["{ a }",{"v":1},"Named",{"x-name":"value"}]}')
        == reply
    )


@pytest.mark.parametrize("error", [ValueError("secret"), asyncio.CancelledError()])
async def test_a_schema_that_raises_is_a_failed_subgraph(error):
    async def work(*_):
        raise error

    with pytest.raises(SubgraphHTTPError) as failure:
        await SchemaTransport(work).send(QUERY)

    assert FailureKind.RAISED == failure.value.cause.kind
    assert type(error).__name__ == failure.value.cause.detail


async def test_a_schema_that_hangs_is_left_at_the_timeout():
    async def work(*_):
        await asyncio.Event().wait()

    with pytest.raises(SubgraphTimedOut):
        await SchemaTransport(work, timeout_s=0.01).send(QUERY)


async def test_a_result_that_is_not_json_is_malformed():
    async def work(*_):
        return {"data": object()}

    with pytest.raises(SubgraphReplyMalformed):
        await SchemaTransport(work).send(QUERY)


async def test_a_mock_answers_from_plain_and_async_functions():
    reply = SubgraphReply(500, b"x")

    async def answer(_):
        return reply

    assert SubgraphReply(200, b'{"q":"{ a }"}') == await MockTransport(
        lambda request: {"q": request.query}
    ).send(QUERY)
    assert reply == await MockTransport(answer).send(QUERY)
