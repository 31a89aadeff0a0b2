"""The outcome of an execution, and its bytes."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from gateway_graphql.errors import ErrorDetail
from gateway_graphql.request import JSON

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class ExecutionResult:
    """What an operation gave (specification section 7.1).

    Attributes:
        data: `None` when null moved up to the root.
        errors: Field errors; those of fetches first, in the plan's order.
    """

    data: dict[str, JSON] | None
    errors: tuple[ErrorDetail, ...] = ()


def encode_result(result: ExecutionResult) -> bytes:
    """Encode a response; `errors` come first when there are any, so nobody misses them."""
    if not result.errors:
        return _encoder.encode({"data": result.data})
    errors = [error.to_json() for error in result.errors]
    return _encoder.encode({"errors": errors, "data": result.data})
