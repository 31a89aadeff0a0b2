"""Which signatures were used already, remembered for as long as they would hold.

Memory is bounded: past `max_nonces`, the oldest second is forgotten, and from then on no
signature of that second or an earlier one holds. So what was forgotten cannot be used
again; a crowd makes the time in which signatures hold shorter, never the check weaker.
"""

from __future__ import annotations

from typing import Final

DEFAULT_MAX_NONCES: Final = 200_000
"""About 20 MB, and 1 600 requests a second over the 120 s that a nonce may be kept."""


class Nonces:
    """The nonces of this process; each holds once.

    Args:
        max_age_s: How far the time of a signature may be from now, either way.
        max_nonces: How many are remembered.
    """

    def __init__(self, max_age_s: float, max_nonces: int = DEFAULT_MAX_NONCES) -> None:
        if max_nonces < 1:
            raise ValueError("there must be room for at least one nonce")
        self._max_age_s = max_age_s
        self._max_nonces = max_nonces
        # Second of signing -> the nonces that were used. Changed by `use` and below.
        self._used: dict[int, set[bytes]] = {}
        self._count = 0
        self._forgotten = -1

    def __repr__(self) -> str:
        return f"<Nonces {len(self)} of {self._max_nonces}>"

    def __len__(self) -> int:
        return self._count

    def use(self, nonce: str, signed_at: int, now: float) -> bool:
        """Whether a nonce, whose signature holds, had not been used; now it is."""
        self._forget_old(now)
        key = bytes.fromhex(nonce)
        used = self._used.get(signed_at, ())
        if signed_at <= self._forgotten or key in used:
            return False
        self._used.setdefault(signed_at, set()).add(key)
        self._count += 1
        while self._count > self._max_nonces:
            self._forget(min(self._used))
        return True

    def _forget_old(self, now: float) -> None:
        # There are at most as many seconds as a signature may be away from now.
        for second in [s for s in self._used if now - s > self._max_age_s]:
            self._forget(second)

    def _forget(self, second: int) -> None:
        self._count -= len(self._used.pop(second))
        self._forgotten = max(self._forgotten, second)
