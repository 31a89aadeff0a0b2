"""The commands as a shell sees them: output, error output, exit status."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

SUPERGRAPH = Path(__file__).parents[2] / "data" / "shop.graphql"
LINK = """extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
"""
A = (
    LINK
    + 'type Query { a: Thing }\ntype Thing @key(fields: "id") { id: ID! size: Int }'
)
B = LINK + 'type Thing @key(fields: "id") { id: ID! weight: Int }'
CLASH = LINK + 'type Thing @key(fields: "id") { id: ID! size: Int }'


@pytest.fixture
def cli(tmp_path):
    def run(*arguments):
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from gateway_graphql.cli import main; main()",
                *map(str, arguments),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def config(tmp_path):
    def write(**sdls):
        lines = ["subgraphs:"]
        for name, sdl in sdls.items():
            (tmp_path / f"{name}.graphql").write_text(sdl)
            lines.append(f"  {name}: {{url: http://{name}/, schema: {name}.graphql}}")
        path = tmp_path / "gateway.yaml"
        path.write_text("\n".join(lines))
        return path

    return write


def test_the_version_is_printed(cli):
    assert (0, f"gateway-graphql {version('gateway-graphql')}\n", "") == cli(
        "--version"
    )


def test_an_unknown_option_is_wrong_usage(cli):
    code, _, errors = cli("serve", "--nonsense")

    assert 2 == code
    assert "--nonsense" in errors


def test_compose_writes_the_supergraph(cli, config, tmp_path):
    code, output, _ = cli("compose", "--config", config(a=A, b=B), "-o", "out.graphql")

    assert (0, "") == (code, output)
    assert "join__Graph" in (tmp_path / "out.graphql").read_text()


def test_compose_prints_the_supergraph_without_a_file_to_write(cli, config):
    code, output, _ = cli("compose", "--config", config(a=A, b=B))

    assert 0 == code
    assert "join__Graph" in output


def test_compose_tells_every_error_with_code_coordinate_and_subgraphs(
    cli, config, tmp_path
):
    code, output, errors = cli(
        "compose", "--config", config(a=A, c=CLASH), "-o", "out.graphql"
    )

    assert (1, "") == (code, output)
    assert "error: INVALID_FIELD_SHARING at Thing.size in a, c" in errors
    assert not (tmp_path / "out.graphql").exists()


def test_compose_reports_errors_to_machines(cli, config):
    code, output, errors = cli("compose", "--config", config(a=A, c=CLASH), "--json")
    report = json.loads(output)

    assert (1, "") == (code, errors)
    assert report["supergraphSdl"] is None
    assert [("INVALID_FIELD_SHARING", "Thing.size", ["a", "c"])] == [
        (error["code"], error["coordinate"], error["subgraphs"])
        for error in report["errors"]
    ]


def test_compose_reports_success_to_machines(cli, config):
    code, output, _ = cli("compose", "--config", config(a=A, b=B), "--json")
    report = json.loads(output)

    assert 0 == code
    assert "join__Graph" in report["supergraphSdl"]
    assert [] == report["errors"]


def test_compose_names_a_subgraph_that_cannot_be_asked(cli, tmp_path):
    path = tmp_path / "gateway.yaml"
    path.write_text("subgraphs: {a: {url: 'http://127.0.0.1:1/graphql'}}")

    assert (1, "", "error: Subgraph 'a' could not be reached.\n") == cli(
        "compose", "--config", path
    )


@pytest.fixture
def operation(tmp_path):
    path = tmp_path / "operation.graphql"
    path.write_text("{ book(id: 1) { title stars } }")
    return path


def test_plan_prints_json(cli, operation):
    code, output, _ = cli(
        *("plan", "--supergraph", SUPERGRAPH, "--operation", operation),
        *("--format", "json"),
    )
    fetches = json.loads(output)["fetches"]

    assert 0 == code
    assert [
        (0, "books", "root", []),
        (1, "reviews", "entity", [0]),
    ] == [(f["id"], f["subgraph"], f["kind"], f["after"]) for f in fetches]
    assert "book" == fetches[1]["path"]


@pytest.mark.parametrize(
    ("form", "expected"), [("text", "reviews"), ("mermaid", "flowchart")]
)
def test_plan_prints_for_people(cli, operation, form, expected):
    code, output, _ = cli(
        *("plan", "--supergraph", SUPERGRAPH, "--operation", operation),
        *("--format", form),
    )

    assert 0 == code
    assert expected in output


def test_plan_explains_itself(cli, operation):
    assert (
        0,
        """\
2 requests, 2 in the longest chain

[0] books
    brings  book, book.title (nobody else could)
    gives   book.id to [1], as a key

[1] reviews, after [0]
    brings  book.stars (nobody else could)
""",
        "",
    ) == cli(
        *("plan", "--supergraph", SUPERGRAPH, "--operation", operation), "--explain"
    )


def test_plan_explains_itself_to_programs(cli, operation):
    code, output, _ = cli(
        *("plan", "--supergraph", SUPERGRAPH, "--operation", operation),
        *("--explain", "--format", "json"),
    )
    books, _ = json.loads(output)["fetches"]

    assert 0 == code
    assert [
        {"path": "book.id", "field": "Book.id", "to": 1, "as": "key", "requiredBy": []}
    ] == books["gives"]


def test_a_chart_has_no_room_for_explanations(cli, operation):
    code, output, errors = cli(
        *("plan", "--supergraph", SUPERGRAPH, "--operation", operation),
        *("--explain", "--format", "mermaid"),
    )

    assert (2, "") == (code, output)
    assert "--explain is for the formats text and json" in errors


def test_plan_knows_active_labels(cli, operation):
    case = Path(__file__).parents[2] / "cases" / "plans" / "override-label-on"
    operation.write_text("{ books { stars } }")
    command = (
        *("plan", "--supergraph", case / "supergraph.graphql"),
        *("--operation", operation),
    )

    assert "reviews" not in cli(*command)[1]
    assert "reviews" in cli(*command, "--override-label", "percent(5)")[1]


def test_plan_says_what_is_wrong_with_an_operation(cli, operation):
    operation.write_text("{ nonsense }")

    assert (
        1,
        "",
        "error: 1:3: Cannot query field 'nonsense' on type 'Query'.\n",
    ) == cli("plan", "--supergraph", SUPERGRAPH, "--operation", operation)


def test_plan_names_a_file_that_cannot_be_read(cli, operation):
    code, _, errors = cli(
        "plan", "--supergraph", "absent.graphql", "--operation", operation
    )

    assert 1 == code
    assert errors.startswith("error: absent.graphql cannot be read")


def test_serve_without_a_supergraph_says_how_to_give_one(cli):
    code, _, errors = cli("serve")

    assert 1 == code
    assert errors.startswith("error: There is no supergraph to serve: name")
