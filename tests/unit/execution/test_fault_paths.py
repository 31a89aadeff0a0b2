from __future__ import annotations

from gateway_graphql.execution.compiled.answer_places import Asked
from gateway_graphql.execution.run.fault_paths import paths_at, paths_below


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
