"""A subgraph's bytes -> data and errors, or the reason why they are neither.

A reply is believed as far as it is well formed (specification section 7.1): `data` must
be an object or null, each error an object with a message. A broken list of errors does
not cost the data beside it. Any HTTP status may carry a GraphQL response; without one, a
status other than 200 is itself the failure.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, TypeAlias

import msgspec
from msgspec.structs import replace

from gateway_graphql.errors import (
    DEFAULT_ERROR_LIMITS,
    ErrorLimits,
    FailureCause,
    FailureKind,
    SubgraphHTTPError,
    SubgraphReplyMalformed,
)
from gateway_graphql.exchange import JSON
from gateway_graphql.transport.base import SubgraphReply

MAX_CODE_LENGTH: Final = 200
MAX_PATH_LENGTH: Final = 200
_MAX_READ_LENGTH: Final = 10_000
_LINE_BREAK: Final = re.compile(
    r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]|\\[nr](?=\s|\\[nrt])"
)
"""Also one that is escaped before an indented line, as in a text made of another."""

PUBLIC: Final = "public"
"""The member of an error's `extensions` by which a subgraph wants it to be seen."""

_decoder = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True)
class SubgraphError:
    """One entry of a subgraph's `errors`, as far as it can be believed.

    Attributes:
        message: Its first line, as long as the limits let it be.
        code: Its `extensions.code`, if there is one; at most `MAX_CODE_LENGTH`
            characters.
        path: As the subgraph gave it, from the `data` of its own answer; `None` when it
            is none, or longer than `MAX_PATH_LENGTH`.
        extensions: What clients get beside the code; nothing until a mask says so.
        given: The whole error as the subgraph gave it, for a mask to judge.
        cause: What a subgraph in this process raised by accident. The error says nothing
            of it, so there is nothing to mask; the log has it.
    """

    message: str
    code: str | None = None
    path: tuple[str | int, ...] | None = None
    extensions: Mapping[str, object] = field(default_factory=dict)
    given: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)
    cause: BaseException | None = field(default=None, repr=False, compare=False)

    @property
    def given_extensions(self) -> Mapping[str, object]:
        """The subgraph's `extensions`, empty if they are none."""
        extensions = self.given.get("extensions")
        return extensions if isinstance(extensions, dict) else {}


Mask: TypeAlias = Callable[[str, SubgraphError], SubgraphError]
"""Makes an error of a subgraph, which is named, fit for clients."""


class DecodedReply(msgspec.Struct, frozen=True):
    """A well-formed reply.

    Attributes:
        data: `None` when the subgraph gave null or only errors; then there are errors.
        errors: As many as the limits let there be.
        http_status: The status, unless it is 200.
    """

    data: dict[str, JSON] | None
    errors: tuple[SubgraphError, ...] = ()
    http_status: int | None = None

    def with_errors(self, errors: Iterable[SubgraphError]) -> DecodedReply:
        """The same reply with other errors."""
        return replace(self, errors=tuple(errors))


def decode_reply(
    subgraph: str,
    reply: SubgraphReply,
    mask: Mask | None = None,
    limits: ErrorLimits = DEFAULT_ERROR_LIMITS,
) -> DecodedReply:
    """Read a reply; a mask makes its errors fit for clients.

    Raises:
        SubgraphHTTPError: The status is not 200 and the body no GraphQL response.
        SubgraphReplyMalformed: The body is no GraphQL response.
    """
    try:
        decoded = _read(subgraph, reply, limits)
    except SubgraphReplyMalformed as malformed:
        if reply.status == HTTPStatus.OK:
            raise
        raise SubgraphHTTPError(subgraph, reply.status) from malformed
    if mask is None or not decoded.errors:
        return decoded
    return decoded.with_errors(
        mask(subgraph, error) if error.cause is None else error
        for error in decoded.errors
    )


def _read(subgraph: str, reply: SubgraphReply, limits: ErrorLimits) -> DecodedReply:
    body = _decode(subgraph, reply)
    if not isinstance(body, dict):
        raise SubgraphReplyMalformed(subgraph, "it is not an object")
    data, errors = body.get("data"), _errors(subgraph, body.get("errors"), limits)
    if reply.raised:
        errors = _with_causes(errors, dict(reply.raised))
    if not (data is None or isinstance(data, dict)):
        raise SubgraphReplyMalformed(subgraph, "its data is not an object")
    if data is None and not errors:
        raise SubgraphReplyMalformed(subgraph, "it has neither data nor errors")
    status = None if reply.status == HTTPStatus.OK else reply.status
    return DecodedReply(data, errors, status)


def _decode(subgraph: str, reply: SubgraphReply) -> Any:
    try:
        return _decoder.decode(reply.body)
    except RecursionError as error:
        raise SubgraphReplyMalformed(subgraph, "it is nested too deeply") from error
    except ValueError as error:  # bad JSON, bad UTF-8, a number out of range
        raise SubgraphReplyMalformed(
            subgraph, "it is not JSON", _of_media_type(reply)
        ) from error


def _of_media_type(reply: SubgraphReply) -> FailureCause | None:
    """That the subgraph meant to answer with something else, if it did."""
    media_type = reply.headers.get("content-type", "").partition(";")[0].strip()
    if not media_type or "json" in media_type.lower():
        return None
    shown = ascii(media_type[:MAX_CODE_LENGTH])
    return FailureCause(FailureKind.CONTENT_TYPE, shown)


def _errors(
    subgraph: str, errors: object, limits: ErrorLimits
) -> tuple[SubgraphError, ...]:
    if errors is None:
        return ()
    if not isinstance(errors, list):
        return (SubgraphError(f"Subgraph '{subgraph}' gave malformed errors."),)
    kept = errors[: limits.max_errors]
    return tuple(_error(subgraph, error, limits.max_message_length) for error in kept)


def _with_causes(
    errors: tuple[SubgraphError, ...], raised: Mapping[int, BaseException]
) -> tuple[SubgraphError, ...]:
    return tuple(
        dataclasses.replace(error, cause=raised.get(index))
        for index, error in enumerate(errors)
    )


def _error(subgraph: str, error: object, max_message_length: int) -> SubgraphError:
    message = f"Subgraph '{subgraph}' gave an error without a message."
    code: str | None = None
    path: tuple[str | int, ...] | None = None
    match error:
        case {"message": str(given)} if line := _first_line(given):
            message = line
    match error:
        case {"extensions": {"code": str(given)}} if given:
            code = given[:MAX_CODE_LENGTH]
    match error:
        case {"path": [*steps]} if _is_path(steps):
            path = tuple(steps)
    whole = error if isinstance(error, dict) else {}
    return SubgraphError(message[:max_message_length], code, path, given=whole)


def _first_line(message: str) -> str:
    """What a message says before a line break; what follows is often a stack trace."""
    text = message[:_MAX_READ_LENGTH].strip()
    return _LINE_BREAK.split(text, maxsplit=1)[0].rstrip()


def _is_path(steps: list[object]) -> bool:
    return len(steps) <= MAX_PATH_LENGTH and all(
        isinstance(step, str | int) and not isinstance(step, bool) for step in steps
    )
