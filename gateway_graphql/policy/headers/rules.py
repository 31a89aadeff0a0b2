"""Rules about headers, and what an ordered list of them makes of some headers.

- *Propagate* lets headers through, under their own or another name. What an earlier rule
  has set stays.
- *Remove* takes away what rules before it have set, and later patterns do not bring it
  back; a later rule that names the header does.
- *Insert* sets a header, whatever rules before it have set.

Names are compared in lower case. Headers of one connection (hop by hop) are never let
through, whatever the rules say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

from gateway_graphql.exchange import Caller
from gateway_graphql.spelling import tells_options
from gateway_graphql.transport.http_message import (
    HOP_BY_HOP,
    OWN,
    named_by_connection,
)

MAX_MATCHED: Final = 256
"""Characters of a name that patterns are tried on: what an operator writes may take time
that grows with the square of it, and no header in use has a longer one."""


class Algorithm(StrEnum):
    """Which value counts when several subgraphs give a header."""

    FIRST = "first"
    LAST = "last"
    APPEND = "append"


@tells_options
@dataclass(frozen=True, slots=True)
class Names:
    """Which headers a rule is about.

    Attributes:
        named: By name; kept in lower case.
        matching: By a pattern that fits the whole name.
        exclude: Not these, though they match.
    """

    named: tuple[str, ...] = ()
    matching: re.Pattern[str] | None = None
    exclude: tuple[re.Pattern[str], ...] = ()

    def __post_init__(self) -> None:
        """Names are compared in lower case."""
        object.__setattr__(self, "named", tuple(name.lower() for name in self.named))

    def matches(self, name: str) -> bool:
        """Whether the pattern is for that name."""
        return (
            self.matching is not None
            and len(name) <= MAX_MATCHED
            and self.matching.fullmatch(name) is not None
            and not any(pattern.fullmatch(name) for pattern in self.exclude)
        )


@tells_options
@dataclass(frozen=True, slots=True)
class Propagate:
    """Let headers through.

    Attributes:
        names: Which.
        rename: Under this name; only for one that is named.
        default: The value where there is none; only for those that are named.
        algorithm: Which value counts when several subgraphs give the header.
    """

    names: Names
    rename: str | None = None
    default: str | None = None
    algorithm: Algorithm = Algorithm.LAST

    def __post_init__(self) -> None:
        """Names are compared in lower case."""
        if self.rename is not None:
            object.__setattr__(self, "rename", self.rename.lower())


@tells_options
@dataclass(frozen=True, slots=True)
class Remove:
    """Take headers away."""

    names: Names


@tells_options
@dataclass(frozen=True, slots=True)
class Insert:
    """Set a header.

    Attributes:
        name: Which; kept in lower case.
        value: The value, or what makes it of the caller. Without a value there is no
            header of that name at all, so that a client cannot supply it.
    """

    name: str
    value: str | Callable[[Caller | None], str | None]

    def __post_init__(self) -> None:
        """Names are compared in lower case."""
        object.__setattr__(self, "name", self.name.lower())


HeaderRule: TypeAlias = Propagate | Remove | Insert


@tells_options
@dataclass(frozen=True, slots=True)
class SubgraphRules:
    """The rules for one subgraph.

    Attributes:
        request: From the client to the subgraph.
        response: From the subgraph to the client.
    """

    request: tuple[HeaderRule, ...] = ()
    response: tuple[HeaderRule, ...] = ()


@tells_options
@dataclass(frozen=True, slots=True)
class HeaderRules:
    """All rules.

    Attributes:
        everywhere: For every subgraph.
        subgraphs: For one, after those for all.
    """

    everywhere: SubgraphRules = field(default_factory=SubgraphRules)
    subgraphs: Mapping[str, SubgraphRules] = field(default_factory=dict)

    def of(self, subgraph: str) -> SubgraphRules:
        """All rules that are about a subgraph, in order."""
        own = self.subgraphs.get(subgraph, SubgraphRules())
        return SubgraphRules(
            self.everywhere.request + own.request,
            self.everywhere.response + own.response,
        )


class AppliedValue(msgspec.Struct, frozen=True):
    """What a header has been set to, and how it joins those of other subgraphs."""

    text: str
    algorithm: Algorithm = Algorithm.LAST


def applied(
    rules: Sequence[HeaderRule], headers: Mapping[str, str], caller: Caller | None
) -> dict[str, AppliedValue]:
    """The headers that rules make of some headers (names in lower case)."""
    made: dict[str, AppliedValue] = {}
    # Names that patterns do not bring back.
    closed: set[str] = set()
    hidden = HOP_BY_HOP | OWN | named_by_connection(headers)
    for rule in rules:
        match rule:
            case Propagate():
                _propagate(rule, headers, hidden, made, closed)
            case Remove(names):
                gone = {*names.named, *filter(names.matches, (*made, *headers))}
                closed |= gone
                for name in gone:
                    made.pop(name, None)
            case Insert(name, value):
                _clear(name, made)
                closed |= {
                    other for other in headers if _folded(other) == _folded(name)
                }
                closed |= {name}
                text = value if isinstance(value, str) else value(caller)
                if text is not None:
                    made[name] = AppliedValue(text)
    return made


def _propagate(
    rule: Propagate,
    headers: Mapping[str, str],
    hidden: frozenset[str],
    made: dict[str, AppliedValue],
    closed: set[str],
) -> None:
    for name in rule.names.named:
        text = headers.get(name, rule.default) if name not in hidden else rule.default
        if text is not None:
            made.setdefault(rule.rename or name, AppliedValue(text, rule.algorithm))
    for name, text in headers.items():
        if name not in hidden and name not in closed and rule.names.matches(name):
            made.setdefault(name, AppliedValue(text, rule.algorithm))


def _clear(name: str, made: dict[str, AppliedValue]) -> None:
    """Take away a header and those that some servers cannot tell from it."""
    for other in [other for other in made if _folded(other) == _folded(name)]:
        del made[other]


def _folded(name: str) -> str:
    return name.replace("_", "-")
