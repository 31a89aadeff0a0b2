"""The log of fetches that came to nothing: one record for each, with its cause.

Clients get the id of the record (`extensions.errorId`) and no cause.
"""

from __future__ import annotations

import logging
from typing import Final

from gateway_graphql.errors import FailureKind, SubgraphFailed

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


def _named(operation: str | None) -> str:
    if operation is None:
        return "an operation without a name"
    return f"operation '{operation[:_MAX_NAME_LENGTH]}'"
