"""What composition refuses cannot be planned, and what composes can be planned."""

import re
from collections.abc import Iterator
from itertools import islice

from graphql import (
    get_named_type,
    is_abstract_type,
    is_composite_type,
    parse,
    validate,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway_graphql import Subgraph
from gateway_graphql.composition.field_roles import FieldRoles
from gateway_graphql.composition.merge import merge
from gateway_graphql.composition.problems import Problems
from gateway_graphql.composition.subgraph_sdl import read_subgraph
from gateway_graphql.planning import Planner
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.supergraph.operations import read_operation
from tests.world.border import draw_border
from tests.world.choices import Choices
from tests.world.partial import UNREACHED
from tests.world.split import MOVED
from tests.world.world import composed

LONGEST_PATH = 4
PATHS = 40


@st.composite
def splits(draw):
    """Subgraphs that are right each by itself, and fit each other."""
    split = draw_border(Choices(draw))
    result = composed(split)
    assume({error.code for error in result.errors} <= {UNREACHED})
    return split, result


def merged(split):
    """The supergraph of subgraphs, not looking whether its fields can be reached."""
    problems = Problems()
    schemas = [
        read_subgraph(Subgraph(name=name, url=f"http://{name}", sdl=sdl), problems)[0]
        for name, sdl in sorted(split.sdl_by_subgraph().items())
    ]
    supergraph = merge(tuple(map(FieldRoles, schemas)), problems)
    assert [] == problems.errors
    return supergraph


def refused_in(message, schema):
    """The operation that an error says cannot be answered.

    A mutation that no single subgraph can answer has a path for each of them.
    """
    paths = re.findall(r"by the subgraphs: (.*?)\. The path ends", message)
    texts = [whole(path, schema) for path in paths]
    head = "mutation " if texts[0].startswith("mutation") else ""
    bodies = (text.partition("{")[2].rpartition("}")[0] for text in texts)
    return f"{head}{{ {' '.join(bodies)} }}"


def whole(path, schema):
    """A path as a valid operation: something is selected of an object at its end."""
    end = path.index(" }")
    longer = f"{path[:end]} {{ __typename }}{path[end:]}"
    return next(one for one in (path, longer) if not validate(schema, parse(one)))


class Plans:
    """Whether operations can be planned, with the labels on and off."""

    def __init__(self, supergraph):
        self._supergraph = supergraph
        self._planner = Planner(supergraph)

    def has(self, text):
        read = read_operation(parse(text), self._supergraph)
        return not any(
            self._planner.plan(read, labels).unreachable for labels in ((), (MOVED,))
        )


@given(drawn=splits())
def test_what_is_refused_cannot_be_planned(drawn):
    split, result = drawn
    assume(result.errors)
    supergraph = merged(split)
    plans = Plans(supergraph)
    schema = build_api_schema(supergraph)
    for error in result.errors:
        text = refused_in(error.message, schema)

        assert not plans.has(text), text


def paths_from(schema, type_, steps) -> Iterator[str]:
    """Operations that ask for one field each, the shorter paths first."""
    waiting = [(type_, steps)]
    while waiting:
        type_, steps = waiting.pop(0)
        if is_abstract_type(type_):
            waiting += (
                (possible, [*steps, f"... on {possible}"])
                for possible in schema.get_possible_types(type_)
            )
            continue
        for name, field in type_.fields.items():
            inner = get_named_type(field.type)
            if not is_composite_type(inner):
                yield asking([*steps, name])
            elif len(steps) < LONGEST_PATH:
                waiting.append((inner, [*steps, name]))


def asking(path):
    return " { ".join(["", *path]).strip() + " }" * len(path)


@given(drawn=splits())
def test_what_composes_can_be_planned(drawn):
    _, result = drawn
    assume(not result.errors)
    schema = build_api_schema(result.supergraph)
    paths = islice(paths_from(schema, schema.query_type, []), PATHS)
    plans = Plans(result.supergraph)

    assert [] == [text for text in paths if not plans.has(text)]
