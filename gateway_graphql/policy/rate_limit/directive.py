"""`@rateLimit` in a supergraph: which applications mean ours, and what they say.

The directive belongs to the feature `FEATURE_URL`. A subgraph links it, perhaps under
another name, and hands it up with `@composeDirective`; so the supergraph's own link says
what it is called there. A directive of that name that another feature defines is not
ours; one that no feature claims is, since a limit that is silently not kept is worse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from graphql import GraphQLError, parse_const_value, value_from_ast_untyped

from gateway_graphql.errors import SupergraphInvalid
from gateway_graphql.policy.rate_limit.identity import Client, parse_identifier
from gateway_graphql.policy.rate_limit.settings import Limit
from gateway_graphql.policy.rate_limit.window import parse_window
from gateway_graphql.policy.store.buckets.bucket import Rate
from gateway_graphql.supergraph.model import AppliedDirective, SpecLink, Supergraph

NAME: Final = "rateLimit"
FEATURE: Final = "https://gateway-graphql.dev/rateLimit"
FEATURE_URL: Final = f"{FEATURE}/v1.0"
DEFAULT_WINDOW: Final = "1m"

DEFINITION: Final = (
    f"directive @{NAME}(limit: Int!, window: String! = "
    f'"{DEFAULT_WINDOW}", by: [String!], burst: Int, cost: Int! = 1)'
    " repeatable on FIELD_DEFINITION | OBJECT"
)
"""What a subgraph defines."""


def local_names(supergraph: Supergraph) -> frozenset[str]:
    """What the supergraph calls the directive."""
    ours = [link for link in supergraph.links if _is_ours(link)]
    names = {name for link in ours for name in _names(link)}
    others = {
        (renamed or imported).removeprefix("@")
        for link in supergraph.links
        if not _is_ours(link)
        for imported, renamed in link.imports
    }
    if not names and NAME not in others and not _is_a_feature(NAME, supergraph):
        names = {NAME}
    return frozenset(names)


def _is_ours(link: SpecLink) -> bool:
    return link.url.rstrip("/").rpartition("/")[0] == FEATURE


def _is_a_feature(name: str, supergraph: Supergraph) -> bool:
    return any(
        name == (link.alias or link.url.rstrip("/").split("/")[-2:][0])
        for link in supergraph.links
    )


def _names(link: SpecLink) -> Iterator[str]:
    """The name of the feature is that of its only directive."""
    for imported, renamed in link.imports:
        if imported == f"@{NAME}":
            yield (renamed or imported).removeprefix("@")
    yield link.alias or NAME
    yield f"{link.alias or NAME}__{NAME}"


def read_limit(applied: AppliedDirective, coordinate: str) -> Limit:
    """Read an application of the directive.

    Raises:
        SupergraphInvalid: An argument is wrong; the message says which and where.
    """
    try:
        arguments = {
            name: value_from_ast_untyped(parse_const_value(text))
            for name, text in applied.arguments
        }
        return _limit(arguments)
    except (ValueError, GraphQLError) as error:
        raise SupergraphInvalid(
            f"@{applied.name} on {coordinate} is wrong: {error}"
        ) from error


def _limit(arguments: Mapping[str, object]) -> Limit:
    limit = _integer(arguments, "limit")
    if limit is None:
        raise ValueError("it has no `limit`")
    window = arguments.get("window") or DEFAULT_WINDOW
    if not isinstance(window, str):
        raise ValueError("`window` is no string")
    by = arguments.get("by")
    identifiers = by if isinstance(by, list) else [] if by is None else [by]
    cost = _integer(arguments, "cost")
    if cost is not None and cost < 0:
        raise ValueError("`cost` is less than 0")
    return Limit(
        Rate.per_window(limit, parse_window(window), _integer(arguments, "burst")),
        tuple(parse_identifier(str(item)) for item in identifiers) or (Client(),),
        1 if cost is None else cost,
    )


def _integer(arguments: Mapping[str, object], name: str) -> int | None:
    value = arguments.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"`{name}` is no integer")
    return value
