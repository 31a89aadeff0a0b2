"""`make worlds`: many worlds of each kind, on every core, until the first finding.

Worlds follow from their seeds alone. A finding is printed with its kind, its seed and
the world; `--seed SEED --count 1` makes that world again.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from gateway_graphql.language.nesting import make_room_for_nesting
from tests.world.choices import SeededChoices
from tests.world.findings import findings
from tests.world.kinds import KINDS
from tests.world.paths import unlike_paths

SEEDS = 1 << 31
AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Found:
    """What came of some worlds.

    Attributes:
        worlds: How many there were; others did not compose.
        findings: What is wrong, as text with kind, seed and world.
    """

    worlds: int
    findings: tuple[str, ...]


def look(kind: str, seeds: Sequence[int]) -> Found:
    """Make the worlds of some seeds and look at each."""
    make_room_for_nesting()
    count = 0
    found = []
    for seed in seeds:
        world = KINDS[kind](SeededChoices(seed))
        if world is None:
            continue
        count += 1
        try:
            problems = [*findings(world), *unlike_paths(world, seed % 3 / 3)]
        except Exception as error:  # noqa: BLE001 - whatever is raised is a finding
            problems = [f"raised {error!r}"]
        if problems:
            found.append("\n".join((f"=== {kind} seed {seed}", repr(world), *problems)))
    return Found(count, tuple(found))


def look_at_kind(kind: str, first: int, count: int, pool: ProcessPoolExecutor) -> Found:
    """Make worlds until there are so many, or until something is found."""
    worlds, tried = 0, 0
    found: list[str] = []
    while worlds < count and not found:
        batches = [
            [first + tried + batch * AT_ONCE + one for one in range(AT_ONCE)]
            for batch in range(2)
        ]
        tried += sum(map(len, batches))
        for part in pool.map(look, [kind] * len(batches), batches):
            worlds += part.worlds
            found += part.findings
    return Found(worlds, tuple(found))


def main(arguments: Sequence[str] | None = None) -> int:
    """Look at worlds of the kinds that are asked for."""
    parser = argparse.ArgumentParser(prog="make worlds")
    parser.add_argument("--count", type=int, default=2000, help="worlds of each kind")
    parser.add_argument("--kind", choices=sorted(KINDS), action="append")
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args(arguments)
    seed = random.randrange(SEEDS) if given.seed is None else given.seed
    is_clean = True
    with ProcessPoolExecutor(2) as pool:
        for kind in given.kind or KINDS:
            start = time.monotonic()
            found = look_at_kind(kind, seed, given.count, pool)
            took = time.monotonic() - start
            print(
                f"{kind}: {found.worlds} worlds from seed {seed}, "
                f"{len(found.findings)} with findings ({took:.0f} s)",
                flush=True,
            )
            print(*found.findings, sep="\n", end="\n" * bool(found.findings))
            is_clean = is_clean and not found.findings
    return 0 if is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
