"""The outcome of an execution, and its bytes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gateway_graphql.errors import (
    DEFAULT_ERROR_LIMITS,
    ErrorDetail,
    ErrorLimits,
    errors_to_json,
)
from gateway_graphql.exchange import JSON, ReplyHead

_encoder = msgspec.json.Encoder()


class ExecutionResult(msgspec.Struct, frozen=True):
    """What an operation gave (specification section 7.1).

    Attributes:
        data: As it is encoded; `None` when null moved up to the root.
        errors: Field errors; those of fetches first, in the plan's order.
        extensions: What is said beside the answer.
        replies: What subgraphs' replies said beside their bodies, in the order in
            which they came.
    """

    data: dict[str, JSON] | msgspec.Struct | None
    errors: tuple[ErrorDetail, ...] = ()
    extensions: Mapping[str, object] = msgspec.field(default_factory=dict)
    replies: tuple[ReplyHead, ...] = ()


def encode_result(
    result: ExecutionResult, limits: ErrorLimits = DEFAULT_ERROR_LIMITS
) -> bytes:
    """Encode a response; `errors` come first when there are any, so nobody misses them."""
    response: dict[str, object] = {}
    if result.errors:
        response["errors"] = errors_to_json(result.errors, limits)
    response["data"] = result.data
    if result.extensions:
        response["extensions"] = result.extensions
    return _encoder.encode(response)
