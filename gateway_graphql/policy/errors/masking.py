"""Errors of subgraphs, made fit for clients; the whole error goes to the log.

What an error may tell is decided per subgraph: its message or one that stands for it, and
which members of its `extensions`. An error whose message is kept back is logged in full
under an id that the client gets as `extensions.errorId`, so that whoever is asked about
it finds it. A subgraph that marks an error as public (`extensions.public: true`) wants it
to be seen.

By default clients get message and code and nothing else: messages of GraphQL servers are
written for clients, and clients decide by codes, while the other members are where stack
traces stand.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from gateway_graphql.errors import ERROR_ID, new_error_id
from gateway_graphql.execution.run.replies import PUBLIC, SubgraphError
from gateway_graphql.spelling import tells_options

_logger = logging.getLogger(__name__)

_MAX_LOGGED: Final = 10_000
_MAX_SHOWN_BYTES: Final = 4096
"""Extensions larger than this are kept back, whatever the rules say."""

_CODE: Final = "code"
_NEVER_UNASKED: Final = frozenset({"stacktrace", "exception", "debugMessage", "trace"})
"""Members that servers add by themselves while they are developed."""


@tells_options
@dataclass(frozen=True, slots=True)
class SubgraphMasking:
    """What clients learn of one subgraph's errors.

    Attributes:
        redact: Whether another message stands for the subgraph's.
        message: That message.
        allow_extensions: Members of `extensions` that are passed on.
        deny_extensions: If given, all members are passed on but these.
    """

    redact: bool = False
    message: str = "The subgraph reported an error."
    allow_extensions: frozenset[str] = frozenset()
    deny_extensions: frozenset[str] | None = None

    def lets_through(self, name: str) -> bool:
        """Whether a member of `extensions` is passed on; the code has its own rule."""
        if self.deny_extensions is None:
            return name in self.allow_extensions
        if name in self.allow_extensions:
            return True
        return name not in self.deny_extensions and name not in _NEVER_UNASKED

    @property
    def keeps_code(self) -> bool:
        """Whether clients learn the code; they decide by it, so it takes a denial."""
        return self.deny_extensions is None or _CODE not in self.deny_extensions


@tells_options
@dataclass(frozen=True, slots=True)
class ErrorMasking:
    """Makes errors fit for clients: the `mask` of a gateway.

    Attributes:
        everywhere: For every subgraph without its own.
        subgraphs: For one.
    """

    everywhere: SubgraphMasking = field(default_factory=SubgraphMasking)
    subgraphs: Mapping[str, SubgraphMasking] = field(default_factory=dict)

    def __call__(self, subgraph: str, error: SubgraphError) -> SubgraphError:
        """The error as the client gets it."""
        rules = self.subgraphs.get(subgraph, self.everywhere)
        given = error.given_extensions
        if given.get(PUBLIC) is True:
            return replace(error, extensions=_small(_public(given)))
        shown = {name: given[name] for name in given if rules.lets_through(name)}
        shown.pop(_CODE, None)
        masked = replace(
            error,
            message=rules.message if rules.redact else error.message,
            code=error.code if rules.keeps_code else None,
            extensions=_small(shown),
        )
        if not rules.redact:
            return masked
        error_id = new_error_id()
        _logger.warning(
            "Error %s of subgraph '%s': %s", error_id, subgraph, _whole(error)
        )
        return replace(masked, extensions={**masked.extensions, ERROR_ID: error_id})


def _public(given: Mapping[str, object]) -> dict[str, object]:
    hidden = {PUBLIC, _CODE, *_NEVER_UNASKED}
    return {name: value for name, value in given.items() if name not in hidden}


def _small(extensions: dict[str, object]) -> dict[str, object]:
    return (
        extensions if len(msgspec.json.encode(extensions)) <= _MAX_SHOWN_BYTES else {}
    )


def _whole(error: SubgraphError) -> str:
    """All that the subgraph said, on one line."""
    text = msgspec.json.encode(error.given).decode(errors="replace")
    return text if len(text) <= _MAX_LOGGED else f"{text[:_MAX_LOGGED]}..."
