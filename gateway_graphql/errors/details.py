"""One entry of an answer's `errors`, and how much of them is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ErrorLimits:
    """How much an answer tells of what is wrong.

    Attributes:
        max_errors: The most errors, whatever found them.
        max_message_length: The most characters of an error's message.
    """

    max_errors: int = 100
    max_message_length: int = 200


DEFAULT_ERROR_LIMITS: Final = ErrorLimits()


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a document; both numbers start at 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """One entry of an answer's `errors` (GraphQL specification, section 7.1.2).

    Attributes:
        message: What is wrong, for the person who wrote the request.
        code: The machine-readable `extensions.code`.
        path: Response keys and list indices down to the place, `None` when the
            error is about the request as a whole.
        locations: Places in the document.
        extensions: Further facts beside the code.
    """

    message: str
    code: str
    path: tuple[str | int, ...] | None = None
    locations: tuple[Location, ...] = ()
    extensions: tuple[tuple[str, object], ...] = ()

    def to_json(self, limits: ErrorLimits = DEFAULT_ERROR_LIMITS) -> dict[str, object]:
        """The error as the client reads it, keys in the specification's order."""
        message = self.message
        if len(message) > limits.max_message_length:
            cut = message[: limits.max_message_length - 1]
            message = f"{cut}\N{HORIZONTAL ELLIPSIS}"
        error: dict[str, object] = {"message": message}
        if self.locations:
            error["locations"] = [
                {"line": place.line, "column": place.column} for place in self.locations
            ]
        if self.path is not None:
            error["path"] = list(self.path)
        error["extensions"] = {"code": self.code, **dict(self.extensions)}
        return error


def errors_to_json(
    details: Sequence[ErrorDetail], limits: ErrorLimits = DEFAULT_ERROR_LIMITS
) -> list[dict[str, object]]:
    """The `errors` of an answer, as many and as long as the limits let them be."""
    return [detail.to_json(limits) for detail in details[: limits.max_errors]]
