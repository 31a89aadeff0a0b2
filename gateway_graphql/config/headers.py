"""Section `headers`: which headers go to subgraphs, and which come back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Self, TypeAlias

from pydantic import AfterValidator, Field, SecretStr, model_validator

from gateway_graphql.config.section import ReadableFile, Secret, Section
from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.exchange import Caller
from gateway_graphql.policy.authentication.header_template import HeaderTemplate
from gateway_graphql.policy.headers import (
    Algorithm,
    HeaderRule,
    HeaderRules,
    Insert,
    Names,
    Propagate,
    Remove,
    SubgraphRules,
)
from gateway_graphql.transport.http_message import HOP_BY_HOP, OWN

_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
_ANY = re.compile(r".*", re.DOTALL)
_VALUE = re.compile(r"[\x20-\x7e\t]*", re.ASCII)


def _name(name: str) -> str:
    lower = name.lower()
    if _NAME.fullmatch(lower) is None:
        raise ValueError("should be the name of a header")
    if lower in HOP_BY_HOP | OWN:
        raise ValueError("is about one connection or body, and never let through")
    return lower


def _listed(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names


def _visible(value: SecretStr) -> SecretStr:
    if _VALUE.fullmatch(value.get_secret_value()) is None:
        raise ValueError("should be one line of visible ASCII")
    return value


Name: TypeAlias = Annotated[str, AfterValidator(_name)]
HeaderNames: TypeAlias = Annotated[Name | tuple[Name, ...], AfterValidator(_listed)]
Patterns: TypeAlias = tuple[re.Pattern[str], ...]
HeaderValue: TypeAlias = Annotated[Secret, AfterValidator(_visible)]


class PropagateConfig(Section):
    """Let headers through.

    Attributes:
        named: A name or several.
        matching: A regular expression that fits whole names, in lower case.
        exclude: Regular expressions; names that one fits are not meant.
        rename: Another name; only for one that is named.
        default: The value where there is none; only for those that are named.
        algorithm: Which value counts when several subgraphs give the header: `first`,
            `last`, or all of them (`append`). `cache-control` is merged so that it is
            true of all.
    """

    named: HeaderNames = ()
    matching: re.Pattern[str] | None = None
    exclude: Patterns = ()
    rename: Name | None = None
    default: HeaderValue | None = None
    algorithm: Algorithm = Algorithm.LAST

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if bool(self.named) == (self.matching is not None):
            raise ValueError("should have either named or matching")
        if self.exclude and self.matching is None:
            raise ValueError("exclude goes with matching")
        if self.rename is not None and len(self.named) != 1:
            raise ValueError("rename goes with one name")
        if self.default is not None and not self.named:
            raise ValueError("default goes with named")
        return self

    def to_rule(self) -> Propagate:
        """The policy's own record."""
        return Propagate(
            Names(_listed(self.named), self.matching, self.exclude),
            self.rename,
            None if self.default is None else self.default.get_secret_value(),
            self.algorithm,
        )


class RemoveConfig(Section):
    """Take headers away that rules before have set, or patterns after would.

    Attributes:
        named: A name or several.
        matching: A regular expression that fits whole names, in lower case.
    """

    named: HeaderNames = ()
    matching: re.Pattern[str] | None = None

    def to_rule(self) -> Remove:
        """The policy's own record."""
        return Remove(Names(_listed(self.named), self.matching))


class InsertConfig(Section):
    """Set a header; exactly one of value, from_file and expression.

    Attributes:
        name: The header's name.
        value: Its value.
        from_file: A file that holds the value.
        expression: Text with `{claims.NAME}`, `{subject}`, `{scopes}` or `{credential}`
            of the caller; without a caller who has it, there is no header.
    """

    name: Name
    value: HeaderValue | None = None
    from_file: ReadableFile | None = None
    expression: str | None = None

    @model_validator(mode="after")
    def _has_one_value(self) -> Self:
        given = (self.value, self.from_file, self.expression)
        if sum(one is not None for one in given) != 1:
            raise ValueError("should have one of value, from_file and expression")
        self.to_rule()
        return self

    def to_rule(self) -> Insert:
        """The policy's own record."""
        if self.value is not None:
            return Insert(self.name, self.value.get_secret_value())
        if self.from_file is not None:
            return Insert(self.name, _line_of(self.from_file))
        return Insert(self.name, _expression(self.expression or ""))


class RuleConfig(Section):
    """One rule: exactly one of these.

    Attributes:
        propagate: Let headers through.
        remove: Take headers away.
        insert: Set a header.
    """

    propagate: PropagateConfig | None = None
    remove: RemoveConfig | None = None
    insert: InsertConfig | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len([one for one in (self.propagate, self.remove, self.insert) if one]) != 1:
            raise ValueError("should have one of propagate, remove and insert")
        return self

    def to_rule(self) -> HeaderRule:
        """The policy's own record."""
        rule = self.propagate or self.remove or self.insert
        if rule is None:
            raise AssertionError("a rule has one member")
        return rule.to_rule()


class SubgraphHeadersConfig(Section):
    """Rules in order.

    Attributes:
        request: From the client to the subgraph.
        response: From the subgraph to the client.
    """

    request: tuple[RuleConfig, ...] = ()
    response: tuple[RuleConfig, ...] = ()

    def to_rules(self) -> SubgraphRules:
        """The policy's own record."""
        return SubgraphRules(
            tuple(rule.to_rule() for rule in self.request),
            tuple(rule.to_rule() for rule in self.response),
        )


class HeadersConfig(Section):
    """Which headers go to subgraphs, and which come back; others stay where they are.

    Attributes:
        everywhere: For all subgraphs; after `server.forward_headers`.
        subgraphs: For one, by name; after those for all.
    """

    everywhere: SubgraphHeadersConfig = Field(
        default=SubgraphHeadersConfig(), alias="all"
    )
    subgraphs: dict[str, SubgraphHeadersConfig] = Field(default={})

    def to_rules(self, forward_headers: tuple[str, ...]) -> HeaderRules:
        """The policy's own record; the simple form is a rule before all others."""
        simple = Propagate(
            Names(matching=_ANY)
            if "*" in forward_headers
            else Names(tuple(name.lower() for name in forward_headers))
        )
        own = self.everywhere.to_rules()
        return HeaderRules(
            SubgraphRules((simple, *own.request), own.response),
            {name: config.to_rules() for name, config in self.subgraphs.items()},
        )


def _line_of(path: Path) -> str:
    try:
        value = path.read_text(encoding="ascii").rstrip("\r\n")
    except UnicodeDecodeError:
        value = "\0"
    if _VALUE.fullmatch(value) is None:
        raise ValueError(f"should hold one line of visible ASCII: {path}")
    return value


def _expression(text: str) -> Callable[[Caller | None], str | None]:
    try:
        template = HeaderTemplate(text)
    except ConfigInvalid as error:
        raise ValueError(str(error)) from None
    return lambda caller: None if caller is None else template.render(caller)
