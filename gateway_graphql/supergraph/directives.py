"""Which name a supergraph gives to which specification's directive.

A schema imports features with `@link` (or `@core` before) and may rename them
(`import: [{name: "@tag", as: "@label"}]`, `as: "acl"`). Every later stage asks by the
specification's own name; this is the one place that knows the local names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    ConstDirectiveNode,
    ConstValueNode,
    EnumValueNode,
    ListValueNode,
    ObjectValueNode,
    StringValueNode,
    print_ast,
)

from gateway_graphql.supergraph.model import SpecLink

SPECS = "https://specs.apollo.dev/"
_BARE = ("join", "link", "core")
_MACHINERY = (*_BARE, "federation")


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a supergraph, and what they are called in it.

    Attributes:
        links: Every `@link` or `@core` of the schema definition.
        spec_names: Local directive name -> the specification's name, renamed ones only.
        prefixes: Name prefixes of the elements that specifications define (`join__`);
            what a subgraph's own feature defines is part of the schema.
        feature_directives: Local names of all directives that features define.
    """

    links: tuple[SpecLink, ...]
    spec_names: Mapping[str, str]
    prefixes: tuple[str, ...]
    feature_directives: frozenset[str]

    def spec_name(self, local: str) -> str:
        """The specification's name of a directive, whatever the schema calls it."""
        if (known := self.spec_names.get(local)) is not None:
            return known
        prefix, separator, rest = local.partition("__")
        return rest if separator and f"{prefix}__" == "federation__" else local

    def is_machinery(self, name: str) -> bool:
        """Whether a type or directive belongs to a feature and not to the schema."""
        return name.startswith(self.prefixes) or name in self.feature_directives


def read_features(directives: Sequence[ConstDirectiveNode]) -> Features:
    """Read the `@link` and `@core` applications of a schema definition."""
    links = tuple(
        _link(directive)
        for directive in directives
        if {"url", "feature"} & {a.name.value for a in directive.arguments or ()}
    )
    names = dict(pair for link in links for pair in _names(link))
    features = [_feature(link) for link in links if link.url.startswith(SPECS)]
    return Features(
        links=links,
        spec_names={local: spec for local, spec in names.items() if local != spec},
        prefixes=tuple(
            dict.fromkeys(
                f"{prefix}__"
                for prefix in (*_MACHINERY, *(alias for _, alias in features))
            )
        ),
        feature_directives=frozenset(names) | {"link", "core"},
    )


def is_machinery_link(link: SpecLink) -> bool:
    """Whether a link is to link, core or join themselves: no feature of the schema."""
    return link.url.startswith(tuple(f"{SPECS}{name}/" for name in _BARE))


def _link(directive: ConstDirectiveNode) -> SpecLink:
    values = {a.name.value: a.value for a in directive.arguments or ()}
    imports: list[tuple[str, str | None]] = []
    match values.get("import"):
        case ListValueNode(values=items):
            imports = [_import(item) for item in items]
    return SpecLink(
        url=text(values.get("url", values.get("feature"))) or "",
        alias=text(values.get("as")),
        imports=tuple(imports),
        purpose=text(values.get("for")),
    )


def _import(node: ConstValueNode) -> tuple[str, str | None]:
    match node:
        case ObjectValueNode(fields=fields):
            members = {field.name.value: text(field.value) for field in fields}
            return members.get("name") or "", members.get("as")
        case _:
            return text(node) or "", None


def _feature(link: SpecLink) -> tuple[str, str]:
    """The feature's name by its URL, and the name it goes by."""
    parts = link.url.rstrip("/").split("/")
    name = parts[-2] if len(parts) > 1 and parts[-1].startswith("v") else parts[-1]
    return name, link.alias or name


def _names(link: SpecLink) -> Iterator[tuple[str, str]]:
    """Pairs of local name and specification's name of the directives of a feature."""
    if not link.url.startswith(SPECS):
        return
    name, alias = _feature(link)
    if name in _MACHINERY:
        return
    yield alias, name
    for imported, renamed in link.imports:
        if imported.startswith("@"):
            yield (renamed or imported)[1:], imported[1:]


def text(node: ConstValueNode | None) -> str | None:
    """A string or enum value's text, `None` for anything else."""
    match node:
        case StringValueNode() | EnumValueNode():
            return node.value
        case _:
            return None


def arguments_of(directive: ConstDirectiveNode) -> tuple[tuple[str, str], ...]:
    """A directive's arguments, each value printed."""
    return tuple(
        (argument.name.value, print_ast(argument.value))
        for argument in directive.arguments or ()
    )
