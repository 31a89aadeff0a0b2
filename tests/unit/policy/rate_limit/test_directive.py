"""`@rateLimit` in supergraphs: under every name, and with every mistake."""

import pytest

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.errors import SupergraphInvalid
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.policy.rate_limit import Limit, Rate, RateLimits, Schedule
from gateway_graphql.policy.rate_limit.directive import (
    DEFINITION,
    FEATURE_URL,
    local_names,
    read_limit,
)
from gateway_graphql.policy.rate_limit.identity import ArgumentAt, CallerAddress, Client
from gateway_graphql.supergraph.model import AppliedDirective
from gateway_graphql.supergraph.reading import read_supergraph

MINUTE = 60_000_000


def composed(name, link, sdl="type Query { a: Int @rateLimit(limit: 1) }", count=1):
    """A supergraph, read from its SDL, of subgraphs that call the directive so."""
    text = f"""
      extend schema
        @link(url: "https://specs.apollo.dev/federation/v2.9",
              import: ["@composeDirective", "@shareable"])
        {link}
        @composeDirective(name: "@{name}")
      {DEFINITION.replace("@rateLimit", f"@{name}")}
      {sdl.replace("@rateLimit", f"@{name}")}
    """
    result = compose([Subgraph(f"s{n}", sdl=text) for n in range(count)])
    assert () == tuple(result.errors)
    return read_supergraph(result.supergraph_sdl)


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("rateLimit", f'@link(url: "{FEATURE_URL}", import: ["@rateLimit"])'),
        (
            "throttle",
            (
                f'@link(url: "{FEATURE_URL}", import: [{{name: "@rateLimit",'
                ' as: "@throttle"}])'
            ),
        ),
        ("limits", f'@link(url: "{FEATURE_URL}", as: "limits")'),
        ("rateLimit", f'@link(url: "{FEATURE_URL}")'),
        ("rateLimit", f'@link(url: "{FEATURE_URL}/")'),
        ("rateLimit__rateLimit", f'@link(url: "{FEATURE_URL}")'),
        ("limits__rateLimit", f'@link(url: "{FEATURE_URL}", as: "limits")'),
    ],
)
def test_the_directive_is_found_under_every_name(name, link):
    supergraph = composed(name, link)
    field = supergraph.types["Query"].fields["a"]

    assert name in local_names(supergraph)
    assert [Limit(Rate(1, MINUTE, 1))] == [
        read_limit(applied, "Query.a")
        for applied in field.directives
        if applied.name in local_names(supergraph)
    ]


@pytest.mark.parametrize(
    "link",
    [
        '@link(url: "https://example.com/limits/v1.0", import: ["@rateLimit"])',
        """@link(url: "https://example.com/limits/v1.0",
                 import: [{name: "@limit", as: "@rateLimit"}])""",
        '@link(url: "https://example.com/rateLimit/v1.0")',
        '@link(url: "https://example.com/rateLimit/v1.0/")',
        '@link(url: "https://example.com/limits/v1.0", as: "rateLimit")',
    ],
)
def test_a_directive_of_that_name_that_is_another_features_is_not_ours(link):
    supergraph = composed("rateLimit", link)

    assert frozenset() == local_names(supergraph)
    assert "<Schedule 0 on operations, 0 fields, 0 types>" == repr(
        Schedule(RateLimits(), supergraph)
    )


def test_a_directive_that_no_feature_claims_is_ours():
    supergraph = read_supergraph("""
      schema @link(url: "https://specs.apollo.dev/link/v1.0")
        @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) {
        query: Query }
      enum join__Graph { A @join__graph(name: "a", url: "") }
      type Query @join__type(graph: A) { a: Int @rateLimit(limit: 1) }
    """)

    assert "<Schedule 0 on operations, 1 fields, 0 types>" == repr(
        Schedule(RateLimits(), supergraph)
    )


def test_limits_of_several_subgraphs_all_count():
    link = f'@link(url: "{FEATURE_URL}", import: ["@rateLimit"])'
    sdl = "type Query @shareable { a: Int @rateLimit(limit: 1) }"
    one = composed("rateLimit", link, sdl, count=2)
    field = one.types["Query"].fields["a"]

    assert 1 == len([d for d in field.directives if d.name == "rateLimit"])


def test_a_limit_on_a_root_type_counts_its_operations():
    link = f'@link(url: "{FEATURE_URL}", import: ["@rateLimit"])'
    sdl = "type Query @rateLimit(limit: 7) { a: Int }"
    schedule = Schedule(RateLimits(), composed("rateLimit", link, sdl))

    (of_everybody,) = schedule.requirements(OperationKind.QUERY, "Any")
    assert [("Query", Rate(7, MINUTE, 7))] == [
        (counter.name, counter.rate) for counter in of_everybody.counters
    ]


def applied(**arguments):
    return AppliedDirective("rateLimit", tuple(arguments.items()))


def test_all_arguments_are_read():
    limit = read_limit(
        applied(
            limit="5",
            window='"2h"',
            by='["ip", "arg:input.email"]',
            burst="9",
            cost="0",
        ),
        "Query.a",
    )

    assert (
        Limit(
            Rate(5, 120 * MINUTE, 9),
            (CallerAddress(), ArgumentAt(("input", "email"))),
            cost=0,
        )
        == limit
    )


def test_a_list_of_one_may_be_written_as_its_item():
    limit = read_limit(applied(limit="5", by='"ip"'), "Query.a")

    assert (CallerAddress(),) == limit.by


def test_what_is_left_out_or_null_has_its_default():
    expected = Limit(Rate(5, MINUTE, 5), (Client(),), 1)

    assert expected == read_limit(applied(limit="5"), "Query.a")
    assert expected == read_limit(
        applied(limit="5", window="null", by="null", burst="null", cost="null"), "Q.a"
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "it has no `limit`"),
        ({"limit": '"5"'}, "`limit` is no integer"),
        ({"limit": "true"}, "`limit` is no integer"),
        ({"limit": "0"}, "limit, burst and window must be at least 1"),
        ({"limit": "5", "window": '"1 minute"'}, '"1 minute" is no window'),
        ({"limit": "5", "window": "60"}, "`window` is no string"),
        ({"limit": "5", "by": '["mail"]'}, '"mail" names nobody: use user, client,'),
        ({"limit": "5", "by": '["arg:"]'}, '"arg:" names nobody'),
        ({"limit": "5", "by": '["header:a b"]'}, '"header:a b" names nobody'),
        ({"limit": "5", "burst": "0"}, "limit, burst and window must be at least 1"),
        ({"limit": "5", "cost": "-1"}, "`cost` is less than 0"),
        ({"limit": "5", "by": '"mail"'}, '"mail" names nobody'),
    ],
)
def test_a_mistake_is_named_with_its_place(arguments, problem):
    with pytest.raises(SupergraphInvalid) as error:
        read_limit(applied(**arguments), "Query.a")

    assert str(error.value).startswith(f"@rateLimit on Query.a is wrong: {problem}")


@pytest.mark.parametrize(
    ("sdl", "problem"),
    [
        (
            'type Query { a(b: Int): Int @rateLimit(limit: 1, by: ["arg:c"]) }',
            'Query.a has no argument "c"',
        ),
        (
            'type Query @rateLimit(limit: 1, by: ["arg:c"]) { a: Int }',
            'limit "Query" is on no field, so not by arg:c',
        ),
    ],
)
def test_a_directive_by_an_argument_that_is_not_there_is_an_error(sdl, problem):
    link = f'@link(url: "{FEATURE_URL}", import: ["@rateLimit"])'
    supergraph = composed("rateLimit", link, sdl)

    with pytest.raises(SupergraphInvalid) as error:
        Schedule(RateLimits(), supergraph)

    assert f"@rateLimit is wrong: {problem}" == str(error.value)
