"""GraphQL over HTTP as one ASGI callable.

A framework's route costs several times what the gateway needs for a request, so POST
and GET are answered here on bare ASGI: check method and media types, read the request,
let the gateway answer, write status, headers and body. HTTP ends in this module.

A refused request (`ClientError`) is answered with its own details. Anything else that is
raised is ours: it is logged in full and the client learns nothing of it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Final, NamedTuple, TypeAlias

from msgspec.structs import replace

from gateway_graphql.errors import (
    CallerGone,
    ClientError,
    MethodNotAllowed,
    NotAcceptable,
)
from gateway_graphql.exchange import (
    GatewayResponse,
    GatewayStream,
    GraphQLRequest,
    RequestContext,
    encode_errors,
)
from gateway_graphql.gateway import Gateway
from gateway_graphql.remembered import once_per_text
from gateway_graphql.server.border.compression import Coding, coding_for, compressed
from gateway_graphql.server.border.revalidation import kept
from gateway_graphql.server.border.rules import Border, peer_of
from gateway_graphql.server.graphql.answers import (
    GraphQLAnswer,
    WrittenAnswer,
    head_of,
    joined,
    refusal,
)
from gateway_graphql.server.graphql.request_body import (
    DIGITS,
    ClientDisconnected,
    Departure,
    Receive,
    Scope,
    Send,
    WholePost,
    check_content_type,
    check_head,
    is_batch,
    read_body,
    request_from_body,
    request_from_query_string,
    requests_from_batch,
)
from gateway_graphql.server.graphql.streaming import (
    INTERNAL,
    StreamedAnswer,
    streamed,
    streamed_alone,
    write_stream,
)
from gateway_graphql.spelling import tells_options
from gateway_graphql.wire.accept import (
    Accepted,
    MediaType,
    StreamFormat,
    accepted_answers,
)
from gateway_graphql.wire.headers import headers_by_name

_logger = logging.getLogger(__name__)

_MAX_WHOLE_BYTES: Final = 64 * 1024
"""A body that is longer does not come with its head, and is counted while it comes."""


@tells_options
@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What a client may ask of the server.

    Attributes:
        max_body_bytes: The largest body that is read.
        timeout_s: How long a request may take in all, its body included.
    """

    max_body_bytes: int = 2 * 1000 * 1000
    timeout_s: float = 60


_Requests: TypeAlias = GraphQLRequest | tuple[GraphQLRequest, ...]


class _Asked(NamedTuple):
    """A request, whichever way it has come.

    Attributes:
        path: Where it was sent to.
        headers: By name.
        peer: The other end of the connection, if it has an address.
        may_mutate: Whether it may change anything.
        gone: Returns when its client has gone away.
        read: Reads what is asked.
    """

    path: str
    headers: Mapping[str, str]
    peer: str | None
    may_mutate: bool
    gone: Callable[[], Awaitable[None]]
    read: Callable[[], Awaitable[_Requests]]


@tells_options
class GraphQLEndpoint:
    """Answers GraphQL requests over HTTP: an ASGI application for one path."""

    def __init__(
        self,
        gateway: Gateway,
        limits: RequestLimits | None = None,
        border: Border | None = None,
    ) -> None:
        self._gateway = gateway
        self._limits = limits or RequestLimits()
        self._border = border or Border()

    def __repr__(self) -> str:
        return f"<GraphQLEndpoint {self._gateway!r}>"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        headers = headers_of(scope)
        gone = Departure(receive)
        asked = _Asked(
            scope["path"],
            headers,
            peer_of(scope),
            scope["method"] == "POST",
            gone,
            partial(self._read, scope, headers, receive),
        )
        try:
            answer = await self._answer(asked)
        except (ClientDisconnected, CallerGone):
            return
        if isinstance(answer, StreamedAnswer):
            await write_stream(answer, gone, scope, send)
            return
        await _write(await self._written(answer, headers), send)

    def takes_whole(self, headers: Mapping[str, str]) -> bool:
        """Whether `answer_whole` is for a POST with these headers.

        It is not for a body that is long, of unknown length or compressed, nor for an
        answer that may come in parts.
        """
        length = headers.get("content-length", "")
        return (
            len(length) <= DIGITS
            and length.isdecimal()
            and int(length) <= min(_MAX_WHOLE_BYTES, self._limits.max_body_bytes)
            and "content-encoding" not in headers
            and _is_answered_in_one(headers.get("accept", ""))
        )

    async def answer_whole(self, post: WholePost) -> WrittenAnswer | None:
        """Answer a POST that has not come by ASGI; `None` if its client is gone."""
        headers = post.headers
        asked = _Asked(
            post.path,
            headers,
            post.peer,
            True,
            post.gone,
            partial(self._read_whole, post),
        )
        try:
            answer = await self._answer(asked)
        except (ClientDisconnected, CallerGone):
            return None
        if isinstance(answer, StreamedAnswer):
            raise AssertionError("nothing was asked that reads streams")
        return await self._written(answer, headers)

    async def _answer(self, asked: _Asked) -> GraphQLAnswer | StreamedAnswer:
        headers = asked.headers
        media_type = MediaType.JSON
        try:
            accepted = accepted_answers(headers.get("accept", ""))
            media_type = accepted.media_type
            deadline = time.monotonic() + self._limits.timeout_s
            requests = await asked.read()
            context = RequestContext(
                headers,
                address=self._border.address_of(asked.peer, headers),
                deadline=deadline,
                may_mutate=asked.may_mutate,
                gone=asked.gone,
            )
            if isinstance(requests, tuple):
                return await self._answer_all(requests, context, media_type)
            if accepted.stream is not None:
                return await self._streamed(requests, context, accepted)
            response = await self._gateway.handle(requests, context)
        except ClientError as error:
            return refusal(error, media_type, self._gateway.error_limits)
        except (ClientDisconnected, CallerGone):
            raise
        except Exception:
            _logger.exception("Request to %s failed", asked.path)
            return _internal_error(media_type)
        return _whole(response, media_type, context)

    async def _streamed(
        self, request: GraphQLRequest, context: RequestContext, accepted: Accepted
    ) -> GraphQLAnswer | StreamedAnswer:
        """Answer a client that can read a stream, and perhaps one response.

        Raises:
            ClientError: It is refused, and the client can read that.
        """
        format_ = accepted.stream or StreamFormat.EVENT_STREAM
        try:
            answer = await self._gateway.answer(request, context)
        except ClientError as error:
            if accepted.takes_one:
                raise
            # Who reads streams only is not told of statuses.
            body = encode_errors(error.details, self._gateway.error_limits)
            answer = GatewayResponse(body, has_errors=True, headers=error.headers)
        if isinstance(answer, GatewayStream):
            return streamed(answer, format_)
        if accepted.takes_one:
            return _whole(answer, accepted.media_type, context)
        return streamed_alone(answer, format_)

    async def _answer_all(
        self,
        requests: tuple[GraphQLRequest, ...],
        context: RequestContext,
        media_type: MediaType,
    ) -> GraphQLAnswer:
        outcomes = await asyncio.gather(
            *(self._answer_one(one, context, media_type) for one in requests),
            return_exceptions=True,
        )
        if any(isinstance(outcome, CallerGone) for outcome in outcomes):
            raise CallerGone
        # The others are answered all the same: mutations among them have been done.
        return joined(
            [
                outcome
                if isinstance(outcome, GraphQLAnswer)
                else _failed_in_list(outcome, media_type)
                for outcome in outcomes
            ]
        )

    async def _answer_one(
        self, request: GraphQLRequest, context: RequestContext, media_type: MediaType
    ) -> GraphQLAnswer:
        """Answer one request of several; what is wrong with it is its own answer."""
        try:
            response = await self._gateway.handle(request, context)
        except ClientError as error:
            return refusal(error, media_type, self._gateway.error_limits)
        return _answer_of(response, media_type)

    async def _written(
        self, answer: GraphQLAnswer, headers: Mapping[str, str]
    ) -> WrittenAnswer:
        coding = self._coding(answer, headers)
        if coding is not None:
            answer = replace(answer, body=await compressed(answer.body, coding))
        return WrittenAnswer(answer.status, head_of(answer, coding), answer.body)

    def _coding(
        self, answer: GraphQLAnswer, headers: Mapping[str, str]
    ) -> Coding | None:
        """How the answer's body is compressed; short ones are not."""
        compress_from = self._border.compress_from
        if compress_from is None or len(answer.body) < compress_from:
            return None
        return coding_for(headers.get("accept-encoding", ""))

    async def _read(
        self, scope: Scope, headers: Mapping[str, str], receive: Receive
    ) -> _Requests:
        check_head(scope)
        match scope["method"]:
            case "POST":
                check_content_type(headers)
                body = await read_body(
                    headers,
                    receive,
                    max_body_bytes=self._limits.max_body_bytes,
                    timeout_s=self._limits.timeout_s,
                )
                return self._requests(body)
            case "GET":
                # A GET with another content type may be a form that a foreign page
                # sends without the browser asking the gateway first.
                if "content-type" in headers:
                    check_content_type(headers)
                self._border.csrf.check(headers)
                return request_from_query_string(scope["query_string"])
            case method:
                raise MethodNotAllowed(
                    f"{method} is not supported; use POST or GET.",
                    allowed=("GET", "POST"),
                )

    async def _read_whole(self, post: WholePost) -> _Requests:
        check_content_type(post.headers)
        return self._requests(await post.body_within(self._limits.timeout_s))

    def _requests(self, body: bytes) -> _Requests:
        if self._border.max_batch is not None and is_batch(body):
            return requests_from_batch(body, self._border.max_batch)
        return request_from_body(body)


@once_per_text()
def _is_answered_in_one(accept: str) -> bool:
    try:
        return accepted_answers(accept).stream is None
    except NotAcceptable:
        return True  # its refusal is


def headers_of(scope: Scope) -> dict[str, str]:
    """The request's headers by name; values of a repeated one are joined."""
    return headers_by_name(scope["headers"])


def _answer_of(response: GatewayResponse, media_type: MediaType) -> GraphQLAnswer:
    return GraphQLAnswer(HTTPStatus.OK, media_type, response.body, response.headers)


def _whole(
    response: GatewayResponse, media_type: MediaType, context: RequestContext
) -> GraphQLAnswer:
    """An answer in one; what is answered to a GET may be kept."""
    answer = _answer_of(response, media_type)
    return answer if context.may_mutate else _kept(answer, response, context.headers)


def _kept(
    answer: GraphQLAnswer, response: GatewayResponse, asked: Mapping[str, str]
) -> GraphQLAnswer:
    told = kept(response, answer.body, asked)
    headers = {**answer.headers, **told.headers}
    if told.is_known:
        return GraphQLAnswer(HTTPStatus.NOT_MODIFIED, answer.media_type, b"", headers)
    return replace(answer, headers=headers)


def _internal_error(media_type: MediaType) -> GraphQLAnswer:
    return GraphQLAnswer(
        HTTPStatus.INTERNAL_SERVER_ERROR, media_type, encode_errors((INTERNAL,)), {}
    )


def failure() -> WrittenAnswer:
    """What a client learns of what is ours, where nothing more is known of it."""
    answer = _internal_error(MediaType.JSON)
    return WrittenAnswer(answer.status, head_of(answer, None), answer.body)


def _failed_in_list(error: BaseException, media_type: MediaType) -> GraphQLAnswer:
    _logger.error("A request of a list failed", exc_info=error)
    return _internal_error(media_type)


async def _write(answer: WrittenAnswer, send: Send) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": int(answer.status),
            "headers": answer.head,
        }
    )
    await send({"type": "http.response.body", "body": answer.body})
