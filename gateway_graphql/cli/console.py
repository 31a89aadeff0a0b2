"""What the commands print: results on stdout, everything else on stderr."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from gateway_graphql.errors import ClientError, GatewayError

stdout = Console(highlight=False, soft_wrap=True)
stderr = Console(stderr=True, highlight=False, soft_wrap=True)


class CommandFailed(GatewayError):
    """A command cannot go on; the message says why and what to do."""


def complain(error: GatewayError) -> None:
    """Print an error the way people read it: one line per problem, no traceback."""
    for line in _lines(error):
        stderr.print(Text.assemble(("error: ", "bold red"), line))


def _lines(error: GatewayError) -> list[str]:
    if not isinstance(error, ClientError):
        return [str(error)]
    return [
        "".join(f"{place.line}:{place.column}: " for place in detail.locations[:1])
        + detail.message
        for detail in error.details
    ]
