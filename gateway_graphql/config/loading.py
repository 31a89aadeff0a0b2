"""A file and the environment -> `Config`, or every complaint with its line.

A wrong value is blamed on what gave it: the environment variable if there is one, else
the line of the file. Values are not repeated, as they may be secrets.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from gateway_graphql.config.config import ENVIRONMENT_PREFIX, Config, folded
from gateway_graphql.config.section import paths_from
from gateway_graphql.config.yaml_file import YAMLFile, read_yaml
from gateway_graphql.errors import ConfigInvalid


def load_config(path: Path | None) -> Config:
    """Read the settings of a file and the environment; without a file, of the latter.

    Raises:
        ConfigInvalid: The file cannot be read, or a key is unknown, missing or wrong.
    """
    file = YAMLFile() if path is None else read_yaml(path)
    directory = Path() if path is None else path.parent
    try:
        with paths_from(directory):
            config = Config(**file.content)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        raise ConfigInvalid(
            "\n".join(_complaint(path, file, problem) for problem in problems)
        ) from None
    except SettingsError as error:
        raise ConfigInvalid(f"Environment: {error}") from None
    config.set_origin(directory, file.references)
    return config


def _complaint(path: Path | None, file: YAMLFile, problem: ErrorDetails) -> str:
    # Of a value that may be of several kinds, pydantic names the kind as well.
    location = tuple(step for step in problem["loc"] if "[" not in str(step))
    key = ".".join(str(step) for step in location)
    message = f"{key}: {_message(problem)}" if key else _message(problem)
    if (variable := _variable_of(location)) is not None:
        return f"Environment: {variable}: {message}"
    if path is None:
        return f"Environment: {message}"
    line = file.line_of(location)
    return f"{path}: {message}" if line is None else f"{path}:{line}: {message}"


def _message(problem: ErrorDetails) -> str:
    match problem["type"]:
        case "extra_forbidden":
            return "unknown key"
        case "value_error":
            return problem["msg"].removeprefix("Value error, ")
        case _:
            return problem["msg"]


def _variable_of(location: Sequence[str | int]) -> str | None:
    """The environment variable that gave a value, or one that it is part of."""
    name_by_upper = {name.upper(): name for name in os.environ}
    steps = [folded(str(step)) for step in location]
    for length in range(len(steps), 0, -1):
        name = f"{ENVIRONMENT_PREFIX}{'__'.join(steps[:length])}".upper()
        if os.environ.get(name_by_upper.get(name, "")):
            return name
    return None
