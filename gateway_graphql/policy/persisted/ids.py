"""Where a request says which document it means.

The id may stand in three places, by GET or POST alike: `documentId` or `id` beside
`variables` (GraphQL over HTTP, appendix A; Relay), or
`extensions.persistedQuery.sha256Hash` (Apollo).
"""

from __future__ import annotations

from typing import Final

from gateway_graphql.errors import MalformedRequest
from gateway_graphql.exchange import GraphQLRequest, is_unicode

EXTENSION: Final = "persistedQuery"
_VERSION: Final = 1
_SCHEME: Final = "sha256:"
_MAX_ID_LENGTH: Final = 512


def document_id(request: GraphQLRequest) -> str | None:
    """The id that a request names; `None` without one.

    Raises:
        MalformedRequest: It names two different ones, or the extension is wrong.
    """
    named, hashed = request.document_id, extension_hash(request)
    if named is not None:
        named = named.removeprefix(_SCHEME)
        if not _is_id(named):
            raise MalformedRequest("The document's id is empty, too long or no text.")
    if named is not None and hashed is not None and named != hashed:
        raise MalformedRequest("The request names two different document ids.")
    return hashed if named is None else named


def extension_hash(request: GraphQLRequest) -> str | None:
    """The hash that Apollo's extension names; `None` without the extension.

    Raises:
        MalformedRequest: The extension is wrong.
    """
    match request.extensions.get(EXTENSION):
        case None:
            return None
        case {"version": int(version), "sha256Hash": str(given)} if (
            version == _VERSION and _is_id(given)
        ):
            return given
        case _:
            raise MalformedRequest(
                "extensions.persistedQuery must hold version 1 and a sha256Hash."
            )


def _is_id(given: str) -> bool:
    return 0 < len(given) <= _MAX_ID_LENGTH and is_unicode(given)
