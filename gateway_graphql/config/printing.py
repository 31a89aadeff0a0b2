"""Settings as they came out, fit to be shown: everything said, no secret among it.

Hidden are values typed as secrets, passwords in URLs, and whatever `${env.NAME}` and
`${file.PATH}` stood for, which is shown as it stands in the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from gateway_graphql.config.config import Config

_PASSWORD = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_HIDDEN = "**********"


def printed(config: Config) -> str:
    """The settings as YAML, defaults included, secrets hidden."""
    settings = config.model_dump(mode="json", by_alias=True)
    shown = _shown(settings, config.references)
    return yaml.safe_dump(shown, sort_keys=False, allow_unicode=True)


def _shown(value: Any, references: Mapping[str, str]) -> Any:
    match value:
        case dict():
            return {k: _shown(v, references) for k, v in value.items()}
        case list():
            return [_shown(v, references) for v in value]
        case str() if value in references:
            return references[value]
        case str():
            return _PASSWORD.sub(_HIDDEN, value)
        case _:
            return value
