"""What composition has to say: errors that stop it and hints that do not.

Codes are Apollo Federation's, so that the field's documentation applies to ours. One
`Problems` collects both during a composition; nothing is raised, so that a reader sees
every reason at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway_graphql.spelling import tells_options


@tells_options
@dataclass(frozen=True, slots=True)
class CompositionError:
    """One reason why the subgraphs do not compose.

    Attributes:
        code: The standard code, such as `INVALID_FIELD_SHARING`.
        message: What is wrong and where, for the people who own the subgraphs.
        coordinate: The schema element, such as `Product.price`.
        subgraphs: The subgraphs that take part in it.
    """

    code: str
    message: str
    coordinate: str | None = None
    subgraphs: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


@tells_options
@dataclass(frozen=True, slots=True)
class Hint:
    """A remark that does not fail composition.

    Attributes:
        code: The standard code, such as `INCONSISTENT_DESCRIPTION`.
        message: What was noticed.
        coordinate: The schema element.
    """

    code: str
    message: str
    coordinate: str | None = None

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


@dataclass(slots=True)
class Problems:
    """Errors and hints in the order found; one composition owns and fills it."""

    errors: list[CompositionError] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)

    def error(
        self,
        code: str,
        message: str,
        coordinate: str | None = None,
        *subgraphs: str,
    ) -> None:
        """Record an error; with one subgraph the message starts with its name."""
        if len(subgraphs) == 1:
            message = f"[{subgraphs[0]}] {message}"
        self.errors.append(CompositionError(code, message, coordinate, subgraphs))

    def hint(self, code: str, message: str, coordinate: str | None = None) -> None:
        """Record a hint."""
        self.hints.append(Hint(code, message, coordinate))


def listed(subgraphs: list[str] | tuple[str, ...]) -> str:
    """`subgraph "a"`, or `subgraphs "a" and "b"`, as messages name them."""
    quoted = [f'"{name}"' for name in subgraphs]
    if len(quoted) == 1:
        return f"subgraph {quoted[0]}"
    return f"subgraphs {', '.join(quoted[:-1])} and {quoted[-1]}"
