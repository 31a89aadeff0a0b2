"""Header rules at work: around every transport, and around every operation.

The wrapper around a subgraph's transport sees what the client sent, and asks the
subgraph with what the rules make of it. The middleware around the operation makes the
answer's headers of those that came back with the subgraphs' replies.

Both are parts of one object, to be put into a gateway as `middleware` and
`around_transports`, with `forward_headers=("*",)`: the wrapper must see all headers, and
lets through only what rules name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from gateway_graphql.exchange import (
    GatewayAnswer,
    GraphQLRequest,
    RequestContext,
    with_headers,
)
from gateway_graphql.pipeline import Next
from gateway_graphql.policy.headers.caching import CACHE_CONTROL, headers_of_parts
from gateway_graphql.policy.headers.rules import (
    Algorithm,
    AppliedValue,
    HeaderRules,
    Insert,
    SubgraphRules,
    applied,
)
from gateway_graphql.spelling import tells_options
from gateway_graphql.transport.base import (
    SubgraphAnswer,
    SubgraphRequest,
    Transport,
    keeps_deadlines,
)
from gateway_graphql.wire.cache_control import NO_STORE

_NEVER_JOINED: Final = frozenset({"set-cookie", "www-authenticate"})
"""Headers whose values have commas of their own; several are lines of their own."""


@tells_options
class HeaderPropagation:
    """Lets headers through by rules.

    Args:
        rules: Which.
    """

    def __init__(self, rules: HeaderRules) -> None:
        self._rules = rules
        self._merges_cache_control = any(
            _is_about_cache_control(one)
            for one in (rules.everywhere, *rules.subgraphs.values())
        )
        self._rules_by_subgraph: dict[str, SubgraphRules] = {}

    def __repr__(self) -> str:
        return (
            f"<HeaderPropagation {len(self._rules.subgraphs)} subgraphs with own rules>"
        )

    async def __call__(
        self, request: GraphQLRequest, context: RequestContext, proceed: Next
    ) -> GatewayAnswer:
        """Answer with the headers that subgraphs gave, as far as rules let them."""
        answer = await proceed(request, context)
        joined: dict[str, AppliedValue] = {}
        cache_controls: list[str | None] = []
        for reply in answer.replies:
            rules = self._of(reply.subgraph).response
            made = applied(rules, reply.headers, answer.caller)
            told = made.pop(CACHE_CONTROL, None)
            cache_control = None if told is None else told.text
            cache_controls.append(NO_STORE if reply.is_of_mutation else cache_control)
            _join(joined, made)
        headers = {name: value.text for name, value in joined.items()}
        if self._merges_cache_control:
            headers |= headers_of_parts(cache_controls, answer)
        if not headers:
            return answer
        # What the gateway itself says of the answer goes before.
        return with_headers(answer, headers)

    def around(self, transport: Transport) -> Transport:
        """Wrap the transport to a subgraph."""
        return _RuledTransport(transport, self)

    def sent(self, request: SubgraphRequest) -> SubgraphRequest:
        """The request with the headers that the subgraph gets."""
        rules = self._of(request.subgraph).request
        made = applied(rules, request.headers, request.caller)
        return replace(
            request, headers={name: value.text for name, value in made.items()}
        )

    def _of(self, subgraph: str) -> SubgraphRules:
        rules = self._rules_by_subgraph.get(subgraph)
        if rules is None:
            rules = self._rules_by_subgraph[subgraph] = self._rules.of(subgraph)
        return rules


class _RuledTransport:
    def __init__(self, transport: Transport, border: HeaderPropagation) -> None:
        self._transport = transport
        self._border = border
        self.keeps_deadlines = keeps_deadlines(transport)

    def __repr__(self) -> str:
        return f"<{self._border!r} around {self._transport!r}>"

    async def send(self, request: SubgraphRequest) -> SubgraphAnswer:
        """Ask with the headers that rules make."""
        return await self._transport.send(self._border.sent(request))


def _join(joined: dict[str, AppliedValue], headers: Mapping[str, AppliedValue]) -> None:
    """Add the headers of a reply to those of the replies before it."""
    for name, value in headers.items():
        before = joined.get(name)
        if before is None or value.algorithm is Algorithm.LAST:
            joined[name] = value
        elif value.algorithm is Algorithm.APPEND:
            joint = "\n" if name in _NEVER_JOINED else ", "
            joined[name] = replace(value, text=f"{before.text}{joint}{value.text}")


def _is_about_cache_control(rules: SubgraphRules) -> bool:
    return any(
        rule.name == CACHE_CONTROL
        if isinstance(rule, Insert)
        else CACHE_CONTROL in rule.names.named or rule.names.matches(CACHE_CONTROL)
        for rule in rules.response
    )
