"""What a request costs, counted: the same on a busy machine as on a quiet one.

`hot_path.json` beside this file has what is written down, in instructions of the
interpreter, in calls of Python functions and in blocks of memory held at once. Where a
request has come to cost a tenth more, a test fails and says in which files.
`pytest tests/unit/test_hot_path.py --update-cases` writes the figures anew; the diff is
the review. `docs/concepts/performance.md` has what they stand for.
"""

import asyncio
import gc
import json
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

import gateway_graphql
from benchmarks import scale, workload
from gateway_graphql.exchange import RequestContext
from gateway_graphql.execution.run import executor
from gateway_graphql.server import create_app
from tests.counting import calls_by_file, instructions_by_file, most_blocks

FIGURES = Path(__file__).with_name("hot_path.json")
PACKAGE = Path(gateway_graphql.__file__).parent
TOLERANCE = 0.1
# Bytecode and the sizes of objects are those of one version; of calls, later ones have
# fewer, because they inline comprehensions.
VERSION = (3, 11)
MEASURES = ("instructions", "calls", "blocks")
WAYS = ("light", "light through ASGI", "heavy", "heavy, exact path")


@pytest.fixture(scope="module")
def counted():
    """What each way costs now, and what the answers were."""
    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as patch:
        found = {name: costs(runner, way) for name, way in ways().items()}
        patch.setattr(executor, "fast_plan_for", lambda *_: None)
        found["heavy, exact path"] = costs(runner, handled(workload.HEAVY))
    return found


def ways():
    return {
        "light": handled(workload.LIGHT),
        "light through ASGI": posted(workload.LIGHT),
        "heavy": handled(workload.HEAVY),
    }


def handled(request):
    """A request through a gateway whose subgraphs answer from memory."""
    gateway = workload.gateway()

    async def handle():
        return (await gateway.handle(request, RequestContext())).body

    return handle


def posted(request):
    """The same through the whole application, as a server hands it over."""
    return partial(workload.posted, create_app(workload.gateway()), request)


def costs(runner, way):
    """One request by a way that is warm: document known, decoders compiled."""
    answers = {runner.run(way()) for _ in range(3)}
    assert len(answers) == 1
    assert b'"errors"' not in answers.pop()

    def once():
        runner.run(way())

    return {
        "instructions": by_place(instructions_by_file(once)),
        "calls": by_place(calls_by_file(once)),
        "blocks": {"what it holds at once": most_blocks(once)},
    }


def by_place(counts):
    """What was counted, by the files of the package and the names of other packages.

    Without the standard library: most of that is the event loop being run for one
    request, which would hide what one more step in the gateway costs.
    """
    places = Counter()
    for file, count in counts.items():
        _, _, foreign = file.partition("/site-packages/")
        if Path(file).is_relative_to(PACKAGE):
            places[Path(file).relative_to(PACKAGE).as_posix()] += count
        elif foreign:
            places[foreign.partition("/")[0]] += count
    return dict(sorted(places.items()))


def grown(way, measure, now, before):
    """A sentence about a cost that has grown; `None` about one that has not."""
    total, written = sum(now.values()), sum(before.values())
    if total <= written * (1 + TOLERANCE):
        return None
    more = Counter({place: now[place] - before.get(place, 0) for place in now})
    where = ", ".join(f"{place} (+{n})" for place, n in more.most_common(3) if n > 0)
    return (
        f"A request ({way}) takes {total} {measure}, {total / written - 1:.0%} more than "
        f"the {written} written down. Look at {where}; docs/concepts/performance.md says "
        "how. If it is worth that, --update-cases writes the new figures."
    )


def figures():
    return json.loads(FIGURES.read_text())


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("way", WAYS)
def test_a_request_costs_no_more_than_is_written_down(
    way, measure, counted, update_cases
):
    if update_cases:
        FIGURES.write_text(json.dumps(counted, indent=2) + "\n")
    if measure == "calls" or sys.version_info[:2] == VERSION:
        before = figures()[way][measure]
        told = grown(way, measure, counted[way][measure], before)
        assert told is None, told


def test_what_is_counted_is_the_path_that_is_meant(counted):
    fast, exact = "execution/run/fast.py", "execution/run/projection.py"
    for way in WAYS:
        places = counted[way]["instructions"].keys()
        assert (exact if "exact" in way else fast) in places, way
        assert ("execution/run/merging.py" in places) is ("exact" in way), way


def test_a_tenth_more_is_told_with_the_files_that_it_is_in():
    before = {"a.py": 600, "b.py": 400}

    assert grown("light", "calls", {"a.py": 700, "b.py": 400}, before) is None
    told = grown("light", "calls", {"a.py": 600, "b.py": 390, "c.py": 111}, before)
    assert "takes 1101 calls, 10% more than the 1000 written down" in told
    assert "Look at c.py (+111); " in told


def test_requests_leave_nothing_behind():
    with asyncio.Runner() as runner:
        for way in ways().values():

            def ask(times, way=way):
                for _ in range(times):
                    runner.run(way())
                gc.collect()
                return sys.getallocatedblocks()

            ask(20)
            before = ask(20)

            # What each request left would be there fifty times.
            assert ask(50) - before < 50


@pytest.mark.parametrize(
    ("made", "small"), [(scale.of_entities, 50), (scale.of_fetches, 3)]
)
def test_cost_is_linear_in_entities_and_in_fetches(made, small):
    with asyncio.Runner() as runner:

        def cost(size):
            sized = made(size)
            for _ in range(3):
                runner.run(sized.ask())
            return instructions_by_file(lambda: runner.run(sized.ask())).total()

        assert cost(10 * small) < 10.5 * cost(small)
