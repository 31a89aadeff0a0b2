from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_graphql.execution.run.merging import apply_renames, copied, merge
from gateway_graphql.planning.plan import OnTypes, Rename


@pytest.mark.parametrize(
    ("tree", "data", "merged"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}),
        (
            {"a": [{"x": 1}, None]},
            {"a": [{"y": 2}, {"y": 3}]},
            {"a": [{"x": 1, "y": 2}, {"y": 3}]},
        ),
        ({"a": [[{"x": 1}]]}, {"a": [[{"y": 2}]]}, {"a": [[{"x": 1, "y": 2}]]}),
        ({"a": [1]}, {"a": [2, 3]}, {"a": [2, 3]}),
        ({"a": {"x": 1}}, {"a": None}, {"a": {"x": 1}}),
        ({"a": None}, {"a": {"x": 1}}, {"a": {"x": 1}}),
        ({"a": [{"x": 1}]}, {"a": [None]}, {"a": [{"x": 1}]}),
        ({}, {"a": None}, {"a": None}),
        ({"a": {"x": 1}}, {"a": 7}, {"a": 7}),
    ],
)
def test_objects_merge_and_null_replaces_nothing(tree, data, merged):
    merge(tree, data, ())

    assert merged == tree


def test_an_object_types_name_is_not_replaced_by_an_interfaces():
    tree = {"a": {"__typename": "Laptop"}, "b": {"__typename": "Product"}}
    merge(
        tree,
        {"a": {"__typename": "Product"}, "b": {"__typename": "Laptop"}},
        {"Laptop"},
    )

    assert {"a": {"__typename": "Laptop"}, "b": {"__typename": "Laptop"}} == tree


JSON_OBJECTS = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(
        st.one_of(st.none(), st.integers(0, 2)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=2),
            st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        ),
    ),
)


@settings(deadline=None)
@given(JSON_OBJECTS)
def test_merging_the_same_twice_changes_nothing(data):
    tree = copied(data)
    merge(tree, copied(data), ())

    assert data == tree


@settings(deadline=None)
@given(JSON_OBJECTS, JSON_OBJECTS)
def test_nothing_that_was_there_becomes_null_or_absent(tree, data):
    before = copied(tree)
    merge(tree, data, ())

    assert {key for key, value in before.items() if value is not None} <= {
        key for key, value in tree.items() if value is not None
    }


def test_a_copy_shares_nothing():
    original = {"a": [{"b": 1}]}
    copy = copied(original)
    copy["a"][0]["b"] = 2

    assert {"a": [{"b": 1}]} == original


def test_internal_aliases_get_their_real_keys():
    data = {
        "e": [
            {"__typename": "A", "x": {"_1": 1}},
            {"__typename": "B", "x": {"_1": 2}},
            None,
            {"__typename": "A", "x": None},
        ],
        "_2": {"p": 1},
        "root": {"q": 2},
    }
    apply_renames(
        data,
        (
            Rename(("e", "@", OnTypes(("A",)), "x"), "_1", "one"),
            Rename((), "_2", "root"),
        ),
        (),
    )

    assert {
        "e": [
            {"__typename": "A", "x": {"one": 1}},
            {"__typename": "B", "x": {"_1": 2}},
            None,
            {"__typename": "A", "x": None},
        ],
        "root": {"p": 1, "q": 2},
    } == data
