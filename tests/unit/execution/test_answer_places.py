from __future__ import annotations

import pytest

from gateway_graphql.execution.compiled.answer_places import Asked, asked_of

TYPES = """
type Query @join__type(graph: PRODUCTS) { things: [[Thing!]!] thing: Thing }
interface Thing @join__type(graph: PRODUCTS) { id: ID extra: [Int] of: Thing }
type Book implements Thing
  @join__implements(graph: PRODUCTS, interface: "Thing") @join__type(graph: PRODUCTS)
{ id: ID tags: [String] of: Thing }
"""


@pytest.fixture
def asked(supergraph_of, operation):
    return asked_of(
        operation(
            "__typename things { id ... on Book { tags extra of { id } } of { t: __typename } }"
            " thing { id }"
        ),
        supergraph_of(TYPES),
    )


def test_places_are_merged_over_types(asked):
    leaf = Asked()

    assert (
        Asked(
            fields={
                "__typename": leaf,
                "things": Asked(
                    lists=2,
                    fields={
                        "id": leaf,
                        "tags": Asked(lists=1),
                        "extra": Asked(lists=1),
                        "of": Asked(fields={"id": leaf, "t": leaf}),
                    },
                ),
                "thing": Asked(fields={"id": leaf}),
            }
        )
        == asked
    )
    assert asked.fields["things"].fields["of"] == asked.at(("things", "of"))
    assert leaf == asked.at(("things", "nothing", "id"))


@pytest.mark.parametrize(
    ("path", "length"),
    [
        (("things", 0, 1, "tags", 0), 5),
        (("things", 0, 1, "of", "id"), 5),
        (("things", "id"), 2),
        (("things", 0, 1, 2, "id"), 3),
        (("things", -1, 1), 1),
        (("thing", 0, "id"), 1),
        (("thing", "secret", "id"), 1),
        (("thing", "id", "x"), 2),
        ((0, "thing"), 0),
        ((), 0),
    ],
)
def test_a_path_ends_where_the_client_asked_for_nothing(asked, path, length):
    assert path[:length] == asked.cut(path)
