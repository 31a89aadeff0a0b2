"""`@link`: which specifications a schema uses, and what it calls their elements.

A specification's element may be used by its imported name, by an alias of the import,
or by the specification's own (perhaps aliased) name as a prefix. Whoever reads a schema
by spelling misses the last two, and with them access rules that the author wrote.
(Link specification, https://specs.apollo.dev/link/v1.0.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from graphql import (
    DirectiveNode,
    ListValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    print_ast,
)

from gateway_graphql.composition.federation import (
    APOLLO_SPECS,
    CORE_IDENTITY,
    FEDERATION_IDENTITY,
    LATEST_FEDERATION,
    LINK_IDENTITY,
    STANDALONE_SPECS,
    directive_names,
    scalar_names,
)
from gateway_graphql.composition.problems import Problems
from gateway_graphql.composition.schema import Feature

_VERSION = re.compile(r"v([0-9]+)\.([0-9]+)")
_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
_MAX_URL = 2048
_SHOWN = 100
_BUILT_IN = frozenset({"deprecated", "specifiedBy", "skip", "include", "oneOf"})


@dataclass(frozen=True, slots=True)
class Links:
    """The features of one schema, and the names that follow from them.

    Attributes:
        features: By identity.
        federation: The federation version, major 1 without a link to it.
        canonical: Local directive name -> the specification's name.
        link_names: What `@link` itself is called.
    """

    features: Mapping[str, Feature]
    federation: tuple[int, int]
    canonical: Mapping[str, str]
    link_names: frozenset[str]

    def canonical_name(self, local: str) -> str:
        """The directive's name in its specification, or `@local` for others."""
        if local in self.canonical:
            return self.canonical[local]
        return local if local in _BUILT_IN else f"@{local}"


def read_links(
    applied: Iterable[DirectiveNode],
    defined: Iterable[str],
    *,
    subgraph: str,
    problems: Problems,
) -> Links:
    """Read the schema's `@link`s (or federation 1's `@core`s)."""
    directives = list(applied)
    link_names = _link_names(directives)
    features: dict[str, Feature] = {}
    links = [
        directive
        for directive in directives
        if directive.name.value in link_names
        and _is_readable(directive, subgraph, problems)
    ]
    # Without federation 2, links say nothing that composition has to understand.
    heard = problems if _links_federation(directives) else Problems()
    for directive in links:
        feature = _feature(directive, subgraph, heard)
        if feature is None:
            continue
        if feature.identity in features:
            problems.error(
                "INVALID_LINK_DIRECTIVE_USAGE",
                f'Cannot link feature "{feature.identity}" since it has already been'
                " linked in the schema.",
                None,
                subgraph,
            )
        features.setdefault(feature.identity, feature)
    federation = _federation_version(features, subgraph, problems)
    _check_imports(features, federation, subgraph, problems)
    canonical = _canonical_names(features, federation, frozenset(defined))
    return Links(
        features,
        federation,
        canonical | dict.fromkeys(link_names, "link"),
        link_names,
    )


def _links_federation(directives: list[DirectiveNode]) -> bool:
    return any(
        (_string(directive, "url") or "").startswith(f"{FEDERATION_IDENTITY}/")
        for directive in directives
    )


def _link_names(directives: list[DirectiveNode]) -> frozenset[str]:
    """`@link` may rename itself: it is then the one that names its own URL."""
    names = {"link", "core"}
    for directive in directives:
        url = _string(directive, "url") or _string(directive, "feature") or ""
        if url.startswith((LINK_IDENTITY + "/", CORE_IDENTITY + "/")):
            alias = _string(directive, "as") or ""
            is_named = _NAME.fullmatch(alias) is not None
            names = {alias if is_named else directive.name.value, "core"}
    return frozenset(names)


def _is_readable(directive: DirectiveNode, subgraph: str, problems: Problems) -> bool:
    """Whether the link's URL is one, and not of a length that nobody means."""
    url = _string(directive, "url") or _string(directive, "feature") or ""
    try:
        urlsplit(url)
        if len(url) <= _MAX_URL:
            return True
        complaint = f"it is longer than {_MAX_URL} characters"
    except ValueError as error:
        complaint = str(error)
    problems.error(
        "INVALID_LINK_IDENTIFIER",
        f"Invalid feature url '{url[:_SHOWN]}': {complaint}",
        None,
        subgraph,
    )
    return False


def _feature(
    directive: DirectiveNode, subgraph: str, problems: Problems
) -> Feature | None:
    url = _string(directive, "url") or _string(directive, "feature")
    if not url:
        problems.error(
            "INVALID_LINK_IDENTIFIER",
            "A @link has no feature url: it should be like"
            " https://specs.apollo.dev/federation/v2.9",
            None,
            subgraph,
        )
        return None
    parts = [part for part in urlsplit(url).path.split("/") if part]
    if not parts:
        problems.error(
            "INVALID_LINK_IDENTIFIER",
            f"Missing path in feature url '{url}'",
            None,
            subgraph,
        )
        return None
    version = _VERSION.fullmatch(parts[-1])
    if version is None:
        problems.error(
            "INVALID_LINK_IDENTIFIER",
            f"Expected a version string (of the form v1.2), got {parts[-1]}",
            None,
            subgraph,
        )
        return None
    name = parts[-2] if len(parts) > 1 else ""
    identity = url.rstrip("/").rpartition("/")[0]
    return Feature(
        identity,
        name,
        (int(version[1]), int(version[2])),
        _alias(directive, subgraph, problems) or name,
        _imports(directive, subgraph, problems),
        url,
    )


def _alias(directive: DirectiveNode, subgraph: str, problems: Problems) -> str | None:
    """What the link calls its feature; one that is no name is an error, and ignored."""
    alias = _string(directive, "as")
    if not alias or _NAME.fullmatch(alias):
        return alias
    _misused(f'Invalid alias "{alias[:_SHOWN]}": it is no name', subgraph, problems)
    return None


def _imports(
    directive: DirectiveNode, subgraph: str, problems: Problems
) -> dict[str, str]:
    """Imported element -> what it is called here."""
    node = next(
        (a.value for a in directive.arguments or () if a.name.value == "import"), None
    )
    imports: dict[str, str] = {}
    for item in node.values if isinstance(node, ListValueNode) else ():
        name, local = _import(item)
        if name is None:
            _misused(
                f"Invalid import {print_ast(item)[:_SHOWN]}: it is neither a name nor"
                ' of the form { name: "<imported element>", as: "<alias>" }',
                subgraph,
                problems,
            )
        elif local is not None and not _is_alias(local, name):
            _misused(
                f'Invalid alias "{local[:_SHOWN]}" for "{name[:_SHOWN]}": it should be'
                " a name, and begin with @ as a directive does",
                subgraph,
                problems,
            )
            imports[name] = name
        else:
            imports[name] = local or name
    return imports


def _import(item: ValueNode) -> tuple[str | None, str | None]:
    """The element and its alias; no element where the import is malformed."""
    match item:
        case StringValueNode(value=name):
            return name, None
        case ObjectValueNode(fields=fields):
            names = {
                f.name.value: f.value.value
                for f in fields
                if isinstance(f.value, StringValueNode)
            }
            if len(names) == len(fields) and names.keys() <= {"name", "as"}:
                return names.get("name"), names.get("as")
    return None, None


def _is_alias(local: str, name: str) -> bool:
    is_directive = name.startswith("@")
    return local.startswith("@") is is_directive and bool(
        _NAME.fullmatch(local.removeprefix("@"))
    )


def _misused(message: str, subgraph: str, problems: Problems) -> None:
    problems.error("INVALID_LINK_DIRECTIVE_USAGE", message, None, subgraph)


def _string(directive: DirectiveNode, argument: str) -> str | None:
    for node in directive.arguments or ():
        if node.name.value == argument and isinstance(node.value, StringValueNode):
            return node.value.value
    return None


def _federation_version(
    features: Mapping[str, Feature], subgraph: str, problems: Problems
) -> tuple[int, int]:
    link = features.get(LINK_IDENTITY)
    if link is not None and link.version != (1, 0):
        problems.error(
            "UNKNOWN_LINK_VERSION",
            f"Schema uses unknown version {_version_text(link)} of the link spec",
            None,
            subgraph,
        )
    feature = features.get(FEDERATION_IDENTITY)
    if feature is None or feature.version is None:
        return (1, 0)
    if not (2, 0) <= feature.version <= LATEST_FEDERATION:
        problems.error(
            "UNKNOWN_FEDERATION_LINK_VERSION",
            f"Invalid version {_version_text(feature)} for the federation feature in"
            " @link directive on schema",
            None,
            subgraph,
        )
        return LATEST_FEDERATION
    return feature.version


def _version_text(feature: Feature) -> str:
    return "v{}.{}".format(*feature.version) if feature.version else ""


def _check_imports(
    features: Mapping[str, Feature],
    federation: tuple[int, int],
    subgraph: str,
    problems: Problems,
) -> None:
    feature = features.get(FEDERATION_IDENTITY)
    if feature is None:
        return
    known = {f"@{name}" for name in directive_names(federation)}
    known |= set(scalar_names(federation))
    for name in feature.imports:
        if name not in known:
            problems.error(
                "INVALID_LINK_DIRECTIVE_USAGE",
                f'Cannot import unknown element "{name}".',
                None,
                subgraph,
            )


def _canonical_names(
    features: Mapping[str, Feature],
    federation: tuple[int, int],
    defined: frozenset[str],
) -> dict[str, str]:
    if federation[0] == 1:
        names = {name: name for name in directive_names(federation)}
    else:
        names = {}
    for feature in features.values():
        names |= _names_of(feature, federation)
    for own in defined & set(names):
        # A schema's own directive that no link claims is its own business, but in
        # federation 1 a definition only repeats what federation defines.
        if federation[0] > 1 and not _is_linked(own, features):
            del names[own]
    return names


def _is_linked(local: str, features: Mapping[str, Feature]) -> bool:
    return any(
        f"@{local}" in feature.imports.values()
        or local == feature.alias
        or local.startswith(f"{feature.alias}__")
        for feature in features.values()
    )


def _names_of(feature: Feature, federation: tuple[int, int]) -> dict[str, str]:
    """Local name -> canonical name for one feature."""
    if feature.identity == FEDERATION_IDENTITY:
        elements = set(directive_names(federation))
    elif feature.identity.startswith(APOLLO_SPECS) and (
        feature.name in STANDALONE_SPECS or feature.name == "cost"
    ):
        elements = (
            {feature.name, "listSize"} if feature.name == "cost" else {feature.name}
        )
    else:
        return {}
    names = {f"{feature.alias}__{element}": element for element in sorted(elements)}
    if feature.name in elements:
        names[feature.alias] = feature.name
    for element, local in feature.imports.items():
        if element.removeprefix("@") in elements and element.startswith("@"):
            names[local.removeprefix("@")] = element.removeprefix("@")
    return names
