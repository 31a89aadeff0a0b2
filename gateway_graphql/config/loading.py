"""A file and the environment -> `Config`, or every complaint with its line.

A wrong value is blamed on what gave it: the environment variable if there is one, else
the line of the file. All complaints come at once, one a line: those of the environment,
then those of the file from its top to its end. Values are not repeated, as they may be
secrets.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from gateway_graphql.config.config import ENVIRONMENT_PREFIX, Config, folded
from gateway_graphql.config.known_keys import unknown_key
from gateway_graphql.config.section import paths_from
from gateway_graphql.config.wording import is_about_type, worded
from gateway_graphql.config.yaml_file import (
    SettingPath,
    SettingProblem,
    YAMLFile,
    read_yaml,
)
from gateway_graphql.errors import ConfigInvalid

_FIELD: Final = re.compile(r'field "(\w+)"')


def load_config(path: Path | None) -> Config:
    """Read the settings of a file and the environment; without a file, of the latter.

    Raises:
        ConfigInvalid: The file cannot be read, or a key is unknown, missing, wrong or
            given twice.
    """
    file = YAMLFile() if path is None else read_yaml(path)
    directory = Path() if path is None else path.parent
    found = [*file.problems, *_unusable(file), *_named_alike(file)]
    config = None
    try:
        with paths_from(directory):
            config = Config(**_usable(file))
    except ValidationError as error:
        found += _problems_of(error, file, found)
    except SettingsError as error:
        raise ConfigInvalid(_not_json(str(error))) from None
    if found or config is None:
        raise ConfigInvalid("\n".join(_complaints(path, found)))
    config.set_origin(directory, file.references)
    return config


def _usable(file: YAMLFile) -> dict[str, Any]:
    """The sections that pydantic can be given."""
    return {
        key: value
        for key, value in file.content.items()
        if isinstance(key, str) and not key.startswith("_")
    }


def _unusable(file: YAMLFile) -> list[SettingProblem]:
    # With an underscore they are pydantic's own options, and would be taken for such.
    return [
        SettingProblem((key,), "unknown key", file.positions.get((key,)))
        for key in file.content
        if isinstance(key, str) and key.startswith("_")
    ]


def _named_alike(file: YAMLFile) -> Iterator[SettingProblem]:
    """Subgraphs that are one by the environment, which would be joined."""
    subgraphs = file.content.get("subgraphs")
    first: dict[str, str] = {}
    for name in subgraphs if isinstance(subgraphs, dict) else ():
        before = first.setdefault(folded(str(name)), name)
        if before != name:
            at = ("subgraphs", name)
            yield SettingProblem(
                at,
                f"is the subgraph '{before}' again: names differ in more than case, "
                "'-' and '_'",
                file.positions.get(at),
            )


def _problems_of(
    error: ValidationError, file: YAMLFile, known: Sequence[SettingProblem]
) -> Iterator[SettingProblem]:
    """What pydantic complains of, but for values that are known to be wrong."""
    schema = Config.model_json_schema(by_alias=True)
    by_setting: dict[SettingPath, list[ErrorDetails]] = {}
    for problem in error.errors(include_url=False):
        # Of a value that may be of several kinds, pydantic names the kind as well.
        setting = tuple(step for step in problem["loc"] if "[" not in str(step))
        if not any(_is_within(setting, one.setting) for one in known):
            by_setting.setdefault(setting, []).append(problem)
    for setting, problems in by_setting.items():
        others = [
            one
            for at in by_setting
            if at != setting
            for one in by_setting[at]
            if _is_within(at, setting)
        ]
        message = _message(
            problems, others, unknown_key(schema, setting) if setting else ""
        )
        if message:
            yield SettingProblem(setting, message, file.position_of(setting))


def _message(
    problems: Sequence[ErrorDetails], within: Sequence[ErrorDetails], unknown: str
) -> str:
    """What is wrong with one value; nothing if it is what is wrong within it."""
    if any(one["type"] == "extra_forbidden" for one in problems):
        return unknown
    # A value that may be of several kinds is wrong as that which it is.
    fitting = [one for one in problems if not is_about_type(one)]
    if not fitting and within:
        return ""
    messages = dict.fromkeys(worded(one) for one in fitting or problems)
    return " or ".join(messages).replace(" or should be ", " or ")


def _is_within(setting: SettingPath, other: SettingPath) -> bool:
    return [str(step) for step in setting[: len(other)]] == [str(s) for s in other]


def _complaints(path: Path | None, problems: Iterable[SettingProblem]) -> list[str]:
    """The problems as lines, in the order of the file."""
    lines: list[tuple[tuple[int, ...], str]] = []
    for problem in problems:
        key = ".".join(str(step) for step in problem.setting)
        message = f"{key}: {problem.message}" if key else problem.message
        variable = _variable_of(problem.setting)
        if variable is not None or path is None:
            name = "" if variable is None else f"{variable}: "
            lines.append(((0,), f"Environment: {name}{message}"))
        elif problem.position is None:
            lines.append(((0,), f"{path}: {message}"))
        else:
            lines.append(
                (problem.position, f"{path}:{problem.position.line}: {message}")
            )
    return [line for _, line in sorted(lines, key=lambda one: one[0])]


def _variable_of(setting: Sequence[str | int]) -> str | None:
    """The environment variable that gave a value, or one that it is part of."""
    name_by_upper = {name.upper(): name for name in os.environ}
    steps = [folded(str(step)) for step in setting]
    for length in range(len(steps), 0, -1):
        name = f"{ENVIRONMENT_PREFIX}{'__'.join(steps[:length])}".upper()
        if os.environ.get(name_by_upper.get(name, "")):
            return name
    return None


def _not_json(message: str) -> str:
    """Which variable should hold JSON and does not; pydantic names the section."""
    field = _FIELD.search(message)
    prefix = f"{ENVIRONMENT_PREFIX}{field[1] if field else ''}".upper()
    names = [name.upper() for name in os.environ if _is_broken(name, prefix)]
    return f"Environment: {', '.join(sorted(names)) or prefix}: should be JSON"


def _is_broken(name: str, prefix: str) -> bool:
    if not name.upper().startswith(prefix):
        return False
    try:
        json.loads(os.environ[name])
    except ValueError:
        return True
    return False
