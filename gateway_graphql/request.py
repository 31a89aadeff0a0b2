"""What a client asks, what the gateway knows while it answers, and the answer.

These records carry no HTTP: the server makes them from a request, a library user makes
them by hand.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, TypeAlias

import msgspec

from gateway_graphql.errors import ClientError

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | Mapping[str, JSON] | None"


def is_unicode(text: str) -> bool:
    """Whether a string is Unicode text: a lone surrogate in it can be in no UTF-8.

    JSON and query strings have none; a string that a library user gives may.
    """
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class GraphQLRequest(msgspec.Struct, frozen=True):
    """A GraphQL request (GraphQL over HTTP, section 5).

    Attributes:
        query: The document's text; empty when it is known by an id.
        operation_name: Which operation of the document to run.
        variables: Raw variable values, not yet coerced.
        extensions: Protocol extensions, as the client sent them.
        document_id: The id of a document known in advance.
        is_published: Whether the operator wrote the document, so that whatever is only
            about documents of clients does not concern it.
        refusal: Why it is refused, if that was found out on its way. The gateway raises
            it where it charges refusals to who asks.
    """

    query: str
    operation_name: str | None = None
    variables: Mapping[str, JSON] = msgspec.field(default_factory=dict)
    extensions: Mapping[str, JSON] = msgspec.field(default_factory=dict)
    document_id: str | None = None
    is_published: bool = False
    refusal: ClientError | None = None


class Caller(msgspec.Struct, frozen=True):
    """Who asks, as a verified credential says.

    Attributes:
        subject: Who it is (`sub`), `None` when the credential names nobody.
        scopes: What the credential was issued for.
        claims: All that the credential says.
        expires_at: When it stops being valid, in Unix seconds; `None` for never.
        credential: What kind of credential it was.
    """

    subject: str | None
    scopes: frozenset[str] = frozenset()
    claims: Mapping[str, JSON] = msgspec.field(default_factory=dict)
    expires_at: float | None = None
    credential: Literal["jwt", "api_key", "opaque"] = "jwt"


class RequestContext(msgspec.Struct, frozen=True):
    """Facts about one request that are not in its document.

    Attributes:
        headers: The client's headers, names in lower case.
        caller: Who asks; `None` for somebody without a credential.
        address: The client's IP address, as far as proxies can be trusted.
        deadline: When the answer must be there, on the clock of `time.monotonic`;
            `None` for no deadline.
        override_labels: The labels of progressive `@override` that are active, beside
            those that are by their percentage.
        override_percentage: Where the request falls between 0 and 100: the label
            `percent(n)` is active below n. `None` to draw it; a client that is to get
            the same answer each time needs the same number.
        may_mutate: Whether a mutation may run (not over GET).
        gone: Returns when nobody waits for the answer any more, if that is known.
        is_traced: Whether the answer tells how it came about; the gateway sets it.
    """

    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    caller: Caller | None = None
    address: str | None = None
    deadline: float | None = None
    override_labels: frozenset[str] = frozenset()
    override_percentage: float | None = None
    may_mutate: bool = True
    is_traced: bool = False
    gone: Callable[[], Awaitable[None]] | None = None

    def remaining_s(self) -> float | None:
        """Seconds until the deadline, `None` without one; may be negative."""
        return None if self.deadline is None else self.deadline - time.monotonic()

    def with_caller(self, caller: Caller) -> RequestContext:
        """The same context, asked by this caller."""
        return msgspec.structs.replace(self, caller=caller)


MakeContext: TypeAlias = Callable[[RequestContext], object]
"""Makes what resolvers in this process find in their context; may be async."""


class ReplyHead(msgspec.Struct, frozen=True):
    """What a subgraph's reply said beside its body.

    Attributes:
        subgraph: Who replied.
        is_of_mutation: Whether it replied to a mutation.
        headers: Names in lower case, as in `SubgraphReply`.
    """

    subgraph: str
    is_of_mutation: bool
    headers: Mapping[str, str]


class GatewayResponse(msgspec.Struct, frozen=True):
    """An answer, encoded.

    Attributes:
        body: The JSON response, UTF-8.
        has_data: Whether the response has a `data` entry (an execution began).
        has_errors: Whether it has an `errors` entry.
        headers: HTTP headers that belong to the answer.
        caller: Whom it was made for; `None` for somebody without a credential.
        replies: The replies it was made of, in the order in which they came.
    """

    body: bytes
    has_data: bool
    has_errors: bool
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    caller: Caller | None = None
    replies: tuple[ReplyHead, ...] = ()
