"""Endpoints are checked at start, and complaints say where."""

import pytest

from gateway_graphql.errors import ConfigInvalid
from gateway_graphql.rest import read_endpoints

GOOD = """
query Book($id: ID!) @rest(path: "/books/{id}", unwrap: "book") {
  book(id: $id) { ...Cover }
}
fragment Cover on Book { id title }
"""


def complaint(library, operations):
    settings = library.settings(operations)
    (path,) = settings.paths
    with pytest.raises(ConfigInvalid) as caught:
        read_endpoints(settings.paths, library.world())
    return str(caught.value).replace(f"{path}:", "")


def rest(arguments, *, head="query Book($id: ID!)", body="{ book(id: $id) { title } }"):
    return f"{head} @rest({arguments}) {body}"


def test_an_endpoint_is_an_operation_without_its_directives(library):
    settings = library.settings(GOOD)

    (endpoint,) = read_endpoints(settings.paths, library.world(), prefix="/api")

    assert (
        "query Book($id: ID!) {\n  book(id: $id) {\n    ...Cover\n  }\n}\n\n"
        "fragment Cover on Book {\n  id\n  title\n}"
    ) == endpoint.text
    assert ("GET", "/api/books/{id}") == (endpoint.method, endpoint.path.text)


def test_a_folder_is_read_whole_and_fragments_are_shared(library, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "one.graphql").write_text(
        'query One @rest(path: "/one") { book(id: 1) { ...Cover } }'
    )
    (tmp_path / "cover.graphql").write_text("fragment Cover on Book { id }")

    (endpoint,) = read_endpoints([tmp_path], library.world())

    assert "fragment Cover" in endpoint.text


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        (
            rest('path: "/b/{id}"', body="{ book(id: $id) { titel } }"),
            (
                "1:63: Cannot query field 'titel' on type 'Book'. "
                "Did you mean 'title' or 'notes'?"
            ),
        ),
        (
            rest('path: "/b/{isbn}"'),
            (
                "1:34: The path has '{isbn}', and the operation no variable '$isbn' "
                "that is not from the body."
            ),
        ),
        (
            rest('path: "/b/{id}", unwrap: "buch"'),
            "1:53: `unwrap`: 'buch' is not selected; there are book.",
        ),
        (
            rest('path: "/b/{id}", unwrap: "book", select: "{t: titel}"'),
            "1:69: `select`: there is no field 'titel' in Book; there are title.",
        ),
        (
            rest('path: "/b/{id}", unwrap: "book", select: "title ||"'),
            (
                "1:69: `select`: Invalid jmespath expression: Incomplete expression: "
                '"title ||".'
            ),
        ),
        (
            rest('path: "/b/{id}", unwrap: "book", select: "sum(title)"'),
            "1:69: `select`: sum() takes array, and is given what may be string.",
        ),
        (
            rest(
                'path: "/b/{id}", select: "length(book.title)"',
            ),
            (
                "1:53: `select`: length() takes array or object or string, and is given "
                "what may be null."
            ),
        ),
        (
            rest('path: "/b/{id}", select: "book[0]"'),
            "1:53: `select`: a list is needed before `[`.",
        ),
        (rest('path: "b"'), "1:34: `path`: a path begins with '/'."),
        (
            rest('path: "/b x"'),
            (
                "1:34: `path`: the segment 'b x' is neither letters, digits and ._~- "
                "nor '{name}'."
            ),
        ),
        (
            rest('path: "/b/{id}", pfad: "/c"'),
            (
                "1:45: @rest has no argument 'pfad'; there are path, method, unwrap, "
                "select, status, cache, partial, location, errors, tags, examples, "
                "deprecated."
            ),
        ),
        (rest('path: "/b/{id}", status: 404'), "1:53: 404 is not a status of success."),
        (
            rest('path: "/b/{id}", errors: [{code: "A", status: 200}]'),
            "1:53: 200 is not a status of failure.",
        ),
        (
            rest('path: "/b/{id}", cache: "a week"'),
            "1:52: `cache` is a Cache-Control header, like 'public, max-age=60'.",
        ),
        (
            rest(
                'path: "/b/{id}", location: "/b/{id}"',
            ),
            (
                "1:55: `location` has '{id}', and the answer no such member that is one "
                "value and not null."
            ),
        ),
        (
            rest('path: "/b/{id}", deprecated: {since: "soon"}'),
            "1:57: A day is like 2026-01-31.",
        ),
        (
            rest('path: "/b/{id}", examples: {isbn: 1}'),
            "1:55: `examples` is an object with values of the operation's variables.",
        ),
        (
            rest('path: "/b/{id}", examples: {id: true}'),
            "1:12: The example of '$id': expected a value of type ID.",
        ),
        (
            rest('path: "/b/{id}"', head="query Book($id: ID! @body)"),
            "1:12: A GET has no body; take @body away.",
        ),
        (
            rest('path: "/b", method: POST', head="query Book($id: ID! @body(of: 1))"),
            "1:27: @body has no argument 'of'; there are none.",
        ),
        (
            'mutation Touch @rest(path: "/t") { touch }',
            "1:16: A mutation needs a method other than GET.",
        ),
        (
            (
                'query Books($f: BookFilter!) @rest(path: "/b/{f}")'
                " { books(filter: $f) { totalCount } }"
            ),
            "1:13: '$f' is in the path, so it must be one value and not null.",
        ),
        (
            (
                'query Add($b: NewBook!) @rest(path: "/b")'
                " { find(text: $b) { __typename } }"
            ),
            (
                "1:11: Variable '$b' of type 'NewBook!' used in position expecting type "
                "'String!'."
            ),
        ),
        ("query Plain { touch: __typename }", "1:1: The operation has no @rest."),
        (
            'query @rest(path: "/a") { __typename }',
            "1:1: An endpoint's operation has a name.",
        ),
        ("type A { a: Int }", "1:1: Only operations can be served."),
        ("query {", "1:8: Syntax Error: Expected Name, found <EOF>."),
    ],
)
def test_what_is_wrong_is_told_with_its_place(library, operations, expected):
    assert expected == complaint(library, operations)


def test_all_problems_are_told_at_once(library):
    first = rest('path: "/b/{id}", status: 1')
    second = rest('path: "/c"', head="query Other($id: ID!)", body="{ nothing }")

    told = complaint(library, f"{first}\n{second}")

    assert [
        "1:53: 1 is not a status of success.",
        "2:13: Variable '$id' is never used in operation 'Other'.",
        "2:43: Cannot query field 'nothing' on type 'Query'.",
    ] == told.splitlines()


def test_two_endpoints_have_two_names_and_two_addresses(library):
    one = 'query One($id: ID!) @rest(path: "/b/{id}") { book(id: $id) { id } }'
    other = one.replace("{id}", "{isbn}").replace("$id", "$isbn")

    told = complaint(library, f"{one}\n{other}")

    assert [
        "2:1: this has the name 'One', as has 'One' at 1:1.",
        "2:1: this has the address GET /b/{isbn}, as has 'One' at 1:1.",
        "2:1: this has a path that differs only by names in braces, as has 'One' at 1:1.",
    ] == told.splitlines()


def test_a_path_of_the_gateway_itself_is_refused(library):
    with pytest.raises(ConfigInvalid, match="the path /health/ready is taken"):
        library.serve('query Ready @rest(path: "/health/ready") { __typename }')
