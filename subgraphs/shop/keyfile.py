"""Secrets that are made once, kept beside the database and read by whoever runs.

Several processes may start at the same moment: each writes a candidate to a file
of its own and links it to the shared name, which succeeds for exactly one; all
then read what is there.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

ONLY_FOR_OWNER = 0o700


def read_or_create(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return what the file holds, making it first if it does not exist.

    Args:
        path: The file; only its owner may read it.
        make: Makes the content of a new file.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=ONLY_FOR_OWNER)
        _publish(path, make())
    return path.read_bytes()


def _publish(path: Path, content: bytes) -> None:
    """Give complete content the shared name, unless another process was first."""
    # mkstemp makes files that only their owner may read.
    descriptor, candidate = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.link(candidate, path)
    except FileExistsError:
        pass
    finally:
        Path(candidate).unlink()
