"""Child processes of `gateway-graphql dev`: started, watched, read, and ended for sure.

Each child leads a process group of its own, so that Ctrl-C reaches the parent alone and
the parent ends whole groups. Should the parent be killed outright, the kernel ends the
children (on Linux, by the parent-death signal).
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from gateway_graphql.cli.console import CommandFailed

_END_TIMEOUT_S = 8
_PR_SET_PDEATHSIG = 1
_MAX_LINE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ChildCommand:
    """What to start.

    Attributes:
        name: What messages call it.
        command: Program and arguments; `python` means the running interpreter.
        env: Environment variables beside those of this process.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]


class Child:
    """A running child process."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self._process = process

    def __repr__(self) -> str:
        return f"<Child {self.name} {self._process}>"

    async def wait(self) -> None:
        """Wait for its end.

        Raises:
            CommandFailed: Always: no child is meant to end by itself.
        """
        code = await self._process.wait()
        raise CommandFailed(f"Subgraph '{self.name}' ended with exit code {code}.")

    async def read_lines(self, show: Callable[[str], None]) -> None:
        """Show each line that it writes, until it closes its output."""
        stream = self._process.stdout
        while stream is not None and (line := await stream.readline()):
            show(line.decode(errors="replace").rstrip())

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the child and all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    async def end(self) -> None:
        """End the group: politely, then not."""
        self.signal_group(signal.SIGTERM)
        try:
            async with asyncio.timeout(_END_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            pass
        self.signal_group(signal.SIGKILL)
        await self._process.wait()


async def start(command: ChildCommand) -> Child:
    """Start a child.

    Raises:
        CommandFailed: The program cannot be started.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *_with_interpreter(command.command),
            env={**os.environ, "PYTHONUNBUFFERED": "1", **command.env},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
            limit=_MAX_LINE_BYTES,
        )
    except OSError as error:
        raise CommandFailed(
            f"Subgraph '{command.name}' cannot be started: {error}"
        ) from error
    return Child(command.name, process)


async def end_all(children: Iterable[Child]) -> None:
    """End all children at the same time."""
    await asyncio.gather(*(child.end() for child in children))


def _with_interpreter(command: Sequence[str]) -> tuple[str, ...]:
    program, *arguments = command
    return (sys.executable if program == "python" else program, *arguments)


def _die_with(parent: int) -> Callable[[], None] | None:
    """What the child does before its program: ask to be killed with its parent."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died between fork and the request
            os._exit(1)

    return ask
