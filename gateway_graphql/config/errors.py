"""Section `errors`: what clients learn from errors."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway_graphql.config.mode import Mode
from gateway_graphql.config.section import Section
from gateway_graphql.errors import DEFAULT_ERROR_LIMITS, ErrorLimits
from gateway_graphql.policy.errors import ErrorMasking, SubgraphMasking

_DEFAULT = SubgraphMasking()


class SubgraphErrorsConfig(Section):
    """What clients learn of a subgraph's errors.

    An error with `extensions.public: true` is shown whatever is said here.

    Attributes:
        redact: Whether `message` stands for the subgraph's own; the whole error is
            logged under the id that the client gets as `extensions.errorId`. Without
            this key, in mode `production` only.
        message: The message of redacted errors.
        allow_extensions: Members of `extensions` that are passed on, beside the code.
        deny_extensions: If given, all members are passed on but these (and stack
            traces); `code` may be among them.
    """

    redact: bool | None = None
    message: str = _DEFAULT.message
    allow_extensions: tuple[str, ...] = ()
    deny_extensions: tuple[str, ...] | None = None

    def to_masking(self, mode: Mode) -> SubgraphMasking:
        """The policy's own record."""
        denied = self.deny_extensions
        return SubgraphMasking(
            mode is Mode.PRODUCTION if self.redact is None else self.redact,
            self.message,
            frozenset(self.allow_extensions),
            None if denied is None else frozenset(denied),
        )


class ErrorsConfig(Section):
    """What clients learn from errors, their own and those that subgraphs report.

    Attributes:
        suggestions: Whether a name that the schema does not have is answered by those
            that it has ("Did you mean"). Without this key, in mode `development` only.
        max_errors: How many errors an answer tells at most.
        max_message_length: How many characters of each message.
        everywhere: For all subgraphs without settings of their own.
        subgraphs: For one, by name.
    """

    suggestions: bool | None = None
    max_errors: Annotated[int, Field(ge=1)] = DEFAULT_ERROR_LIMITS.max_errors
    max_message_length: Annotated[int, Field(ge=20)] = (
        DEFAULT_ERROR_LIMITS.max_message_length
    )
    everywhere: SubgraphErrorsConfig = Field(
        default=SubgraphErrorsConfig(), alias="all"
    )
    subgraphs: dict[str, SubgraphErrorsConfig] = Field(default={})

    def to_limits(self) -> ErrorLimits:
        """How much an answer tells."""
        return ErrorLimits(self.max_errors, self.max_message_length)

    def to_masking(self, mode: Mode) -> ErrorMasking:
        """The policy's own record."""
        return ErrorMasking(
            self.everywhere.to_masking(mode),
            {name: one.to_masking(mode) for name, one in self.subgraphs.items()},
        )

    def suggests(self, mode: Mode) -> bool:
        """Whether names are suggested."""
        return (
            mode is Mode.DEVELOPMENT if self.suggestions is None else self.suggestions
        )
