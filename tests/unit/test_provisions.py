"""What a machine lacks is said, with what to install."""

import pytest

from tests import provisions

NEEDED = [("redis-server", None), ("chromium", None), ("no-initdb", "postgresql")]


@pytest.mark.parametrize(("name", "package"), NEEDED)
@pytest.mark.parametrize(
    ("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)]
)
def test_a_program_that_is_missing_is_named_with_its_package(
    monkeypatch, name, package, ci, outcome
):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome) as told:
        provisions.program(name, package)

    assert f"{name} not found: apt-get install {package or name}" == str(told.value)


def test_a_program_that_is_there_is_found(tmp_path, monkeypatch):
    (tmp_path / "tool").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert str(tmp_path / "tool") == provisions.program("tool")
