"""Key `mode`: who reads the answers, strangers or the developers of the subgraphs."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """What the settings that say nothing of it tell clients.

    In production an answer tells nothing that was not written for strangers: messages
    of subgraphs are redacted, names are not suggested. Development shows both.
    """

    PRODUCTION = "production"
    DEVELOPMENT = "development"
