"""When reading from contexts would never end.

What is read from an object further up may have arguments that are read from further up
in turn. That ends at the root as long as each reading is from higher up than the one
before; but a reading may also go down first, to a child of the object, and up from there
to the very same object.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple


class Reading(NamedTuple):
    """Something that is read from an object.

    Attributes:
        what: What is read, and from what kind of object.
        height: How far below the root the object is.
    """

    what: Hashable
    height: int


def goes_round(reading: Reading, around: Sequence[Reading]) -> bool:
    """Whether a reading, made for the sake of others, would be made again for its own.

    What follows from a reading is decided by the objects on the way down from its own,
    and by those above it where one of them is read from. So when the same is read again
    and nothing above was read from in between, all in between happens once more.

    Args:
        reading: What is about to be read.
        around: The readings that it is made for, each inside the one before.
    """
    highest = reading.height
    for outer in reversed(around):
        highest = min(highest, outer.height)
        if outer.what == reading.what and outer.height == highest:
            return True
    return False
