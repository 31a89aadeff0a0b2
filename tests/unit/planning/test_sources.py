"""A subscription has one source, whatever a supergraph says."""

from gateway_graphql.composition import Subgraph, compose
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.planning import plan_operation

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3",'
    ' import: ["@key", "@shareable"]) type Query { q%s: Int }'
)


def test_what_a_second_subgraph_would_tell_of_too_is_joined_by_key():
    """Composition lets no subscription be shared; a supergraph made elsewhere may."""
    subgraphs = [
        Subgraph(
            name,
            url="http://x",
            sdl=LINK % name
            + f"""
            type Mutation {{ lent: Loan @shareable }}
            type Loan @key(fields: "id") {{ id: ID! {field}: Int }}
            """,
        )
        for name, field in (("loans", "due"), ("fees", "fee"))
    ]
    sdl = compose(subgraphs).supergraph_sdl
    sdl = sdl.replace("mutation: Mutation", "subscription: Subscription").replace(
        "type Mutation", "type Subscription"
    )

    plan = plan_operation(sdl, "subscription { lent { due fee } }")

    assert [
        ("root", OperationKind.SUBSCRIPTION),
        ("entity", OperationKind.QUERY),
    ] == [(fetch.kind, fetch.operation.kind) for fetch in plan.fetches]
