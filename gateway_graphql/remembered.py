"""What was found out once and may be asked again, in bounded memory.

Every cache of a process is a `Remembered`: typed, by key, the least recently used goes
first. Three bounds, each where it is wanted: how many entries, how many bytes by a given
size, and until when by a given clock. Whatever is in one can be found out again, so it
may go at any moment. What must not be forgotten is kept elsewhere: the buckets of rate
limits, the nonces of signatures.

This is below every room, and needs the standard library alone, since every room has
something to remember.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from typing import Final, Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
_T = TypeVar("_T")

_MAX_LENGTH: Final = 512


def _weightless(_key: object, _value: object) -> int:
    return 0


class Remembered(Generic[_Key, _Value]):
    """Values by key; the least recently used goes first.

    It belongs to one thread, as the dictionary that it is.

    Args:
        max_entries: How many values.
        max_bytes: How many bytes they may have together. A value that has more alone is
            not remembered.
        size: The bytes of a value, with its key.
        clock: The time, where values are put with an end.
    """

    def __init__(
        self,
        max_entries: int | None = None,
        *,
        max_bytes: int | None = None,
        size: Callable[[_Key, _Value], int] = _weightless,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if max_entries is None and (max_bytes is None or size is _weightless):
            raise ValueError("nothing bounds what is remembered")
        self._max_entries = math.inf if max_entries is None else max_entries
        self._max_bytes = math.inf if max_bytes is None else max_bytes
        self._size = size
        self._clock = clock
        # The least recently used first, each with its size and its end. `_bytes` is the
        # sum of the sizes. Changed by the methods alone.
        self._entries: OrderedDict[_Key, tuple[_Value, int, float | None]]
        self._entries = OrderedDict()
        self._bytes = 0

    def __repr__(self) -> str:
        weight = "" if self._size is _weightless else f", {self._bytes} bytes"
        return f"<Remembered {len(self)} entries{weight}>"

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bytes(self) -> int:
        """How many there are together."""
        return self._bytes

    def get(self, key: _Key) -> _Value | None:
        """What is remembered under a key."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        value, _, until = entry
        if until is not None and until <= self._clock():
            self.forget(key)
            return None
        self._entries.move_to_end(key)
        return value

    def put(self, key: _Key, value: _Value, until: float | None = None) -> None:
        """Remember a value in place of the one before, and forget others for it.

        Args:
            key: Names it.
            value: Anything but `None`, which is what nothing looks like.
            until: When it ends, by the clock.
        """
        self.forget(key)
        size = self._size(key, value)
        if size > self._max_bytes:
            return
        self._entries[key] = (value, size, until)
        self._bytes += size
        while self._bytes > self._max_bytes or len(self) > self._max_entries:
            _, (_, freed, _) = self._entries.popitem(last=False)
            self._bytes -= freed

    def forget(self, key: _Key) -> None:
        """Forget what is remembered under a key, if anything is."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry[1]


def once_per_text(
    max_entries: int = 256, max_length: int = _MAX_LENGTH
) -> Callable[[Callable[[str], _T]], Callable[[str], _T]]:
    """Remember what a pure function reads out of a text that clients send.

    They send the same ones over and over. A text that is longer than any that a real
    client sends is read each time, so that nobody can fill the memory with them.

    Args:
        max_entries: How many texts.
        max_length: How many characters each may have.
    """

    def remembering(read: Callable[[str], _T]) -> Callable[[str], _T]:
        known = lru_cache(maxsize=max_entries)(read)

        @wraps(read)
        def read_or_known(text: str) -> _T:
            return known(text) if len(text) <= max_length else read(text)

        return read_or_known

    return remembering
