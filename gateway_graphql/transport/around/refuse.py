"""A transport that sends nothing: the subgraph is skipped."""

from __future__ import annotations

from typing import NoReturn

from gateway_graphql.errors import SubgraphFailed
from gateway_graphql.transport.base import SubgraphRequest


class RefusingTransport:
    """Fails every fetch with one failure, so that it becomes errors and nulls."""

    def __init__(self, failure: SubgraphFailed) -> None:
        self._failure = failure

    def __repr__(self) -> str:
        return f"<RefusingTransport {self._failure.code}>"

    async def send(self, request: SubgraphRequest) -> NoReturn:  # noqa: ARG002 - the protocol's
        """Fail.

        Raises:
            SubgraphFailed: Always.
        """
        raise self._failure

    async def aclose(self) -> None:
        """Nothing is open."""
