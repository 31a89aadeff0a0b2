from __future__ import annotations

import pytest

from gateway_graphql.execution.compiled.answer_places import Asked
from gateway_graphql.execution.compiled.fetch_places import (
    entity_places,
    nearest_parent,
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
