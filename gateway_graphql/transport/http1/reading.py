"""The bytes of answers, in pieces of any size, read into replies.

llhttp (through httptools) finds out where what begins and ends; it is strict, so that
what two readers could read in two ways is refused: a length twice, a length beside
chunks, lines that end in a line feed alone. What it leaves to its user is here: which
answers are interim, how much of them is read, and what the end of a connection means.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from httptools import HttpParserError, HttpResponseParser

from gateway_graphql.errors import FailureCause, FailureKind, SubgraphFailed
from gateway_graphql.transport.base import SubgraphReply
from gateway_graphql.transport.http1.failures import ExchangeFailed, not_http
from gateway_graphql.transport.http_message import BodyReader, body_reader
from gateway_graphql.wire.headers import headers_by_name

MAX_HEAD_BYTES: Final = 100 * 1024
"""Status line and headers, those of interim answers and trailers included."""

# The shortest chunk that brings something takes 6 bytes for one: `1\r\nx\r\n`. Who
# takes more for longer sends something else, such as extensions of chunks without end.
_MOST_BYTES_FOR_ONE: Final = 8

_FIRST_STATUS: Final = 100
_SWITCHING_PROTOCOLS: Final = 101
_FIRST_FINAL_STATUS: Final = 200


class _State(Enum):
    """How far an answer has come.

    HEAD   Its status line or headers are not whole. An interim answer (1xx) is read and
           forgotten, and the state is HEAD again.
    BODY   The head is whole; the body ends by its length, its last chunk or the end of
           the connection, whichever the head has said. Trailers are read here, and
           forgotten.
    DONE   The answer is whole. Whatever comes next was not asked for.
    """

    HEAD = 1
    BODY = 2
    DONE = 3


# Names of the module are quicker to find than those of an enumeration.
_HEAD, _BODY, _DONE = _State


class ReplyReader:
    """Reads the answers that come on one connection, one after the other.

    Args:
        max_reply_bytes: The longest body that is read, decompressed.

    Attributes:
        may_go_on: Whether the connection may be used again, once the answer is whole.
    """

    def __init__(self, max_reply_bytes: int) -> None:
        self._max_reply_bytes = max_reply_bytes
        self._parser = HttpResponseParser(self)
        self.begin("")

    def __repr__(self) -> str:
        return f"<ReplyReader {self._state.name}, {self._received} bytes>"

    def begin(self, subgraph: str) -> None:
        """Expect the next answer, from a subgraph that is called so in failures."""
        self._subgraph = subgraph
        self._state: _State = _HEAD
        self._received = 0
        self._received_of_body = 0
        self._names: list[bytes] = []
        self._values: list[bytes] = []
        self._status = 0
        self._headers: Mapping[str, str] = {}
        self._body: BodyReader | None = None
        self.may_go_on = False

    @property
    def has_begun(self) -> bool:
        """Whether a byte of the answer has come."""
        return self._received > 0

    def feed(self, data: bytes) -> SubgraphReply | None:
        """Take what has come, and give the answer as soon as it is whole.

        Raises:
            ExchangeFailed: It is not HTTP.
            SubgraphFailed: The body is too large, or not in its coding.
        """
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self.may_go_on = False
            if self._state is not _DONE:
                raise _reason(error) from error
        if self._state is _DONE:
            return self._reply()
        if self._received > self._most_bytes():
            raise not_http("its head is too large")
        return None

    def end(self) -> SubgraphReply | None:
        """Take the end of the connection, and give the answer if that makes it whole."""
        is_whole = self._state is _BODY and _ends_with_connection(self._headers)
        return self._reply() if is_whole else None

    def _most_bytes(self) -> int:
        return MAX_HEAD_BYTES + _MOST_BYTES_FOR_ONE * self._received_of_body

    def _reply(self) -> SubgraphReply:
        body = self._body.body() if self._body else b""
        return SubgraphReply(self._status, body, self._headers)

    # What llhttp calls. An exception in one of these ends `feed_data`, which raises
    # another one with it as its context.

    def on_message_begin(self) -> None:
        """See the first byte of an answer."""
        if self._state is _DONE:
            raise not_http("more than one answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or a trailer."""
        if self._state is _HEAD:
            self._names.append(name)
            self._values.append(value.rstrip())

    def on_headers_complete(self) -> None:
        """Take the status, and make ready for the body."""
        if self._received > MAX_HEAD_BYTES:
            self._check_size()
        self._status = status = self._parser.get_status_code()
        if status < _FIRST_FINAL_STATUS:
            _check_interim(status)
            return
        self._headers = headers = _by_name(self._names, self._values)
        if headers.get("transfer-encoding", "chunked").lower() != "chunked":
            raise not_http("its transfer coding is unknown")
        self._body = body_reader(
            headers.get("content-encoding", ""),
            subgraph=self._subgraph,
            max_reply_bytes=self._max_reply_bytes,
        )
        self._state = _BODY

    def on_body(self, part: bytes) -> None:
        """Take a part of the body."""
        self._received_of_body += len(part)
        if self._body is not None:
            self._body.feed(part)

    def on_message_complete(self) -> None:
        """See the last byte of an answer."""
        if self._state is _BODY:
            self._state = _DONE
            self.may_go_on = self._parser.should_keep_alive()
        else:
            self._names.clear()
            self._values.clear()

    def _check_size(self) -> None:
        """Refuse a head that came in the same piece as its body."""
        size = sum(map(len, self._names)) + sum(map(len, self._values))
        if size > MAX_HEAD_BYTES:
            raise not_http("its head is too large")


def _check_interim(status: int) -> None:
    """Refuse what is no status, and a protocol that the gateway did not ask for."""
    if status < _FIRST_STATUS or status == _SWITCHING_PROTOCOLS:
        raise not_http(f"status {status}")


def _reason(error: HttpParserError) -> ExchangeFailed | SubgraphFailed:
    """What one of the callbacks raised, or what llhttp found."""
    raised = error.__context__
    if isinstance(raised, ExchangeFailed | SubgraphFailed):
        return raised
    # The words are llhttp's own and hold nothing of the answer.
    return ExchangeFailed(FailureCause(FailureKind.NOT_HTTP, str(error)))


def _ends_with_connection(headers: Mapping[str, str]) -> bool:
    """Whether a body has no other end (RFC 9112, section 6.3)."""
    return "content-length" not in headers and "transfer-encoding" not in headers


def _by_name(names: list[bytes], values: list[bytes]) -> Mapping[str, str]:
    """Headers by their names in lower case.

    Nearly always no name comes twice. Then decoding all at once takes a third of the
    time; a line feed is in none of them.
    """
    if not names:
        return {}
    lower = b"\n".join(names).lower().decode("latin-1").split("\n")
    headers = dict(
        zip(lower, b"\n".join(values).decode("latin-1").split("\n"), strict=True)
    )
    if len(headers) == len(names):
        return headers
    return headers_by_name(
        (name.lower(), value) for name, value in zip(names, values, strict=True)
    )
