"""`docs/concepts/planning.md` shows what really happens."""

import doctest
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "concepts" / "planning.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


RUN = "from gateway_graphql.cli import main; main()"


def blocks(language):
    return [(name, text) for kind, name, text in BLOCKS if kind == language]


@pytest.mark.parametrize(("name", "text"), blocks("graphql"))
def test_files_are_shown_as_they_are(name, text):
    assert (ROOT / name).read_text(encoding="utf-8") == text


def test_python_says_what_the_page_says(monkeypatch):
    monkeypatch.chdir(ROOT)
    session = "\n".join(text for _, text in blocks("pycon"))
    test = doctest.DocTestParser().get_doctest(session, {}, "planning.md", None, 0)
    report = []

    assert (0, []) == (
        doctest.DocTestRunner().run(test, out=report.append).failed,
        report,
    )


@pytest.mark.parametrize("text", [text for _, text in blocks("console")])
def test_commands_print_what_the_page_says(text):
    command, expected = text.split("\n", 1)
    _, program, *arguments = shlex.split(command)
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ("gateway-graphql", 0, expected) == (program, done.returncode, done.stdout)


def test_the_page_shows_every_kind_of_block():
    assert (2, 3, 3) == (
        len(blocks("graphql")),
        len(blocks("pycon")),
        len(blocks("console")),
    )
