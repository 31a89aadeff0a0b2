"""Access rules hold under whatever names they were imported.

Routers were open here (GHSA-g8jh-vg5j-4h3f): renamed imports and namespaced directives
were ignored.
"""

import pytest

from .conftest import supergraph_of

FEDERATION = "https://specs.apollo.dev/federation/v2.9"
TYPES = "type Query { open: Int, a: Int %s, b: Int %s, c: Int %s }"
IMPORTS = {
    "plain": (
        'import: ["@authenticated", "@requiresScopes", "@policy"]',
        ("authenticated", "requiresScopes", "policy"),
    ),
    "renamed": (
        (
            'import: [{name: "@authenticated", as: "@auth"},'
            ' {name: "@requiresScopes", as: "@needs"}, {name: "@policy", as: "@rule"}]'
        ),
        ("auth", "needs", "rule"),
    ),
    "namespaced": (
        "",
        (
            "federation__authenticated",
            "federation__requiresScopes",
            "federation__policy",
        ),
    ),
    "other-namespace": (
        'as: "fed"',
        ("fed__authenticated", "fed__requiresScopes", "fed__policy"),
    ),
}
ANSWER = {"a": {"open": 0, "a": 1, "b": 2, "c": 3}}


def subgraph(how):
    imports, (authenticated, scopes, policy) = IMPORTS[how]
    types = TYPES % (
        f"@{authenticated}",
        f'@{scopes}(scopes: [["s"]])',
        f'@{policy}(policies: [["p"]])',
    )
    return f'extend schema @link(url: "{FEDERATION}", {imports})\n{types}'


def supergraph(links, names):
    """A supergraph as another composition may have written it."""
    authenticated, scopes, policy = names
    types = TYPES % (
        f"@{authenticated}",
        f'@{scopes}(scopes: [["s"]])',
        f'@{policy}(policies: [["p"]])',
    )
    lines = "\n".join(f"  @link({link})" for link in links)
    return f"""
      schema
        @link(url: "https://specs.apollo.dev/link/v1.0")
        @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
      {lines}
      {{ query: Query }}
      enum join__Graph {{ A @join__graph(name: "a", url: "") }}
      {types.replace("type Query", "type Query @join__type(graph: A)")}
    """


def spec(name, rest=""):
    return f'url: "https://specs.apollo.dev/{name}/v0.1"{rest}, for: SECURITY'


SUPERGRAPHS = {
    "plain": supergraph(
        [spec("authenticated"), spec("requiresScopes"), spec("policy")],
        ("authenticated", "requiresScopes", "policy"),
    ),
    "renamed as a feature": supergraph(
        [
            spec("authenticated", ', as: "auth"'),
            spec("requiresScopes", ', as: "needs"'),
            spec("policy", ', as: "rule"'),
        ],
        ("auth", "needs", "rule"),
    ),
    "renamed by import": supergraph(
        [
            spec("authenticated", ', import: [{name: "@authenticated", as: "@auth"}]'),
            spec(
                "requiresScopes", ', import: [{name: "@requiresScopes", as: "@needs"}]'
            ),
            spec("policy", ', import: [{name: "@policy", as: "@rule"}]'),
        ],
        ("auth", "needs", "rule"),
    ),
    "namespaced": supergraph(
        [
            spec(name, f', import: [{{name: "@{name}", as: "@federation__{name}"}}]')
            for name in ("authenticated", "requiresScopes", "policy")
        ],
        (
            "federation__authenticated",
            "federation__requiresScopes",
            "federation__policy",
        ),
    ),
    "not linked": supergraph([], ("authenticated", "requiresScopes", "policy")),
}


@pytest.mark.parametrize("how", IMPORTS)
async def test_rules_hold_through_composition(world, caller, how):
    sdl = supergraph_of({"a": subgraph(how)})

    await assert_is_held(world({}, ANSWER, sdl), caller)


@pytest.mark.parametrize("how", SUPERGRAPHS)
async def test_rules_hold_in_supergraphs_of_others(world, caller, how):
    await assert_is_held(world({}, ANSWER, SUPERGRAPHS[how]), caller)


async def assert_is_held(it, caller):
    query = "{ open a b c }"
    assert (
        {"open": 0, "a": None, "b": None, "c": None},
        [(["a"], None), (["b"], None), (["c"], None)],
    ) == await it.ask(query)
    assert (
        {"open": 0, "a": 1, "b": 2, "c": None},
        [(["c"], None)],
    ) == await it.ask(query, caller("s"))
