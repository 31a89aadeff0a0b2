"""The federation directives: which version has which, and how each is defined.

The table is the specification's (https://specs.apollo.dev/federation): an entry says
since which version a directive has a form. A subgraph's own definition may differ only
where the specification allows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from graphql import DirectiveDefinitionNode, parse

FEDERATION_IDENTITY = "https://specs.apollo.dev/federation"
LINK_IDENTITY = "https://specs.apollo.dev/link"
CORE_IDENTITY = "https://specs.apollo.dev/core"
APOLLO_SPECS = "https://specs.apollo.dev/"

LATEST_FEDERATION = (2, 13)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One directive's form since a version; `{}` stands for the type prefix."""

    name: str
    since: tuple[int, int]
    definition: str


_TAGGABLE = (
    "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR"
    " | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION"
)
_GUARDED = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"
_WEIGHED = (
    "ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION"
    " | OBJECT | SCALAR"
)

_TABLE: tuple[_Entry, ...] = (
    _Entry(
        "key",
        (1, 0),
        "(fields: {}FieldSet!, resolvable: Boolean = true)"
        " repeatable on OBJECT | INTERFACE",
    ),
    _Entry("requires", (1, 0), "(fields: {}FieldSet!) on FIELD_DEFINITION"),
    _Entry("provides", (1, 0), "(fields: {}FieldSet!) on FIELD_DEFINITION"),
    _Entry("external", (1, 0), "(reason: String) on OBJECT | FIELD_DEFINITION"),
    _Entry("tag", (1, 0), f"(name: String!) repeatable on {_TAGGABLE}"),
    _Entry("tag", (2, 3), f"(name: String!) repeatable on {_TAGGABLE} | SCHEMA"),
    _Entry("extends", (1, 0), " on OBJECT | INTERFACE"),
    _Entry("shareable", (2, 0), " on OBJECT | FIELD_DEFINITION"),
    _Entry("shareable", (2, 2), " repeatable on OBJECT | FIELD_DEFINITION"),
    _Entry("inaccessible", (2, 0), f" on {_TAGGABLE}"),
    _Entry("override", (2, 0), "(from: String!) on FIELD_DEFINITION"),
    _Entry("override", (2, 7), "(from: String!, label: String) on FIELD_DEFINITION"),
    _Entry("composeDirective", (2, 1), "(name: String) repeatable on SCHEMA"),
    _Entry("interfaceObject", (2, 3), " on OBJECT"),
    _Entry("authenticated", (2, 5), f" on {_GUARDED}"),
    _Entry("requiresScopes", (2, 5), f"(scopes: [[{{}}Scope!]!]!) on {_GUARDED}"),
    _Entry("policy", (2, 6), f"(policies: [[{{}}Policy!]!]!) on {_GUARDED}"),
    _Entry(
        "context", (2, 8), "(name: String!) repeatable on INTERFACE | OBJECT | UNION"
    ),
    _Entry(
        "fromContext", (2, 8), "(field: {}ContextFieldValue) on ARGUMENT_DEFINITION"
    ),
    _Entry("cost", (2, 9), f"(weight: Int!) on {_WEIGHED}"),
    _Entry(
        "listSize",
        (2, 9),
        "(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!],"
        " requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION",
    ),
    _Entry(
        "cacheTag",
        (2, 12),
        "(format: String!) repeatable on OBJECT | FIELD_DEFINITION",
    ),
)

_SCALARS: tuple[tuple[str, tuple[int, int]], ...] = (
    ("FieldSet", (1, 0)),
    ("Scope", (2, 5)),
    ("Policy", (2, 6)),
    ("ContextFieldValue", (2, 8)),
)

MACHINERY_TYPES = frozenset(
    {"_Any", "_Entity", "_Service", "_FieldSet", "link__Purpose", "link__Import"}
)
MACHINERY_FIELDS = frozenset({"_entities", "_service"})

# Where federation's own directives also exist as specifications of their own.
STANDALONE_SPECS = frozenset(
    {"tag", "inaccessible", "authenticated", "requiresScopes", "policy", "context"}
)


@lru_cache(maxsize=64)
def directive_names(version: tuple[int, int]) -> tuple[str, ...]:
    """The directives of a federation version."""
    return tuple(dict.fromkeys(e.name for e in _TABLE if _exists(e.since, version)))


def scalar_names(version: tuple[int, int]) -> tuple[str, ...]:
    """The scalars of a federation version."""
    return tuple(name for name, since in _SCALARS if _exists(since, version))


@lru_cache(maxsize=1024)
def definition_of(
    name: str, version: tuple[int, int], *, local_name: str, type_prefix: str
) -> DirectiveDefinitionNode:
    """The newest form of a directive that the version has."""
    entry = next(
        e for e in reversed(_TABLE) if e.name == name and _exists(e.since, version)
    )
    text = f"directive @{local_name}{entry.definition.replace('{}', type_prefix)}"
    node = parse(text, no_location=True).definitions[0]
    if not isinstance(node, DirectiveDefinitionNode):
        raise AssertionError("the table holds directive definitions")
    return node


def _exists(since: tuple[int, int], version: tuple[int, int]) -> bool:
    return since <= version
