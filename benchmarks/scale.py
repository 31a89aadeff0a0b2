"""Measure how the cost of a request grows, and draw it (`make bench-scale`).

In process, with subgraphs in memory: an operation for 1 to 10 000 entities of one fetch,
and one for a single entity with 1 to 50 fetches. Rounds take turns, and the least of each
counts, in CPU microseconds a request. Both axes are logarithmic, so that what is linear is
a line that climbs as the grey ones do; at the left, the fixed cost of a request shows.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Final, TypeAlias

from benchmarks import workload
from gateway_graphql import Gateway
from gateway_graphql.cli.garbage import keep_what_is_there
from gateway_graphql.exchange import GraphQLRequest, RequestContext

PICTURE: Final = Path(__file__).parents[1] / "docs" / "images" / "scale.svg"
ENTITIES: Final = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000)
FETCHES: Final = (1, 2, 5, 10, 20, 35, 50)

Point: TypeAlias = tuple[int, float]
_Place: TypeAlias = tuple[float, float]


class Sized:
    """A gateway and an operation of one size."""

    def __init__(self, gateway: Gateway, query: str, size: int) -> None:
        self._gateway = gateway
        self._request = GraphQLRequest(query)
        # About as long for each: a round of the smallest is no shorter than its noise.
        self._times = max(2, 400 // size)
        self.least_us = math.inf

    async def round(self) -> None:
        """Measure once more, and keep the least."""
        began = time.process_time_ns()
        for _ in range(self._times):
            await self.ask()
        passed_us = (time.process_time_ns() - began) / 1000 / self._times
        self.least_us = min(self.least_us, passed_us)

    async def ask(self) -> None:
        """Ask once."""
        response = await self._gateway.handle(self._request, RequestContext())
        if response.has_errors:
            raise AssertionError(response.body)


def of_entities(count: int) -> Sized:
    """So many products, of which another subgraph knows more."""
    subgraphs = workload.subgraphs(users=0, products=count)
    gateway = Gateway.from_supergraph(workload.supergraph(), transports=subgraphs)
    query = f"{{ products(first: {count}) {{ id inStock }} }}"
    return Sized(gateway, query, count)


def of_fetches(count: int) -> Sized:
    """An entity that so many subgraphs know a field of, the first its key alone."""
    sdls = {"s0": 'type Query { one: One! } type One @key(fields: "id") { id: ID! }'}
    for number in range(1, count):
        fields = f"id: ID! f{number}: Int!"
        sdls[f"s{number}"] = f'type One @key(fields: "id") {{ {fields} }}'
    values = {"id": "1", **{f"f{number}": number for number in range(1, count)}}
    transports = {
        name: workload.FromMemory(
            sdl, {} if name != "s0" else {"one": values}, {"One": lambda _: values}
        )
        for name, sdl in sdls.items()
    }
    gateway = Gateway.from_supergraph(
        workload.supergraph_of(sdls), transports=transports
    )
    return Sized(gateway, f"{{ one {{ {' '.join(values)} }} }}", count)


async def measured(
    made: Callable[[int], Sized], sizes: Sequence[int], rounds: int
) -> list[Point]:
    """CPU microseconds by size."""
    every = {size: made(size) for size in sizes}
    keep_what_is_there()
    for _, one in product(range(rounds + 2), every.values()):
        await one.round()
    return [(size, one.least_us) for size, one in every.items()]


class Panel:
    """One diagram, with both axes logarithmic."""

    WIDTH, HEIGHT = 300, 220

    def __init__(self, left: int, title: str, points: Sequence[Point]) -> None:
        self._left, self._title, self._points = left, title, points
        self._most_x = math.log10(points[-1][0])
        ys = [math.log10(y) for _, y in points]
        self._least_y, self._most_y = math.floor(min(ys)), math.ceil(max(ys))

    def _place(self, x: float, y: float) -> _Place:
        across = math.log10(x) / self._most_x
        up = (math.log10(y) - self._least_y) / (self._most_y - self._least_y)
        return self._left + across * self.WIDTH, 40 + (1 - up) * self.HEIGHT

    def svg(self) -> Iterator[str]:
        """Its elements."""
        yield _text((self._left, 24), self._title, "start")
        for power in range(self._least_y, self._most_y + 1):
            left, y = self._place(1, 10**power)
            yield _line([(left, y), (left + self.WIDTH, y)], "#ddd")
            yield _text((left - 6, y + 4), f"{10**power:,} µs", "end")
        for size, _ in self._points[::2]:
            x, y = self._place(size, 10**self._least_y)
            yield _text((x, y + 18), f"{size:,}", "middle")
        (size, us) = self._points[-1]
        start = max(1.0, size * 10**self._least_y / us)
        slope = [self._place(start, us * start / size), self._place(size, us)]
        yield _line(slope, "#999")
        places = [self._place(*point) for point in self._points]
        yield _line(places, "#0b6bcb")
        for x, y in places:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#0b6bcb"/>'


def _line(places: Sequence[_Place], colour: str) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline points="{points}" fill="none" stroke="{colour}"/>'


def _text(place: _Place, text: str, anchor: str) -> str:
    x, y = place
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def picture(panels: Mapping[str, Sequence[Point]]) -> str:
    """The panels side by side, as SVG."""
    elements = [
        element
        for number, (title, points) in enumerate(panels.items())
        for element in Panel(90 + number * 410, title, points).svg()
    ]
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 830 295"'
    lines = (
        f'{head} font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        *elements,
        "</svg>",
    )
    return "\n".join(lines) + "\n"


async def measure(rounds: int) -> dict[str, Sequence[Point]]:
    """Both diagrams' figures."""
    return {
        "CPU of a request by entities": await measured(of_entities, ENTITIES, rounds),
        "CPU of a request by fetches": await measured(of_fetches, FETCHES, rounds),
    }


def main() -> None:
    """Measure, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    panels = asyncio.run(measure(parser.parse_args().rounds))
    for title, points in panels.items():
        print(f"| {title} |", *(f"{size} |" for size, _ in points))
        print("| µs |", *(f"{us:.0f} |" for _, us in points))
        print("| µs each |", *(f"{us / size:.1f} |" for size, us in points))
    PICTURE.write_text(picture(panels))
    print(f"drawn in {PICTURE.relative_to(PICTURE.parents[2])}")


if __name__ == "__main__":
    main()
