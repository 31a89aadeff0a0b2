"""How long an idle connection may be kept: less than the other side keeps it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

# Many servers close a connection that was idle for 5 s: be first, so that a mutation,
# which cannot be sent again, hardly ever meets a closed one.
MAX_IDLE_S: Final = 4.0
# As long may an answer and the next request be under way, together.
_MARGIN_S: Final = 1.0
_MAX_LENGTH: Final = 100
_TIMEOUT: Final = re.compile(r"\btimeout=(\d{1,9})", re.ASCII | re.IGNORECASE)


def idle_s(keep_alive: str) -> float:
    """How long a connection may be idle, by the `Keep-Alive` of its last answer.

    A server that closes within a second leaves no time to be used again.
    """
    return MAX_IDLE_S if len(keep_alive) > _MAX_LENGTH else _idle_s(keep_alive)


@lru_cache(maxsize=64)
def _idle_s(keep_alive: str) -> float:
    told = _TIMEOUT.search(keep_alive)
    if told is None:
        return MAX_IDLE_S
    return max(0.0, min(MAX_IDLE_S, int(told[1]) - _MARGIN_S))
