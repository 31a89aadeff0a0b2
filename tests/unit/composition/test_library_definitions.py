"""What the libraries of the field print of federation's own definitions.

A subgraph library answers `_service { sdl }` with the schema and, often, with the
definitions as it knows them. They differ in what changes no meaning; what they print
has to compose.
"""

from __future__ import annotations

import pytest
import strawberry
from strawberry.federation.versions import FEDERATION_VERSIONS

from gateway_graphql.composition import Subgraph, compose

ENTITY = 'type User @key(fields: "id") { id: ID! name: String } type Query { me: User }'
OTHER = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3",'
    ' import: ["@key"]) type User @key(fields: "id") { id: ID! age: Int }'
)


def link(version="2.9", *imports):
    names = ", ".join(f'"{name}"' for name in ("@key", *imports))
    url = f"https://specs.apollo.dev/federation/v{version}"
    return f'extend schema @link(url: "{url}", import: [{names}])\n'


def codes(*sdls):
    result = compose([Subgraph(name=f"s{n}", sdl=sdl) for n, sdl in enumerate(sdls)])
    return [error.code for error in result.errors]


# The JavaScript reference prints every definition of the version that is linked, those
# that are not imported under their namespace.
ANYWHERE = (
    "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM"
    " | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION"
)
GUARDED = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"
SINCE = (
    (
        0,
        "key",
        "(fields: F!, resolvable: Boolean = true) repeatable on OBJECT|INTERFACE",
    ),
    (0, "requires", "(fields: F!) on FIELD_DEFINITION"),
    (0, "provides", "(fields: F!) on FIELD_DEFINITION"),
    (0, "external", "(reason: String) on OBJECT | FIELD_DEFINITION"),
    (0, "tag", f"(name: String!) repeatable on {ANYWHERE}"),
    (3, "tag", f"(name: String!) repeatable on {ANYWHERE} | SCHEMA"),
    (0, "extends", " on OBJECT | INTERFACE"),
    (0, "shareable", " on OBJECT | FIELD_DEFINITION"),
    (2, "shareable", " repeatable on OBJECT | FIELD_DEFINITION"),
    (0, "inaccessible", f" on {ANYWHERE}"),
    (0, "override", "(from: String!) on FIELD_DEFINITION"),
    (7, "override", "(from: String!, label: String) on FIELD_DEFINITION"),
    (1, "composeDirective", "(name: String) repeatable on SCHEMA"),
    (3, "interfaceObject", " on OBJECT"),
    (5, "authenticated", f" on {GUARDED}"),
    (5, "requiresScopes", f"(scopes: [[federation__Scope!]!]!) on {GUARDED}"),
    (6, "policy", f"(policies: [[federation__Policy!]!]!) on {GUARDED}"),
    (8, "context", "(name: String!) repeatable on INTERFACE | OBJECT | UNION"),
    (8, "fromContext", "(field: federation__ContextFieldValue) on ARGUMENT_DEFINITION"),
    (9, "cost", "(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION"),
    (
        9,
        "listSize",
        (
            "(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!],"
            " requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION"
        ),
    ),
    (12, "cacheTag", "(format: String!) repeatable on OBJECT | FIELD_DEFINITION"),
)
SERVICE = """
directive @link(
  url: String, as: String, for: link__Purpose, import: [link__Import]
) repeatable on SCHEMA
enum link__Purpose { SECURITY EXECUTION }
scalar link__Import
scalar federation__FieldSet
scalar federation__Scope
scalar federation__Policy
scalar federation__ContextFieldValue
scalar _Any
type _Service { sdl: String }
union _Entity = User
extend type Query {
  _entities(representations: [_Any!]!): [_Entity]!
  _service: _Service!
}
"""


def printed_definitions(minor):
    forms = {name: form for since, name, form in SINCE if since <= minor}
    for name, form in forms.items():
        local = name if name == "key" else f"federation__{name}"
        yield f"directive @{local}{form.replace('F!', 'federation__FieldSet!')}"


@pytest.mark.parametrize("minor", range(14))
def test_every_version_composes_as_the_javascript_library_prints_it(minor):
    sdl = "\n".join(
        [
            'schema @link(url: "https://specs.apollo.dev/link/v1.0") { query: Query }',
            link(f"2.{minor}"),
            *printed_definitions(minor),
            SERVICE,
            ENTITY,
        ]
    )

    assert [] == codes(sdl, OTHER)


@strawberry.federation.type(keys=["id"])
class User:
    id: strawberry.ID
    name: str = strawberry.federation.field(shareable=True)


@strawberry.type
class Query:
    me: User


@pytest.mark.parametrize("version", FEDERATION_VERSIONS)
def test_every_version_composes_as_strawberry_prints_it(version):
    schema = strawberry.federation.Schema(query=Query, federation_version=version)

    assert [] == codes(schema.as_str(), OTHER)


ONE = link("2.3", "@tag", "@composeDirective", "@override", "@requires", "FieldSet")
PRINTED = {
    "federation 1, with a list of field sets": f"""
        directive @key(fields: [String!]!) on OBJECT | INTERFACE
        directive @external on FIELD_DEFINITION
        {ENTITY}""",
    "federation 1, _FieldSet": f"""
        scalar _FieldSet
        directive @key(fields: _FieldSet!) repeatable on OBJECT | INTERFACE
        directive @requires(fields: _FieldSet!) on FIELD_DEFINITION
        directive @extends on OBJECT
        {ENTITY}""",
    "federation 1, fields as a string": f"""
        directive @key(fields: String!) repeatable on OBJECT | INTERFACE
        directive @provides(fields: String!) on FIELD_DEFINITION
        {ENTITY}""",
    "imported FieldSet": f"""{ONE}
        scalar FieldSet
        directive @key(fields: FieldSet!, resolvable: Boolean = true)
            repeatable on OBJECT | INTERFACE
        directive @requires(fields: FieldSet!) on FIELD_DEFINITION
        directive @link(url: String!, import: [String!]) repeatable on SCHEMA
        {ENTITY}""",
    "namespaced FieldSet, link with another order": f"""{ONE}
        scalar federation__FieldSet
        scalar link__Import
        enum link__Purpose {{ EXECUTION SECURITY }}
        "Says what identifies an entity."
        directive @key("Its key." fields: federation__FieldSet!,
            resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
        directive @link(as: String, for: link__Purpose, import: [link__Import],
            url: String!) repeatable on SCHEMA
        {ENTITY}""",
    "arguments that may be null": f"""{ONE}
        scalar FieldSet
        directive @key(fields: FieldSet, resolvable: Boolean! = true)
            repeatable on OBJECT | INTERFACE
        directive @tag(name: String) repeatable on OBJECT | FIELD_DEFINITION
        directive @composeDirective(name: String) repeatable on SCHEMA
        {ENTITY}""",
    "arguments that must not be null": f"""{ONE}
        directive @composeDirective(name: String!) repeatable on SCHEMA
        directive @override(from: String!, label: String!) on FIELD_DEFINITION
        {ENTITY}""".replace("v2.3", "v2.7"),
    "null for no default": f"""{link("2.7", "@override")}
        directive @override(from: String!, label: String = null) on FIELD_DEFINITION
        {ENTITY}""",
    "lists with other nullability": f"""{link("2.9", "@listSize", "@policy")}
        scalar federation__Policy
        directive @listSize(assumedSize: Int, slicingArguments: [String],
            sizedFields: [String!]!) on FIELD_DEFINITION
        directive @policy(policies: [[federation__Policy]]) on FIELD_DEFINITION
        {ENTITY}""",
    "roots of other names": """
        schema @link(url: "https://specs.apollo.dev/federation/v2.0",
            import: ["@key", "@shareable"]) { query: RootQueryType }
        directive @link(url: String!, import: [String]) repeatable on SCHEMA
        type RootQueryType { me: User _service: _Service! }
        type _Service { sdl: String }
        type User @key(fields: "id") { id: ID! name: String }""",
    "GraphQL's own directives": f"""{link("2.5", "@tag", "@shareable")}
        directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
        directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
        directive @deprecated(reason: String = "No longer supported") on
            FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
        directive @specifiedBy(url: String!) on SCALAR
        directive @oneOf on INPUT_OBJECT
        {ENTITY}""",
    "namespaced uses without definitions": """
        extend schema @link(url: "https://specs.apollo.dev/federation/v2.6")
        type User @federation__key(fields: "id") { id: ID! name: String }
        type Query { me: User }""",
}


@pytest.mark.parametrize("printed", PRINTED.values(), ids=PRINTED)
def test_definitions_that_change_no_meaning_compose(printed):
    assert [] == codes(printed, OTHER)


@pytest.mark.parametrize(
    "definition",
    [
        "directive @key(field: String!) repeatable on OBJECT",
        "directive @key(fields: Int!) repeatable on OBJECT",
        "directive @key(fields: String!, needed: Int!) repeatable on OBJECT",
        "directive @key(fields: String!) repeatable on OBJECT | FIELD_DEFINITION",
        "directive @key(fields: String!, resolvable: Boolean = false) on OBJECT",
        "directive @tag(name: Int!) repeatable on OBJECT",
        "directive @tag repeatable on OBJECT",
        "directive @composeDirective(name: ID) repeatable on SCHEMA",
        'directive @override(from: String!, label: String = "x") on FIELD_DEFINITION',
        "directive @requires(fields: String!) repeatable on FIELD_DEFINITION",
    ],
)
def test_definition_that_changes_the_meaning_is_refused(definition):
    head = link("2.7", "@tag", "@composeDirective", "@override", "@requires")
    found = codes(
        f"{head} {definition.replace('Int!', 'Whole!')} scalar Whole {ENTITY}"
    )

    assert "DIRECTIVE_DEFINITION_INVALID" in found


@pytest.mark.parametrize("applied", ["@tag", "@tag(name: null)"])
def test_what_a_definition_leaves_optional_is_needed_where_it_is_applied(applied):
    sdl = f"""{link("2.3", "@tag")}
        directive @tag(name: String) repeatable on OBJECT
        type Query {applied} {{ a: Int }}"""

    assert ["INVALID_GRAPHQL"] == codes(sdl)
