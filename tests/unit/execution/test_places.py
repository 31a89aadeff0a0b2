from __future__ import annotations

import pytest

from gateway_graphql.execution.compiled.answer_places import Asked
from gateway_graphql.execution.compiled.fetch_places import (
    entity_places,
    nearest_parent,
    paths_at,
    paths_below,
    root_places,
)
from gateway_graphql.planning.plan import (
    EntityInput,
    FetchNode,
    OnTypes,
    Rename,
)
from tests.subgraph_operations import sent


def fetch(text, *entities, renames=()):
    return FetchNode(
        0,
        "s",
        "entity" if entities else "root",
        sent(text),
        entities,
        renames=renames,
    )


def test_a_root_fetch_is_there_for_the_clients_root_fields():
    node = fetch(
        "query Named { a { x } ... on Query { _1: b } internal }",
        renames=(Rename((), "_1", "c"),),
    )

    assert (("a",), ("c",)) == root_places(
        node, Asked(fields={"a": Asked(), "c": Asked(), "d": Asked()})
    )


def test_an_entity_fetch_is_there_for_the_clients_fields_at_each_path():
    entities = EntityInput("e1", "r1", (("a", "@"), ("b", OnTypes(("T",)), "c")), ())
    node = fetch(
        "query($r1: [_Any!]!) { e0: _entities(representations: []) { x }"
        " e1: _entities(representations: $r1)"
        " { __typename ... on T { x _1: y { z } id } } }",
        entities,
        renames=(Rename(("e1", "@", OnTypes(("T",))), "_1", "y"),),
    )
    asked = Asked(
        fields={
            "a": Asked(lists=1, fields={"x": Asked(), "y": Asked()}),
            "b": Asked(fields={"c": Asked(fields={"x": Asked()})}),
        }
    )

    assert (("a", "x"), ("a", "y"), ("b", "c", "x")) == entity_places(
        node, entities, asked
    )


@pytest.mark.parametrize(
    ("paths", "parent"),
    [
        ([("a", "@", "b")], ("a",)),
        ([("a", OnTypes(("T",)), "b")], ("a", "b")),
        ([("a", "b", "@"), ("a", "c")], ("a",)),
        ([("a", "b"), ("a", "b", "c")], ("a", "b")),
        ([("a",), ("b",)], ()),
        ([], ()),
    ],
)
def test_the_nearest_parent_of_all_is_what_paths_share_above_lists(paths, parent):
    assert parent == nearest_parent(paths)


@pytest.mark.parametrize("text", ["{ a }", "fragment F on T { a }"])
def test_a_text_that_does_not_fit_its_fetch_is_a_bug(text):
    entities = EntityInput("e0", "r0", (("a",),), ())

    with pytest.raises(AssertionError):
        entity_places(fetch(text, entities), entities, Asked())


def test_a_place_of_an_object_is_a_path_with_its_list_indices():
    occurrences = [({}, ("a", 0, "b")), ({}, ("a", 2, "b")), ({}, ("c",))]

    assert [("a", 0, "b", "x"), ("a", 2, "b", "x"), ("c", "y")] == list(
        paths_at(occurrences, (("a", "b", "x"), ("c", "y"), ("d", "z")))
    )


def test_a_place_further_down_is_followed_through_the_lists_that_are_there():
    asked = Asked(
        fields={
            "a": Asked(
                lists=1,
                fields={
                    "b": Asked(lists=1, fields={"x": Asked()}),
                    "c": Asked(fields={"d": Asked(lists=1, fields={"x": Asked()})}),
                    "y": Asked(),
                },
            )
        }
    )
    node = {"b": [{"id": 1}, None, {"id": 2}]}
    places = (("a", "b", "x"), ("a", "c", "d", "x"), ("a", "y"))

    assert [
        ("a", 3, "b", 0, "x"),
        ("a", 3, "b", 2, "x"),
        # The list is not there, so its items cannot be told.
        ("a", 3, "c", "d"),
        ("a", 3, "y"),
    ] == list(paths_below([(node, ("a", 3))], places, asked))


def test_a_place_beside_the_object_has_the_indices_that_both_share():
    asked = Asked(
        fields={
            "a": Asked(lists=1, fields={"x": Asked(), "b": Asked(fields={})}),
        }
    )

    assert [("a", 1, "x")] == list(
        paths_below([({}, ("a", 1, "b"))], (("a", "x"),), asked)
    )
    assert [("a",)] == list(paths_below([({}, ("e", 1))], (("a", "x"),), asked))


def test_an_absent_list_and_a_null_give_no_path_into_them():
    asked = Asked(fields={"l": Asked(lists=1, fields={"x": Asked()})})

    assert [("l",)] == list(paths_below([({}, ())], (("l", "x"),), asked))
    assert [] == list(paths_below([({"l": None}, ())], (("l", "x"),), asked))


def test_below_what_is_unknown_a_path_ends_at_the_next_list():
    below = Asked(lists=1, fields={"x": Asked()})
    asked = Asked(fields={"b": Asked(), "a": Asked(fields={"l": below})})
    beside = [({}, ("b",))]

    assert [("a", "l")] == list(paths_below(beside, (("a", "l", "x"),), asked))
    assert [("a", "l")] == list(paths_below(beside, (("a", "l"),), asked))
