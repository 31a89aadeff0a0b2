from gateway_graphql.exchange import JSON
from gateway_graphql.execution.compiled.selected_keys import (
    drop_unselected,
    selected_keys,
)
from tests.subgraph_operations import sent


def taken(text: str, data: JSON) -> JSON:
    drop_unselected(data, selected_keys(sent(text).selections))
    return data


def test_a_subgraph_gives_what_it_was_asked_for_and_no_more():
    data = {"me": {"name": "Ann", "id": "9", "orders": [{"no": 1, "paid": True}, None]}}

    assert {"me": {"name": "Ann", "orders": [{"no": 1}, None]}} == taken(
        "{ me { name orders { no } } }", data
    )


def test_fields_on_any_type_may_come():
    data = {"found": [{"pages": 3, "id": "1"}, {"minutes": 4}]}

    assert {"found": [{"pages": 3}, {"minutes": 4}]} == taken(
        "{ found { ... on Book { pages } ... on Film { minutes } } }", data
    )


def test_the_value_of_a_scalar_is_taken_as_it_is():
    data = {"settings": {"any": {"thing": [1]}}, "other": 1}

    assert {"settings": {"any": {"thing": [1]}}} == taken("{ settings }", data)


def test_an_object_may_tell_its_type_unasked():
    assert {"me": {"__typename": "User"}} == taken(
        "{ me { id } }", {"me": {"__typename": "User"}}
    )


def test_selections_of_one_key_are_taken_together():
    data = {"me": {"id": "1", "name": "Ann"}}

    assert {"me": {"id": "1", "name": "Ann"}} == taken(
        "{ me { id } ... on Query { me { name } } }", data
    )
