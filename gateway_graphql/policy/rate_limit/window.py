"""Windows of time as operators write them: `30s`, `1m`, `1h`, `1d`.

Time is counted in whole microseconds everywhere in this package: integers add up the
same in Python and in a Redis script, and a double holds them exactly for centuries.
"""

from __future__ import annotations

import re
from typing import Final

MICROSECONDS: Final = {
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
}
MAX_WINDOW_US: Final = 366 * MICROSECONDS["d"]

_WINDOW: Final = re.compile(r"\s*([0-9]{1,9})\s*(ms|s|m|h|d)\s*")


def parse_window(text: str) -> int:
    """Read a window; the result is in microseconds.

    Raises:
        ValueError: The text is no window; the message says what would be one.
    """
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise ValueError(
            f'"{text}" is no window: write a whole number and a unit (ms, s, m, h or d),'
            ' such as "30s" or "1m"'
        )
    window_us = int(found[1]) * MICROSECONDS[found[2]]
    if window_us == 0:
        raise ValueError(f'"{text}" is no window: it has no length')
    if window_us > MAX_WINDOW_US:
        raise ValueError(f'"{text}" is too long a window: at most 366d')
    return window_us
