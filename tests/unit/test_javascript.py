"""Tests bring their own Node.js."""

import sys

from tests import javascript


def test_node_comes_from_this_environment_whatever_the_machine_has(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("PATH", "/nowhere")
    done = javascript.node("-p", "process.execPath", cwd=tmp_path)

    assert done.stdout.startswith(sys.prefix)


def test_what_npm_starts_finds_the_same_node(tmp_path):
    script = '{"scripts": {"which": "node -p process.execPath"}}'
    (tmp_path / "package.json").write_text(script)
    done = javascript.npm("run", "--silent", "which", cwd=tmp_path)

    assert done.stdout.startswith(sys.prefix), done.stderr
