"""`select` is checked against types, and what it promises is what comes out."""

import pytest

from gateway_graphql.rest.definition.json_types import (
    ANYTHING,
    BOOLEAN,
    FLOAT,
    INT,
    STRING,
    Choice,
    Items,
    Member,
    Nullable,
    Record,
    Scalar,
)
from gateway_graphql.rest.definition.select import SelectInvalid, compile_select

AUTHOR = Record("Author", (Member("name", STRING), Member("born", Nullable(INT))))
BOOK = Record(
    "Book",
    (
        Member("id", Scalar("ID")),
        Member("title", STRING),
        Member("pages", Nullable(INT)),
        Member("authors", Nullable(Items(AUTHOR))),
        Member("main", AUTHOR),
        Member("matrix", Items(Items(INT))),
        Member("rows", Items(Nullable(Items(INT)))),
        Member("meta", Scalar("JSON")),
        Member(
            "found", Items(Choice((AUTHOR, Record("Genre", (Member("word", STRING),)))))
        ),
    ),
)
VALUE = {
    "id": "7",
    "title": "Dune",
    "pages": None,
    "authors": [{"name": "Frank", "born": 1920}, {"name": "Ghost", "born": None}],
    "main": {"name": "Frank", "born": 1920},
    "matrix": [[1, 2], [3]],
    "rows": [[1], None],
    "meta": {"tags": [{"name": "x"}]},
    "found": [{"name": "Frank", "born": 1920}, {"word": "NOVEL"}],
}


@pytest.mark.parametrize(
    ("expression", "type_", "value"),
    [
        ("title", STRING, "Dune"),
        ("main.born", Nullable(INT), 1920),
        ("to_number(id)", Nullable(FLOAT), 7),
        ("authors[].name", Nullable(Items(STRING)), ["Frank", "Ghost"]),
        ("authors[*].born", Nullable(Items(INT)), [1920]),
        ("authors[0]", Nullable(AUTHOR), VALUE["authors"][0]),
        ("authors[:1].name", Nullable(Items(STRING)), ["Frank"]),
        ("matrix[]", Items(INT), [1, 2, 3]),
        ("authors[?born].name | [0]", Nullable(STRING), "Frank"),
        ("pages || `1`", INT, 1),
        ("length(title) == `4`", BOOLEAN, True),
        ("rows[]", Items(INT), [1]),
        ("[pages, title]", Items(Nullable(Choice((INT, STRING)))), [None, "Dune"]),
        (
            "[found[0], title]",
            Items(
                Nullable(
                    Choice((AUTHOR, Record("Genre", (Member("word", STRING),)), STRING))
                )
            ),
            [VALUE["found"][0], "Dune"],
        ),
        ("meta.tags", ANYTHING, VALUE["meta"]["tags"]),
        ("meta.tags[0].name", ANYTHING, "x"),
        ("meta[0]", ANYTHING, None),
        ("meta.tags[].name", Nullable(Items(ANYTHING)), ["x"]),
        ("found[].word", Items(STRING), ["NOVEL"]),
        ("[title, id]", Items(Choice((STRING, Scalar("ID")))), ["Dune", "7"]),
        ("not_null(pages, `3`)", INT, 3),
        ("map(&to_string(@), not_null(matrix[0], `[1]`))", Items(STRING), ["1", "2"]),
        ("sort_by(matrix, &length(@))[0]", Nullable(Items(INT)), [3]),
        (
            "{t: title, who: main.{n: name}}",
            Record(
                "X",
                (
                    Member("t", STRING),
                    Member("who", Record("XWho", (Member("n", STRING),))),
                ),
            ),
            {"t": "Dune", "who": {"n": "Frank"}},
        ),
    ],
)
def test_an_expression_has_a_type_and_a_value(expression, type_, value):
    reshaping = compile_select(expression, BOOK, "X")

    assert (type_, value) == (reshaping.type, reshaping(VALUE))


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("author", "there is no field 'author' in Book"),
        ("authors.name", "'name' is asked of a list"),
        ("title.x", "'x' is asked of a value without fields"),
        ("title[0]", "a list is needed"),
        ("found[].nothing", "there is no field 'nothing'"),
        ("upper(title)", "there is no function upper"),
        ("join(title)", "takes 2 arguments"),
        ("join(`1`, matrix)", "is given what may be number"),
        ('join(`","`, matrix)', "items may be array"),
        ("sum(authors[].born)", "may be null"),
        ("abs(pages)", "may be null"),
        ("title.*", "needs an object"),
    ],
)
def test_what_would_be_null_or_fail_is_refused(expression, problem):
    with pytest.raises(SelectInvalid) as caught:
        compile_select(expression, BOOK, "X")

    assert problem in str(caught.value)
