"""One word, one thing: the glossary's classes are there, and nothing else has their names."""

import ast
import re
from collections import defaultdict
from importlib import import_module
from pathlib import Path

import pytest

import gateway_graphql

PACKAGE = Path(gateway_graphql.__file__).parent
GLOSSARY = Path(__file__).parents[2] / "docs/concepts/glossary.md"
ROW = re.compile(r"\| (?P<word>[^|]+) \| (?P<meaning>.+) \| (?:`(?P<name>[\w.]+)` )?\|")


def rows():
    for line in GLOSSARY.read_text().splitlines():
        row = ROW.fullmatch(line)
        if row is not None and row["word"] != "word":
            yield row["word"], row["name"]


def defined(module):
    """What a module defines, by name: classes, and names for types."""
    for node in ast.parse(module.read_text()).body:
        match node:
            case ast.ClassDef(name=name):
                yield name
            case ast.AnnAssign(
                target=ast.Name(id=name), annotation=ast.Name(id="TypeAlias")
            ):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) if not name.isupper():
                yield name


MODULES_BY_NAME = defaultdict(list)
for module in sorted(PACKAGE.rglob("*.py")):
    for name in defined(module):
        MODULES_BY_NAME[name].append(str(module.relative_to(PACKAGE)))

WORDS = dict(rows())
PUBLIC = sorted(name for name in MODULES_BY_NAME if not name.startswith("_"))


def test_every_row_is_read():
    text = GLOSSARY.read_text()

    assert len(re.findall(r"^\| (?!word \|)", text, re.MULTILINE)) == len(WORDS)


@pytest.mark.parametrize("name", [name for name in WORDS.values() if name])
def test_what_a_word_names_is_there_and_alone(name):
    module, _, class_name = name.rpartition(".")
    found = import_module(f"gateway_graphql.{module}")

    assert hasattr(found, class_name)
    assert [module.replace(".", "/") + ".py"] == MODULES_BY_NAME[class_name]


@pytest.mark.parametrize("name", PUBLIC)
def test_a_name_means_one_thing(name):
    assert 1 == len(MODULES_BY_NAME[name])
