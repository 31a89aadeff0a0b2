"""What a client asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

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
