"""A subgraph as the caller gives it: a name, an address and a schema."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Protocol, runtime_checkable

from gateway_graphql.addresses import subgraph_url_problem
from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.exchange import MakeContext
from gateway_graphql.spelling import tells_options


@runtime_checkable
class PrintsItself(Protocol):
    """A schema object that can print its SDL, as `strawberry.Schema` does."""

    def as_str(self) -> str:
        """The schema as SDL."""


@tells_options
@dataclass(frozen=True, slots=True)
class Subgraph:
    """One GraphQL service that takes part in a supergraph.

    Attributes:
        name: Unique within the supergraph.
        url: Where it answers; `None` for one that is served in process.
        sdl: Its schema, federation directives included.
        schema: A schema object with `as_str()`, used where there is no `sdl`.
        context: Makes the context of the schema's resolvers, async or not, from the
            headers and the caller; once per client request.
    """

    name: str
    _: KW_ONLY
    url: str | None = None
    sdl: str | None = None
    schema: object | None = None
    context: MakeContext | None = None

    def __post_init__(self) -> None:
        """Refuse an address that cannot be asked, and a context that nobody gets.

        Raises:
            ConfigInvalid: It is one.
        """
        if self.context is not None and self.schema is None:
            raise ConfigInvalid(
                f"Subgraph '{self.name}': context is for a schema in this process."
            )
        if self.url is None:
            return
        is_text = isinstance(self.url, str)
        problem = subgraph_url_problem(self.url) if is_text else "should be text"
        if problem is not None:
            raise ConfigInvalid(f"Subgraph '{self.name}': url {problem}.")

    def to_sdl(self) -> str:
        """The subgraph's schema as SDL; empty when it has none."""
        if self.sdl is not None:
            return self.sdl
        return self.schema.as_str() if isinstance(self.schema, PrintsItself) else ""
