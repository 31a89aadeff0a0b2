from __future__ import annotations

from gateway_graphql.execution.run.entities import Batch, collect_batch, represent
from gateway_graphql.planning.plan import EntityInput, OnTypes, RepresentationField

ID = RepresentationField("id", "id", is_key=True)


def entity_input(*paths, requires=(ID,), typename=None):
    return EntityInput("_entities", "r", paths, requires, typename)


def test_equal_representations_are_one_and_remember_every_place():
    tree = {
        "a": [
            {"__typename": "P", "id": 1},
            [{"__typename": "P", "id": 1}],
            {"__typename": "P", "id": 2},
        ],
        "b": {"c": {"__typename": "P", "id": 2}},
    }
    batch = collect_batch(
        tree, entity_input(("a", "@"), ("a", "@", "@"), ("b", "c"), ("b", "none"))
    )

    assert (
        Batch(
            [{"__typename": "P", "id": 1}, {"__typename": "P", "id": 2}],
            [
                [(tree["a"][0], ("a", 0)), (tree["a"][1][0], ("a", 1, 0))],
                [(tree["a"][2], ("a", 2)), (tree["b"]["c"], ("b", "c"))],
            ],
        )
        == batch
    )


def test_only_objects_of_the_types_on_the_path_are_collected():
    tree = {
        "a": [
            {"__typename": "Cat", "of": {"id": 1}},
            {"__typename": "Dog", "of": {"id": 2}},
            {"of": {"id": 3}},
        ]
    }
    batch = collect_batch(
        tree, entity_input(("a", "@", OnTypes(("Cat", "Fox")), "of"), typename="Owner")
    )

    assert [{"__typename": "Owner", "id": 1}] == batch.representations


def test_the_answer_goes_to_every_place_and_is_shared_by_none():
    tree = {"a": [{"__typename": "P", "id": 1}, {"__typename": "P", "id": 1}]}
    batch = collect_batch(tree, entity_input(("a", "@")))
    batch.merge([{"x": {"y": [1]}}], {"P"})
    tree["a"][0]["x"]["y"].append(2)

    assert {
        "a": [
            {"__typename": "P", "id": 1, "x": {"y": [1, 2]}},
            {"__typename": "P", "id": 1, "x": {"y": [1]}},
        ]
    } == tree


def test_an_answer_misses_the_objects_it_has_nothing_usable_for():
    tree = {"a": [{"__typename": "P", "id": 1}, {"__typename": "P", "id": 2}]}
    batch = collect_batch(tree, entity_input(("a", "@")))

    assert [] == list(batch.missed_by([None, {}]))
    assert [("a", 1)] == [path for _, path in batch.missed_by([None, 7])]
    assert [("a", 0), ("a", 1)] == [path for _, path in batch.missed_by([None])]
    assert [("a", 0), ("a", 1)] == [path for _, path in batch.missed_by("no list")]


def nested(*fields, is_key=False):
    return entity_input(
        ("a",),
        requires=(RepresentationField("of", "_of", fields, is_key=is_key),),
        typename="P",
    )


def test_members_are_copied_from_their_keys_in_objects_and_lists():
    wanted = nested(RepresentationField("unit", "_unit"))

    assert {"__typename": "P", "of": {"unit": "g"}} == represent(
        {"_of": {"_unit": "g", "other": 1}}, wanted
    )
    assert {"__typename": "P", "of": [{"unit": None}, None]} == represent(
        {"_of": [{"_unit": None}, None]}, wanted
    )


def test_a_field_for_other_types_is_left_out():
    wanted = nested(
        RepresentationField("a", "a", on_types=("A",)),
        RepresentationField("b", "b", on_types=("B",)),
    )

    assert {"__typename": "P", "of": {"b": 1}} == represent(
        {"_of": {"__typename": "B", "b": 1}}, wanted
    )


def test_a_required_field_may_be_null_a_key_field_may_not():
    member = RepresentationField("id", "id", is_key=True)

    assert {"__typename": "P", "of": None} == represent({"_of": None}, nested(ID))
    assert represent({"_of": None}, nested(ID, is_key=True)) is None
    assert represent({"_of": {"id": None}}, nested(member, is_key=True)) is None


def test_what_is_absent_is_never_asked_for():
    required = RepresentationField("x", "x")

    assert represent({}, nested(required)) is None
    assert represent({"_of": {}}, nested(required)) is None
    assert represent({"_of": [{"x": 1}, {}]}, nested(required)) is None
    assert represent({"_of": 7}, nested(required)) is None
    assert represent({"id": 1}, entity_input(("a",))) is None


def test_an_object_in_a_representation_has_its_type_where_that_is_known():
    wanted = RepresentationField(
        "carried",
        "carried",
        (
            RepresentationField("__typename", "__typename"),
            RepresentationField("breed", "breed", on_types=("Dog",)),
            RepresentationField("size", "size"),
        ),
    )
    tree = {
        "__typename": "Trip",
        "carried": [
            {"__typename": "Dog", "breed": "Corgi", "size": 1},
            {"__typename": "Bike", "size": 2},
            {"size": 3},
        ],
    }

    assert {**tree} == represent(tree, EntityInput("e", "r", (), (wanted,)))
