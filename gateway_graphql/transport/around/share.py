"""A transport that sends identical queries once while one of them is under way.

Who gets a reply that was asked for by another one must be sure to have got the very same
by asking. So all that is sent counts, and all that a transport could go by besides: who
asks, and what signs the request. It stands innermost, where nothing is added any more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Hashable
from functools import partial
from typing import TypeAlias

from msgspec.structs import replace

from gateway_graphql.errors import SubgraphTimedOut
from gateway_graphql.flights import Flights, digest
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.transport.base import (
    SubgraphAnswer,
    SubgraphRequest,
    Transport,
    keeps_deadlines,
)

RequestFlights: TypeAlias = Flights[SubgraphAnswer]


def request_flights() -> RequestFlights:
    """Nothing is under way; those of all subgraphs are in one."""
    return Flights(_is_for_all)


class SharingTransport:
    """Asks by another transport, and only once for what is asked at the same time.

    Mutations and subscriptions go their way by themselves.

    Args:
        inner: Asks the subgraph.
        flights: Those under way.

    Attributes:
        keeps_deadlines: See the function of that name.
    """

    def __init__(self, inner: Transport, flights: RequestFlights) -> None:
        self._inner = inner
        self._flights = flights
        self.keeps_deadlines = keeps_deadlines(inner)

    def __repr__(self) -> str:
        return f"<SharingTransport {self._inner!r}>"

    async def send(self, request: SubgraphRequest) -> SubgraphAnswer:
        """Send a request, or wait for the reply to an equal one.

        Raises:
            SubgraphFailed: As the other transport raises it, to all who wait; each is
                late by its own deadline.
        """
        key = key_of(request)
        if key is None:
            return await self._inner.send(request)
        # The deadline is not that of the others; without any, the transport's own holds.
        work = partial(self._inner.send, replace(request, deadline=None))
        if request.deadline is None:
            return await self._flights.join(key, work)
        try:
            async with asyncio.timeout(request.deadline - time.monotonic()):
                return await self._flights.join(key, work)
        except TimeoutError as error:
            raise SubgraphTimedOut(request.subgraph) from error


def key_of(request: SubgraphRequest) -> Hashable | None:
    """All that the reply to a request could follow from; `None` if it is not shared.

    What is left out is when it must be there, and what is kept for the client's request.
    """
    if request.kind is not OperationKind.QUERY or not _is_hashable(request.sign):
        return None
    caller = request.caller
    facts = digest(
        request.subgraph,
        request.query,
        dict(request.variables),
        request.operation_name,
        dict(request.headers),
        dict(request.extensions),
        None if caller is None else caller.facts(),
    )
    # A signer is compared as a value; one that cannot be equals nothing but itself.
    return None if facts is None else (facts, request.sign)


def _is_hashable(signer: object) -> bool:
    try:
        hash(signer)
    except TypeError:
        return False
    return True


def _is_for_all(answer: SubgraphAnswer) -> bool:
    """A cookie is for whoever it was set for, however much alike the others are."""
    return "set-cookie" not in answer.headers
