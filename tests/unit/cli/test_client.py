"""`gateway-graphql client` as a shell sees it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SUPERGRAPH = Path(__file__).parents[2] / "data" / "shop.graphql"
OPERATION = 'query Books @rest(path: "/books", unwrap: "books") { books { title } }'


@pytest.fixture
def client(tmp_path):
    (tmp_path / "books.graphql").write_text(OPERATION)
    (tmp_path / "gateway.yaml").write_text(
        f"supergraph: {SUPERGRAPH}\n"
        "rest: {endpoints: [books.graphql], title: Books, prefix: /api}\n"
    )

    def run(*options):
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from gateway_graphql.cli import main; main()",
                "client",
                "--config",
                "gateway.yaml",
                *options,
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stderr

    return run


def test_both_kinds_are_written(client, tmp_path):
    done = client(
        "--python", "books.py", "--postman", "b.json", "--base-url", "http://b"
    )

    assert (0, "Wrote books.py\nWrote b.json\n") == done
    assert "def books(self) -> list[Book]:" in (tmp_path / "books.py").read_text()
    assert "http://b" in (tmp_path / "books.py").read_text()
    collection = json.loads((tmp_path / "b.json").read_text())
    assert (
        "{{baseUrl}}/api/books"
        == (collection["item"][0]["item"][0]["request"]["url"]["raw"])
    )


def test_nothing_to_write_is_an_error(client):
    assert (
        1,
        "error: Say what to write: --python FILE, --postman FILE.\n",
    ) == client()


def test_a_wrong_endpoint_is_an_error_with_its_place(client, tmp_path):
    (tmp_path / "books.graphql").write_text(OPERATION.replace("title", "titel"))

    code, errors = client("--postman", "b.json")

    assert 1 == code
    assert "books.graphql:1:62: Cannot query field 'titel'" in errors
