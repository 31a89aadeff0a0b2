"""How long an answer may be kept: as long as all subgraphs let it.

No rule is needed for this: `Cache-Control` and `Vary` are about the answer itself, and
what is told of an answer is never more than every part of it says. A subgraph that says
nothing beside others that do counts as `private, no-cache`. Where none says anything,
nothing is told here, and the server's own rule holds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Final

from gateway_graphql.exchange import (
    GatewayAnswer,
    GatewayResponse,
    GraphQLRequest,
    ReplyHead,
    RequestContext,
    with_headers,
)
from gateway_graphql.pipeline import Next
from gateway_graphql.transport.http_message import OWN
from gateway_graphql.wire.cache_control import (
    NO_STORE,
    merged_cache_control,
)

CACHE_CONTROL: Final = "cache-control"
VARY: Final = "vary"

_SAID_BY_NOBODY: Final = "private, no-cache"


class AnswerCaching:
    """Tells how long answers to GETs may be kept; every gateway has one, outermost."""

    def __repr__(self) -> str:
        return "<AnswerCaching>"

    def __call__(
        self, request: GraphQLRequest, context: RequestContext, proceed: Next
    ) -> Awaitable[GatewayAnswer]:
        """Answer, and say how long it may be kept if nothing else has said so."""
        if context.may_mutate:  # caches keep answers to GETs
            return proceed(request, context)
        return _kept(request, context, proceed)


async def _kept(
    request: GraphQLRequest, context: RequestContext, proceed: Next
) -> GatewayAnswer:
    answer = await proceed(request, context)
    said = [reply.headers.get(CACHE_CONTROL) for reply in answer.replies]
    if CACHE_CONTROL in answer.headers or not any(said):
        return answer
    headers = headers_of_parts([one or _SAID_BY_NOBODY for one in said], answer)
    return with_headers(answer, headers)


def headers_of_parts(
    cache_controls: Sequence[str | None], answer: GatewayAnswer
) -> dict[str, str]:
    """What is true of an answer that was made of several replies.

    Args:
        cache_controls: What the `Cache-Control` of each reply counts as.
        answer: The answer; a stream is kept by nobody.
    """
    headers = {CACHE_CONTROL: NO_STORE}
    vary = dict.fromkeys(
        name for reply in answer.replies for name in _varying_by(reply)
    )
    is_whole = isinstance(answer, GatewayResponse) and not answer.has_errors
    if is_whole and "*" not in vary:
        headers[CACHE_CONTROL] = merged_cache_control(
            cache_controls, is_personal=answer.caller is not None
        )
    if vary:
        headers[VARY] = ", ".join(vary)
    return headers


def _varying_by(reply: ReplyHead) -> list[str]:
    """What a reply depends on beside how the gateway speaks with the subgraph."""
    names = (name.strip().lower() for name in reply.headers.get(VARY, "").split(","))
    return [name for name in names if name and name not in OWN]
