"""Places: removed, marked, added to."""

from graphql import parse

from gateway_graphql.language.from_ast import selections_from_node
from gateway_graphql.language.operation import Field, Operation, OperationKind
from gateway_graphql.language.printing import print_operation
from gateway_graphql.language.pruning import (
    Addition,
    OnType,
    extend,
    path_of,
    prune,
    withhold,
)


def operation(text):
    (definition,) = parse(text).definitions
    selections = selections_from_node(definition.selection_set)
    return Operation(OperationKind.QUERY, None, (), selections)


def pruned(text, *places):
    return print_operation(prune(operation(text), places))


def marked(selections, path=()):
    for selection in selections:
        if isinstance(selection, Field):
            here = (*path, selection.response_key)
            if selection.is_withheld:
                yield ".".join(here)
            yield from marked(selection.selections, here)
        else:
            yield from marked(selection.selections, path)


def test_a_field_is_removed_with_all_below_it():
    assert "query { c }" == pruned("{ a { b } c }", ("a",))


def test_a_place_is_a_response_key_under_its_type_conditions():
    text = "{ n { x ... on A { x y } ... on B { x } } }"

    assert "query { n { x ... on A { y } ... on B { x } } }" == pruned(
        text, ("n", OnType("A"), "x")
    )
    assert "query { n { ... on A { x y } ... on B { x } } }" == pruned(text, ("n", "x"))


def test_a_fragment_goes_with_its_last_field():
    assert "query { n { x } }" == pruned(
        "{ n { x ... on A { y } } }", ("n", OnType("A"), "y")
    )


def test_an_object_without_fields_is_still_asked_for():
    assert "query { a { __typename } c }" == pruned("{ a { b } c }", ("a", "b"))


def test_nothing_is_left_when_all_leaves_are_gone():
    assert (
        ()
        == prune(operation("{ a { b { c } } d }"), [("a", "b", "c"), ("d",)]).selections
    )


def test_places_that_are_not_there_change_nothing():
    assert "query { a { b } }" == pruned("{ a { b } }", ("a", "x"), ("z",))


def test_withheld_fields_are_marked_with_all_below():
    found = withhold(
        operation("{ a { b ... on T { c { d } } } e { f } }"),
        [("a", OnType("T"), "c"), ("e", "f")],
    )

    assert ["a.c", "a.c.d", "e.f"] == list(marked(found.selections))


def test_additions_go_where_their_selection_set_is():
    key = Field("id", "_key")
    additions = [
        Addition(("a",), key),
        Addition(("a",), key),
        Addition(("n", OnType("T")), key),
        Addition(("gone",), key),
    ]

    assert "query { a { b _key: id } n { ... on T { c _key: id } } }" == (
        print_operation(
            extend(operation("{ a { b } n { ... on T { c } } }"), additions)
        )
    )


def test_a_path_has_no_type_conditions():
    assert ("a", "b") == path_of(("a", OnType("T"), "b"))
