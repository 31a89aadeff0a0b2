from __future__ import annotations

import pytest

from gateway_graphql.planning.freeze import merge_fields
from gateway_graphql.planning.plan import RepresentationField


def field(name, *fields, is_key=False, on_types=None):
    return RepresentationField(name, name, fields, on_types, is_key)


@pytest.mark.parametrize(
    "fields",
    [
        (field("id", is_key=True), field("id")),
        (field("id"), field("id", is_key=True)),
    ],
)
def test_what_is_required_beside_being_a_key_stays_a_key(fields):
    assert (field("id", is_key=True),) == merge_fields(fields)


def test_what_is_wanted_of_one_object_by_several_is_one_field():
    merged = merge_fields(
        [
            field("of", field("id", is_key=True), is_key=True),
            field("of", field("name"), field("id")),
        ]
    )

    assert (
        field("of", field("id", is_key=True), field("name"), is_key=True),
    ) == merged


def test_fields_for_unlike_types_stay_apart():
    fields = (field("name", on_types=("Cat",)), field("name", on_types=("Dog",)))

    assert fields == merge_fields(fields)
