"""`docs/concepts/architecture.md` shows the rooms, the floors and the walk of the code."""

import ast
import importlib
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "gateway_graphql"
PAGE = (ROOT / "docs" / "concepts" / "architecture.md").read_text()
ROOMS, FLOORS = re.findall(r"^```\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


class Step(NamedTuple):
    """A row of the walk."""

    path: str
    entry: str
    types: tuple[str, ...]

    @property
    def room(self):
        return self.path.partition("/")[0]

    @property
    def module(self):
        name = self.path.removesuffix(".py").replace("/", ".")
        return importlib.import_module(f"gateway_graphql.{name}")

    @property
    def tree(self):
        return ast.parse((PACKAGE / self.path).read_text())

    def leads_to(self, other):
        """Whether this file imports something of the other, and calls where it enters."""
        found = vars(self.module).values()
        imports = {getattr(one, "__module__", None) for one in found}
        calls = {
            getattr(node.func, "attr", getattr(node.func, "id", ""))
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Call)
        }
        owner, _, name = other.entry.rpartition(".")
        called = owner if name == "__call__" else name
        return other.module.__name__ in imports and called in calls


def rows():
    for line in re.findall(r"^\| \d+ \| (.*) \|$", PAGE, re.MULTILINE):
        path, entry, *flow = (cell.strip() for cell in line.split(" | "))
        types = re.findall(r"`([A-Z]\w+)`", " ".join(flow))
        yield Step(path.strip("`"), entry.strip("`"), tuple(types))


WALK = tuple(rows())


def test_every_room_has_its_line_and_every_line_its_room():
    lines = [line.split(maxsplit=1) for line in ROOMS.splitlines()]
    there = sorted(
        f"{one.name}/" if one.is_dir() else one.name
        for one in PACKAGE.iterdir()
        if one.name[0] != "_" and (one.is_dir() or one.suffix == ".py")
    )

    assert there == [name for name, _ in lines]


def test_the_floors_are_those_that_are_held():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (floors,) = (
        contract["layers"]
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract.get("containers") == ["gateway_graphql"]
    )
    there = [
        " | ".join(
            room
            for room in re.findall(r"\w+", floor)
            if (PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").is_file()
        )
        for floor in floors
    ]

    assert there == FLOORS.splitlines()


def test_the_walk_is_short_enough_to_be_taken():
    assert 5 < len(WALK) <= 12
    assert len(WALK) == len({step.path for step in WALK})


@pytest.mark.parametrize("step", WALK, ids=lambda step: step.path)
def test_a_step_enters_where_the_page_says(step):
    owner: object = step.module
    for name in step.entry.split("."):
        owner = vars(owner)[name]

    assert owner.__module__ == step.module.__name__
    assert callable(owner) or isinstance(owner, property)


@pytest.mark.parametrize("step", WALK, ids=lambda step: step.path)
def test_a_step_takes_and_gives_what_its_file_knows(step):
    unknown = {name for name in step.types if not hasattr(step.module, name)}

    # What the caller makes of what comes out is said beside it.
    assert unknown <= {"CompiledPlan"}


def test_each_step_is_called_by_one_before_it_and_no_room_is_entered_twice():
    """A room that is left is returned from, and not gone into again."""
    open_rooms, left = [WALK[0].room], set()
    seen = [WALK[0]]
    for step in WALK[1:]:
        while not any(one.leads_to(step) for one in seen if one.room == open_rooms[-1]):
            left.add(open_rooms.pop())
            assert open_rooms, f"nothing before {step.path} leads to {step.entry}"
        assert step.room not in left
        if step.room not in open_rooms:
            open_rooms.append(step.room)
        seen.append(step)
