"""Definitions that a supergraph repeats from the specifications that it links.

(https://specs.apollo.dev/link/v1.0, join/v0.3, join/v0.5 and the features' own pages.)
"""

from __future__ import annotations

LINK = '''directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA

scalar link__Import

enum link__Purpose {
  """
  `SECURITY` features provide metadata necessary to securely resolve fields.
  """
  SECURITY

  """
  `EXECUTION` features provide metadata necessary for operation execution.
  """
  EXECUTION
}'''

_JOIN = """directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE

directive @join__field({field}) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION

directive @join__graph(name: String!, url: String!) on ENUM_VALUE

directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE

directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR

directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION

scalar join__FieldSet"""

_FIELD = (
    "graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet,"
    " type: String, external: Boolean, override: String, usedOverridden: Boolean"
)

JOIN_V03 = _JOIN.replace("{field}", _FIELD)

JOIN_V05 = (
    _JOIN.replace(
        "{field}",
        f"{_FIELD}, overrideLabel: String, contextArguments: [join__ContextArgument!]",
    )
    + """

directive @join__directive(graphs: [join__Graph!], name: String!, args: join__DirectiveArguments) repeatable on SCHEMA | OBJECT | INTERFACE | FIELD_DEFINITION

input join__ContextArgument {
  name: String!
  type: String!
  context: String!
  selection: join__FieldValue!
}

scalar join__DirectiveArguments

scalar join__FieldValue"""
)

_TAGGABLE = (
    "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR"
    " | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION"
)
_GUARDED = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"
_WEIGHED = (
    "ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION"
    " | OBJECT | SCALAR"
)

SPEC_DEFINITIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "tag": (
        (
            "tag",
            f"directive @{{name}}(name: String!) repeatable on {_TAGGABLE} | SCHEMA",
        ),
    ),
    "inaccessible": (("inaccessible", f"directive @{{name}} on {_TAGGABLE}"),),
    "authenticated": (("authenticated", f"directive @{{name}} on {_GUARDED}"),),
    "requiresScopes": (
        (
            "requiresScopes",
            (
                "directive @{name}(scopes: [[requiresScopes__Scope!]!]!)"
                f" on {_GUARDED}\n\nscalar requiresScopes__Scope"
            ),
        ),
    ),
    "policy": (
        (
            "policy",
            (
                "directive @{name}(policies: [[policy__Policy!]!]!)"
                f" on {_GUARDED}\n\nscalar policy__Policy"
            ),
        ),
    ),
    "cost": (
        ("cost", f"directive @{{name}}(weight: Int!) on {_WEIGHED}"),
        (
            "listSize",
            (
                "directive @{name}(assumedSize: Int, slicingArguments: [String!],"
                " sizedFields: [String!], requireOneSlicingArgument: Boolean = true)"
                " on FIELD_DEFINITION"
            ),
        ),
    ),
    "context": (
        (
            "context",
            "directive @{name}(name: String!) repeatable on INTERFACE | OBJECT | UNION",
        ),
        (
            "context__fromContext",
            (
                "directive @{name}(field: context__ContextFieldValue)"
                " on ARGUMENT_DEFINITION\n\nscalar context__ContextFieldValue"
            ),
        ),
    ),
}
"""Feature -> its directives, each with its definition; `{name}` is its local name."""

# GraphQL's own since September 2025; routers of an older day need to be told.
ONE_OF = "directive @oneOf on INPUT_OBJECT"
