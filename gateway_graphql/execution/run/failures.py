"""The log of fetches that came to nothing: one record for each, with its cause.

Clients get the id of the record (`extensions.errorId`) and no cause.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from gateway_graphql.errors import FailureCause, FailureKind, SubgraphFailed

_logger = logging.getLogger(__name__)

_MAX_NAME_LENGTH: Final = 200


def log_failure(failure: SubgraphFailed, error_id: str, operation: str | None) -> None:
    """Log a failure under an id; what was raised in this process, with its trace."""
    cause = failure.cause
    _logger.log(
        logging.ERROR if cause.kind is FailureKind.RAISED else logging.WARNING,
        "Error %s of subgraph '%s' in %s: %s",
        error_id,
        failure.subgraph,
        _named(operation),
        cause,
        exc_info=failure.__cause__ if cause.kind is FailureKind.RAISED else None,
    )


def raised_at(
    subgraph: str, path: Sequence[str | int] | None, error: BaseException
) -> SubgraphFailed:
    """What a resolver in this process raised; objects of a list fail as one."""
    field = ".".join(step for step in path or () if isinstance(step, str))
    cause = FailureCause(FailureKind.RAISED, f"{type(error).__name__} at {field}")
    failure = SubgraphFailed(subgraph, f"Subgraph '{subgraph}' failed.", cause=cause)
    failure.__cause__ = error
    return failure


def _named(operation: str | None) -> str:
    if operation is None:
        return "an operation without a name"
    return f"operation '{operation[:_MAX_NAME_LENGTH]}'"
