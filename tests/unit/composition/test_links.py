"""`@link`: versions, imports, names, and what is wrong with them."""

from __future__ import annotations

import pytest

from gateway_graphql.composition import Subgraph, compose

FEDERATION = "https://specs.apollo.dev/federation"
SINCE = {
    "@key": (2, 0),
    "@tag": (2, 0),
    "@extends": (2, 0),
    "@shareable": (2, 0),
    "@inaccessible": (2, 0),
    "@override": (2, 0),
    "@composeDirective": (2, 1),
    "@interfaceObject": (2, 3),
    "@authenticated": (2, 5),
    "@requiresScopes": (2, 5),
    "@policy": (2, 6),
    "@context": (2, 8),
    "@fromContext": (2, 8),
    "@cost": (2, 9),
    "@listSize": (2, 9),
    "@cacheTag": (2, 12),
    "FieldSet": (2, 0),
    "Scope": (2, 5),
    "Policy": (2, 6),
    "ContextFieldValue": (2, 8),
}
OF_FEDERATION = "for the federation feature in @link directive on schema"
UNKNOWN = [("INVALID_LINK_DIRECTIVE_USAGE", '[a] Cannot import unknown element "%s".')]


def errors(*links, body="type Query { a: Int }"):
    sdl = f"extend schema {' '.join(f'@link({link})' for link in links)}\n{body}"
    result = compose([Subgraph(name="a", url="http://a", sdl=sdl)])
    return [(error.code, error.message) for error in result.errors]


def federation(version, *imports):
    listed = ", ".join(f'"{name}"' for name in imports)
    return f'url: "{FEDERATION}/v{version[0]}.{version[1]}", import: [{listed}]'


@pytest.mark.parametrize(("name", "version"), SINCE.items())
def test_an_element_is_known_from_its_version_on(name, version):
    major, minor = version
    unknown = [(code, message % name) for code, message in UNKNOWN]

    assert [] == errors(federation(version, name))
    if minor:
        assert unknown == errors(federation((major, minor - 1), name))


@pytest.mark.parametrize(
    ("link", "code", "message"),
    [
        (
            f'url: "{FEDERATION}/v2.99"',
            "UNKNOWN_FEDERATION_LINK_VERSION",
            f"Invalid version v2.99 {OF_FEDERATION}",
        ),
        (
            f'url: "{FEDERATION}/v1.9"',
            "UNKNOWN_FEDERATION_LINK_VERSION",
            f"Invalid version v1.9 {OF_FEDERATION}",
        ),
        (
            'url: "https://specs.apollo.dev/link/v1.1"',
            "UNKNOWN_LINK_VERSION",
            "Schema uses unknown version v1.1 of the link spec",
        ),
        (
            'url: "https://a.example/"',
            "INVALID_LINK_IDENTIFIER",
            "Missing path in feature url 'https://a.example/'",
        ),
        (
            'url: "https://a.example/thing/1.0"',
            "INVALID_LINK_IDENTIFIER",
            "Expected a version string (of the form v1.2), got 1.0",
        ),
    ],
)
def test_a_link_that_says_nothing_known_is_an_error(link, code, message):
    links = [link] if FEDERATION in link else [federation((2, 9)), link]

    assert [(code, f"[a] {message}")] == errors(*links)


def test_without_federation_2_links_may_say_anything():
    assert [] == errors('url: "https://a.example/thing/1.0"')


def test_a_feature_is_linked_once():
    twice = 'url: "https://a.example/thing/v1.0"'
    message = (
        '[a] Cannot link feature "https://a.example/thing" since it has already been'
        " linked in the schema."
    )

    found = errors(federation((2, 9)), twice, twice.replace("v1.0", "v1.1"))

    assert [("INVALID_LINK_DIRECTIVE_USAGE", message)] == found


SPEC = "https://specs.apollo.dev"


@pytest.mark.parametrize(
    ("links", "applied", "name"),
    [
        ([federation((2, 3), "@tag")], '@tag(name: "x")', "tag"),
        ([federation((2, 3))], '@federation__tag(name: "x")', "tag"),
        ([f'{federation((2, 3))}, as: "fed"'], '@fed__tag(name: "x")', "tag"),
        (
            [f'url: "{FEDERATION}/v2.3", import: [{{name: "@tag", as: "@mark"}}]'],
            '@mark(name: "x")',
            "tag",
        ),
        (
            [federation((2, 3)), f'url: "{SPEC}/tag/v0.3"'],
            '@tag(name: "x")',
            "tag",
        ),
        (
            [federation((2, 3)), f'url: "{SPEC}/tag/v0.3", as: "t"'],
            '@t(name: "x")',
            "tag",
        ),
        (
            [federation((2, 3)), f'url: "{SPEC}/cost/v0.1"'],
            "@cost(weight: 1)",
            "cost",
        ),
        (
            [federation((2, 3)), f'url: "{SPEC}/cost/v0.1"'],
            "@cost__listSize(assumedSize: 1)",
            "listSize",
        ),
        (
            [federation((2, 3)), f'url: "{SPEC}/cost/v0.1", import: ["@listSize"]'],
            "@listSize(assumedSize: 1)",
            "listSize",
        ),
    ],
)
def test_a_directive_has_every_name_that_its_link_gives_it(links, applied, name):
    body = f"type Query {{ a: [Int] {applied} }}"
    sdl = f"extend schema {' '.join(f'@link({link})' for link in links)}\n{body}"

    result = compose([Subgraph(name="a", url="http://a", sdl=sdl)])

    assert [name] == [
        d.name for d in result.supergraph.types["Query"].fields["a"].directives
    ]


def test_a_directive_that_no_link_names_is_the_schemas_own():
    body = "directive @tag(colour: Int) on OBJECT type Query @tag(colour: 1) { a: Int }"
    sdl = f"extend schema @link({federation((2, 3))})\n{body}"

    result = compose([Subgraph(name="a", url="http://a", sdl=sdl)])

    assert () == result.supergraph.types["Query"].directives


def test_link_may_rename_itself():
    sdl = (
        'extend schema @use(url: "https://specs.apollo.dev/link/v1.0", as: "use")'
        f' @use(url: "{FEDERATION}/v2.9", import: ["@tag"])'
        ' type Query { a: Int @tag(name: "x") }'
    )

    result = compose([Subgraph(name="a", url="http://a", sdl=sdl)])

    assert ["tag"] == [
        d.name for d in result.supergraph.types["Query"].fields["a"].directives
    ]


def test_subgraphs_agree_on_the_name_of_a_federation_directive():
    sdls = {
        "a": ('{name: "@tag", as: "@mark"}', "@mark"),
        "b": ('{name: "@tag", as: "@note"}', "@note"),
        "c": ("", "@federation__tag"),
    }
    result = compose(
        [
            Subgraph(
                name=name,
                sdl=f'extend schema @link(url: "{FEDERATION}/v2.9", import: [{own}])'
                f' type Query {{ {name}: Int {applied}(name: "x") }}',
            )
            for name, (own, applied) in sdls.items()
        ]
    )

    message = (
        'The "@tag" directive is imported with mismatched name between subgraphs: it'
        ' is imported as "@mark" in subgraph "a" but "@note" in subgraph "b"'
    )
    assert [("LINK_IMPORT_NAME_MISMATCH", message)] == [
        (error.code, error.message) for error in result.errors
    ]


def test_a_name_that_one_subgraph_imports_is_the_supergraphs():
    imported = f'@link(url: "{FEDERATION}/v2.9", import: [{{name: "@tag", as: "@m"}}])'
    sdls = {
        "a": f'extend schema @link(url: "{FEDERATION}/v2.9")'
        ' type Query { a: Int @federation__tag(name: "x") }',
        "b": f'extend schema {imported} type Query {{ b: Int @m(name: "y") }}',
        "c": 'type Query { c: Int @tag(name: "z") }',
    }

    result = compose([Subgraph(name=name, sdl=sdl) for name, sdl in sdls.items()])

    assert 'c: Int @join__field(graph: C) @m(name: "z")' in result.supergraph_sdl


@pytest.mark.parametrize(
    "link", ["(url: null)", '(url: "")', '(as: "x")', '(url: "x")']
)
def test_a_link_without_a_url_links_nothing(link):
    sdl = f'extend schema @link(url: "{FEDERATION}/v2.9") @link{link}'

    result = compose([Subgraph(name="a", sdl=f"{sdl} type Query {{ a: Int }}")])

    assert ["INVALID_LINK_IDENTIFIER"] == [error.code for error in result.errors]
