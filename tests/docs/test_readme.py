"""The README's commands do what it says."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_plan_in_the_readme_is_what_its_command_prints():
    text = (ROOT / "README.md").read_text()
    (found,) = re.findall(
        r"^\$ \.venv/bin/gateway-graphql (plan .*)\n(.*)$", text, re.MULTILINE
    )
    command, first_line = found
    run = "from gateway_graphql.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", run, *shlex.split(command)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    assert first_line == done.stdout.splitlines()[0]
