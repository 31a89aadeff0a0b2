"""Introspection shows a caller only what the caller may use, as a valid schema."""

import asyncio
import threading
import tracemalloc
from itertools import chain, combinations

import pytest
from graphql import (
    OperationType,
    build_client_schema,
    get_introspection_query,
    is_abstract_type,
    is_specified_scalar_type,
    print_schema,
)
from graphql import validate_schema as problems_of

from gateway_graphql.language.narrowed import HiddenNames, NarrowedSchema
from gateway_graphql.policy.authorization import Authorization, Policy, PolicyQuestion
from gateway_graphql.policy.authorization.rules import AccessRules, RequiresScopes
from gateway_graphql.policy.authorization.schemas import NamesHidden, bytes_of_names
from gateway_graphql.policy.authorization.visible import (
    hidden_names,
    visible_supergraph,
)
from gateway_graphql.supergraph.api_schema import build_api_schema
from gateway_graphql.supergraph.reading import read_supergraph

from .conftest import supergraph_of
from .test_hiding import HIDING

SUBGRAPHS = {
    "a": """
      type Query {
        open: String
        me: User @authenticated
        find(by: Filter): [Found] @requiresScopes(scopes: [["find"]])
        node: Node
        holder: Holder
        mood: Mood
        staff: String @policy(policies: [["staff"]])
        mine: Mine
      }
      type Mutation { rename(name: String): User @authenticated }
      type User { name: String, email: String @requiresScopes(scopes: [["email"]]) }
      input Filter { text: String, kind: Kind }
      enum Kind { A B }
      union Found = User | Secret
      type Secret @requiresScopes(scopes: [["secret"]]) { code: String }
      interface Node { label: String, next: Next }
      type Open implements Node { label: String, next: Next }
      type Closed implements Node { label: String @authenticated, next: Last }
      interface Next { to: String }
      type Last implements Next @requiresScopes(scopes: [["secret"]]) { to: String }
      type Other implements Next { to: String }
      type Holder { only: Secret }
      enum Mood @requiresScopes(scopes: [["email"]]) { GOOD BAD }
      type Mine { id: ID, own: String @policy(policies: [["owner"]]) }
    """
}
SDL = supergraph_of(SUBGRAPHS)


async def shown(it, context=None):
    result = await it.gateway.execute(get_introspection_query(), context=context)
    assert () == result.errors
    return print_schema(build_client_schema(result.data))


async def test_anonymous_callers_see_what_is_open(world):
    it = world({}, {}, SDL)

    assert (
        """\
type Mine {
  id: ID
}

type Query {
  open: String
  mine: Mine
}"""
        == await shown(it)
    )


async def test_whoever_may_have_everything_sees_everything(world, caller):
    async def yes(_context, questions):
        return [True for _ in questions]

    it = world(
        {}, {}, SDL, policies={"staff": Policy(yes), "owner": Policy(yes, ("id",))}
    )
    context = caller("find", "email", "secret")

    assert print_schema(it.gateway.runtime.api_schema) == await shown(it, context)


async def test_a_policy_about_objects_hides_nothing(world):
    async def no(_context, questions):
        return [False for _ in questions]

    it = world(
        {}, {}, SDL, policies={"staff": Policy(no), "owner": Policy(no, ("id",))}
    )

    text = await shown(it)
    assert "own: String" in text
    assert "staff" not in text


@pytest.mark.parametrize(
    "settings", [{"filters_introspection": False}, {"mode": "dry_run"}]
)
async def test_introspection_can_be_left_whole(world, settings):
    it = world({}, {}, SDL, **settings)

    assert print_schema(it.gateway.runtime.api_schema) == await shown(it)


async def test_what_is_hidden_is_not_shown_whatever_introspection_is_to_show(world):
    it = world({}, {}, SDL, mode="hide", filters_introspection=False)

    assert "me: User" not in await shown(it)


ASKING = """
  type Query {
    open: String
    one: String @policy(policies: [["a", "b"], ["c"]])
    mine(of: ID): String @policy(policies: [["d"]])
    other: String @policy(policies: [["d"]])
  }
"""


@pytest.mark.parametrize(
    ("agreeing", "is_shown"),
    [("", False), ("a", False), ("b", False), ("a b", True), ("c", True)],
)
async def test_a_field_is_shown_when_one_whole_set_of_policies_agrees(
    world, agreeing, is_shown
):
    def policy(name):
        async def answer(_context, questions):
            asked.extend(questions)
            return [name in agreeing.split() for _ in questions]

        return Policy(answer)

    asked = []
    it = world({"a": ASKING}, {}, policies={name: policy(name) for name in "abcd"})

    assert is_shown == ("one: String" in await shown(it))
    assert [PolicyQuestion("Query.one")] * 3 == asked


async def test_a_policy_that_is_told_arguments_somewhere_hides_nothing(world):
    async def no(_context, questions):
        return [False for _ in questions]

    text = await shown(world({"a": ASKING}, {}, policies={"d": Policy(no)}))

    assert "mine(of: ID): String" in text
    assert "other: String" in text


def large(kind):
    """Every kind of member counts: without one of them three schemas would fit."""
    return " ".join(kind.format(n) for n in range(4500))


async def test_schemas_that_callers_see_are_kept_while_there_is_room(caller):
    supergraph = read_supergraph(
        supergraph_of(
            {
                "a": f"""
                  type Query {{
                    open({large("a{}: Int")}): Values
                    of(it: Members): Int
                    a: Int @requiresScopes(scopes: [["a"]])
                    b: Int @requiresScopes(scopes: [["b"]])
                  }}
                  enum Values {{ {large("V{}")} }}
                  input Members {{ {large("m{}: Int")} }}
                """
            }
        )
    )
    authorization = Authorization(supergraph, build_api_schema(supergraph))
    nobody, a, b = caller(), caller("a"), caller("b")
    first = await authorization.visible_schema(a)
    second = await authorization.visible_schema(b)

    assert first is await authorization.visible_schema(a)
    await authorization.visible_schema(nobody)
    assert first is await authorization.visible_schema(a)
    assert second is not await authorization.visible_schema(b)


async def test_what_is_wrong_with_a_document_does_not_tell_of_hidden_fields(
    world, caller
):
    it = world({}, {}, SDL)

    hidden = await it.gateway.execute("{ staf me { nam } }")
    told = await it.gateway.execute("{ open me { nam } }", context=caller())

    assert [
        "Cannot query field 'staf' on type 'Query'.",
        "Cannot query field 'me' on type 'Query'.",
    ] == [error["message"] for error in hidden.errors]
    assert ["Cannot query field 'nam' on type 'User'. Did you mean 'name'?"] == [
        error["message"] for error in told.errors
    ]


NARROWED = supergraph_of(
    {
        "a": """
          type Query { node: Node }
          interface Node { label: String, next: Next }
          type Open implements Node { label: String, next: Next }
          type Closed implements Node { label: String, next: Secret }
          union Next = Secret | Other
          type Secret @authenticated { code: String }
          type Other { code: String }
        """
    }
)


@pytest.mark.parametrize("sdl", [SDL, NARROWED])
def test_every_view_is_a_valid_schema(sdl):
    supergraph = read_supergraph(sdl)
    rules = AccessRules(supergraph)
    every = sorted(rules.all, key=repr)

    for failing in chain.from_iterable(
        combinations(every, size) for size in range(len(every) + 1)
    ):
        schema = build_api_schema(visible_supergraph(supergraph, rules, failing))
        assert [] == problems_of(schema)


def test_whoever_may_ask_nothing_sees_an_empty_query():
    supergraph = read_supergraph(
        supergraph_of({"a": "type Query { me: String @authenticated }"})
    )
    rules = AccessRules(supergraph)

    schema = build_api_schema(visible_supergraph(supergraph, rules, rules.all))

    assert ["_empty"] == list(schema.query_type.fields)
    assert [] == problems_of(schema)


@pytest.mark.parametrize("sdl", [SDL, HIDING], ids=["visible", "hiding"])
def test_a_schema_without_names_is_the_one_that_is_built_without_them(sdl):
    supergraph = read_supergraph(sdl)
    rules = AccessRules(supergraph)
    whole = build_api_schema(supergraph)
    every = sorted(rules.all, key=repr)
    for failing in chain.from_iterable(
        combinations(every, count) for count in range(len(every) + 1)
    ):
        built = build_api_schema(visible_supergraph(supergraph, rules, failing))
        hidden = hidden_names(supergraph, rules, failing)
        narrowed = NarrowedSchema(whole, hidden)

        assert told(built) == told(narrowed), failing
        assert bool(hidden) == (told(built) != told(whole)), failing


def told(schema):
    """All that validation asks of a schema."""
    types = {
        name: (type_, sorted(getattr(type_, "fields", {}).items()))
        for name, type_ in schema.type_map.items()
    }
    return {
        "types": {
            name: (
                type(type_).__name__,
                [
                    (field, str(one.type), sorted(getattr(one, "args", {})))
                    for field, one in fields
                    if field != "_empty"
                ],
                sorted(map(str, getattr(type_, "interfaces", ()))),
            )
            for name, (type_, fields) in types.items()
            if not is_specified_scalar_type(type_)
        },
        "possible": {
            name: sorted(
                (str(one), schema.is_sub_type(type_, one))
                for one in schema.get_possible_types(type_)
            )
            for name, (type_, _) in types.items()
            if is_abstract_type(type_)
        },
        "roots": [
            str(schema.get_root_type(kind))
            for kind in (OperationType.QUERY, OperationType.MUTATION)
        ],
    }


def threads():
    return {thread.name.rpartition("_")[0] for thread in threading.enumerate()}


@pytest.mark.parametrize("mode", ["filter", "reject"])
async def test_no_schema_is_built_to_tell_what_is_wrong_with_a_document(world, mode):
    it = world({}, {}, SDL, mode=mode)
    before = threads()

    for query in ("{ staf }", "{ staf me { nam } }", "{ opn }"):
        assert (await it.gateway.execute(query)).errors

    assert {"names"} <= threads() - before
    assert "schemas" not in threads() - before


async def test_names_are_found_out_once_for_those_who_fail_the_same():
    found = []

    def build(rules):
        found.append(rules)
        return HiddenNames(frozenset({"Secret"}))

    names = NamesHidden(build)
    rules = AccessRules(read_supergraph(SDL)).all
    await asyncio.gather(*(names.get(frozenset(rules)) for _ in range(3)))
    await names.get(frozenset(rules))
    names.close()

    assert [frozenset(rules)] == found


async def test_hidden_names_are_kept_within_a_number_of_bytes():
    some = HiddenNames(frozenset(f"T{n}" for n in range(50)))
    found = []

    def build(rules):
        found.append(rules)
        return some

    names = NamesHidden(build, 2 * bytes_of_names(some))
    for one in ("a", "b", "a", "c", "a", "b"):
        await names.get(frozenset({RequiresScopes((frozenset({one}),))}))
    names.close()

    assert 4 == len(found)
    assert f"2 entries, {2 * bytes_of_names(some)} bytes" in repr(names)


def test_the_estimate_of_names_is_near_what_they_take():
    texts = [f"field{n}" for n in range(4_000)]
    tracemalloc.start()
    hidden = HiddenNames(
        frozenset(texts),
        {text: frozenset(texts[n : n + 5]) for n, text in enumerate(texts)},
    )
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert taken / 2 < bytes_of_names(hidden) < 2 * taken
