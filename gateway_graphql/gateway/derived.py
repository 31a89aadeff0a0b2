"""What is made of each runtime, by whoever stands before the gateway.

Endpoints and the like are compiled for one supergraph. They are made with the runtime,
where the event loop does not wait for it, and are there the moment it serves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

from gateway_graphql.gateway.runtime import Runtime

Made = TypeVar("Made")

Make: TypeAlias = Callable[[Runtime, Made | None], Made]
"""Makes something of a runtime, given what was made of the one before.

It is called in a thread while the one before serves. What it raises keeps the new
runtime from serving.
"""


class Derived(Generic[Made]):
    """Something made of the runtime that serves; `Gateway.derived` makes one."""

    def __init__(self, make: Make[Made]) -> None:
        self._make = make
        # Swapped by the gateway alone, in the event loop, together with its runtime.
        self._current: Made | None = None

    def __repr__(self) -> str:
        return f"<Derived {self._current!r}>"

    @property
    def current(self) -> Made | None:
        """What was made of the current runtime; `None` before there was one."""
        return self._current

    def made_of(self, runtime: Runtime) -> Callable[[], None]:
        """Make it of another runtime; what is returned swaps it in."""
        made = self._make(runtime, self._current)

        def swap() -> None:
            self._current = made

        return swap
