"""What tests need of the machine: where it is, or what to install.

Without it tests are skipped, so that a machine on which nothing may be installed runs all
others; in continuous integration (`CI=true`) they fail instead.
"""

import os
import shutil
from pathlib import Path

import pytest


def program(name, package=None):
    """Where a program is; Debian keeps those of servers out of the way."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = (
        shutil.which(name)
        or shutil.which(name, path="/usr/sbin")
        or (str(places[-1]) if places else None)
    )
    if found is None:
        missing(f"{name} not found: apt-get install {package or name}")
    return found


def missing(message):
    """Fail in continuous integration, skip elsewhere; say what is missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
