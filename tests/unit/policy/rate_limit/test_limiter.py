"""Requests against limits: who is counted, what is refused, and what is told."""

import asyncio
import gc

import pytest

from gateway_graphql.errors import ConfigInvalid, ErrorDetail, RateLimited
from gateway_graphql.exchange import Caller, RequestContext
from gateway_graphql.language.operation import OperationKind
from gateway_graphql.language.pruning import OnType
from gateway_graphql.policy.rate_limit import (
    FieldLimit,
    Limit,
    OperationLimit,
    Rate,
    Tier,
    parse_identifier,
)

SECOND = 1_000_000
MINUTE = 60 * SECOND
ME = "{ me { id } }"
LOGIN = 'mutation($e: String!) { login(email: $e, password: "x") }'


def per_minute(limit, *by, cost=1, burst=None):
    return Limit(
        Rate.per_window(limit, MINUTE, burst),
        tuple(parse_identifier(item) for item in by or ("client",)),
        cost,
    )


def caller(subject, address="192.0.2.1", headers=(), **claims):
    return RequestContext(
        headers=dict(headers),
        caller=Caller(subject, claims={"iss": "https://id.example", **claims}),
        address=address,
    )


def anonymous(address="192.0.2.1", **headers):
    return RequestContext(headers=headers, address=address)


async def granted(world, times, *request, **options):
    """How many of so many requests ran, and how many fields were taken out of them."""
    ran = removed = 0
    for _ in range(times):
        try:
            grant = await world.ask(*request, **options)
        except RateLimited:
            continue
        ran += 1
        removed += len(grant.removals)
    return ran, removed


async def test_without_limits_nothing_is_counted(world):
    limits = world()
    grant = await limits.ask(ME)

    assert (frozenset(), (), {}) == (grant.removals, grant.errors, grant.headers)
    assert 0 == len(limits.store)


async def test_an_answer_says_how_the_limits_stand(world):
    limits = world(client=per_minute(100), budget=per_minute(1000))
    grant = await limits.ask(ME, points=40)

    assert {
        "ratelimit-policy": '"client";q=100;w=60, "cost";q=1000;w=60',
        "ratelimit": '"client";r=99;t=1, "cost";r=960;t=3',
    } == grant.headers


async def test_a_client_over_its_limit_is_refused_and_told_when_to_come_back(world):
    limits = world(client=per_minute(2))
    assert (2, 0) == await granted(limits, 2, ME)

    with pytest.raises(RateLimited) as refusal:
        await limits.ask(ME)

    standing = {
        "limit": 2,
        "remaining": 0,
        "retryAfterMs": 30_000,
        "resetAfterMs": 60_000,
    }
    assert 429 == refusal.value.status
    assert {
        "ratelimit-policy": '"client";q=2;w=60',
        "ratelimit": '"client";r=0;t=60',
        "retry-after": "30",
    } == refusal.value.headers
    assert (
        ErrorDetail(
            'Limit "client" is reached; retry in 30 s.',
            "RATE_LIMITED",
            extensions=(("rateLimit", standing),),
        ),
    ) == refusal.value.details


async def test_a_refused_request_takes_nothing(world):
    limits = world(
        client=per_minute(5),
        operations=(OperationLimit(per_minute(1), kind=OperationKind.QUERY),),
    )
    await limits.ask(ME)
    await granted(limits, 10, ME)

    grant = await limits.ask('mutation { login(password: "") }')

    assert '"client";r=3;t=24' == grant.headers["ratelimit"]


async def test_the_refusal_names_the_limit_that_is_longest_in_the_way(world):
    limits = world(
        client=per_minute(1),
        operations=(
            OperationLimit(
                Limit(Rate.per_window(1, 60 * MINUTE)), kind=OperationKind.QUERY
            ),
        ),
    )
    await limits.ask(ME)

    with pytest.raises(RateLimited) as refusal:
        await limits.ask(ME)

    assert ("query", "3600") == (
        refusal.value.limit_name,
        refusal.value.headers["retry-after"],
    )


@pytest.mark.parametrize(("length", "is_remembered"), [(100, True), (10_000, False)])
def test_charges_are_remembered_for_those_with_short_names(
    world, length, is_remembered
):
    (requirement,) = world(client=per_minute(9, "header:x-key")).study(ME).requirements
    somebody = anonymous(**{"x-key": "x" * length})

    first, second = (requirement.charges(somebody, 0) for _ in range(2))

    assert (first, is_remembered) == (second, first is second)


# Operations


async def test_operations_are_limited_by_name_and_kind(world):
    limits = world(
        operations=(
            OperationLimit(per_minute(1), name="Export"),
            OperationLimit(per_minute(2), kind=OperationKind.MUTATION),
            OperationLimit(per_minute(1), "Export", OperationKind.SUBSCRIPTION),
        )
    )

    assert (1, 0) == await granted(limits, 3, "query Export { me { id } }")
    assert (3, 0) == await granted(limits, 3, "query Other { me { id } }")
    assert (2, 0) == await granted(limits, 3, 'mutation { login(password: "") }')


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        (OperationLimit(per_minute(1), name="Export"), "Export"),
        (OperationLimit(per_minute(1), kind=OperationKind.QUERY), "query"),
        (OperationLimit(per_minute(1), "Export", OperationKind.QUERY), "Export"),
        (OperationLimit(per_minute(1)), "operation"),
    ],
)
async def test_the_limit_of_an_operation_is_named_by_what_it_is_on(world, rule, name):
    grant = await world(operations=(rule,)).ask("query Export { me { id } }")

    assert f'"{name}";q=1;w=60' == grant.headers["ratelimit-policy"]


@pytest.mark.parametrize(
    ("window_us", "seconds"),
    [(250_000, 1), (1_500_000, 2), (30 * 24 * 60 * MINUTE, 2_592_000)],
)
async def test_a_window_is_told_in_whole_seconds(world, window_us, seconds):
    grant = await world(client=Limit(Rate.per_window(1, window_us))).ask(ME)

    assert f'"client";q=1;w={seconds}' == grant.headers["ratelimit-policy"]


# The budget


async def test_a_budget_counts_points(world):
    limits = world(budget=per_minute(100))
    await limits.ask(ME, points=60)

    with pytest.raises(RateLimited) as refusal:
        await limits.ask(ME, points=60)

    assert ("cost", 40) == (
        refusal.value.limit_name,
        refusal.value.standing["remaining"],
    )
    assert "12" == refusal.value.headers["retry-after"]


async def test_what_an_operation_did_not_cost_is_given_back(world):
    limits = world(budget=per_minute(100))
    grant = await limits.ask(ME, points=90)
    limits.limiter.settle(grant, 10)
    await limits.limiter.settled()

    assert '"cost";r=90;t=6' == (await limits.ask(ME)).headers["ratelimit"]


async def test_what_was_given_back_is_forgotten(world):
    limits = world(budget=per_minute(100))
    grant = await limits.ask(ME, points=50)
    gc.collect()
    before = sum(isinstance(one, asyncio.Task) for one in gc.get_objects())
    for points in (49, 48, 47):
        limits.limiter.settle(grant, points)
        await limits.limiter.settled()
    await asyncio.sleep(0)
    gc.collect()

    assert before == sum(isinstance(one, asyncio.Task) for one in gc.get_objects())


async def test_what_an_operation_cost_more_is_taken(world):
    limits = world(budget=per_minute(100))
    limits.limiter.settle(await limits.ask(ME, points=10), 500)
    await limits.limiter.settled()

    with pytest.raises(RateLimited):
        await limits.ask(ME, points=1)


async def test_an_operation_beyond_the_whole_budget_is_not_told_to_come_back(world):
    limits = world(client=per_minute(9), budget=per_minute(100))

    with pytest.raises(RateLimited) as refusal:
        await limits.ask(ME, points=101)

    assert 'The operation takes more than limit "cost" ever gives.' == str(
        refusal.value
    )
    assert "retry-after" not in refusal.value.headers
    assert refusal.value.standing["retryAfterMs"] is None


async def test_who_waits_for_one_limit_and_never_fits_another_is_not_told_to(world):
    limits = world(client=per_minute(1), budget=per_minute(100))
    await limits.ask(ME)

    with pytest.raises(RateLimited) as refusal:
        await limits.ask(ME, points=101)

    assert "retry-after" not in refusal.value.headers


# Who is who


async def test_the_first_tier_that_fits_counts(world):
    limits = world(
        client=per_minute(1),
        budget=per_minute(10),
        tiers=(
            Tier("plan", "pro", client=per_minute(3)),
            Tier("groups", "staff", budget=per_minute(1000)),
        ),
    )

    assert (3, 0) == await granted(limits, 9, ME, (), caller("a", plan="pro"))
    assert (1, 0) == await granted(limits, 9, ME, (), caller("b", groups=["staff"]))
    assert (1, 0) == await granted(limits, 9, ME, (), caller("c", plan="free"))
    assert (1, 0) == await granted(limits, 9, ME, (), caller("e", plan=["free"]))
    assert (1, 0) == await granted(limits, 9, ME, (), anonymous())
    grant = await limits.ask(ME, (), caller("d", groups=["staff", "x"]), points=500)
    assert '"cost";q=1000;w=60' in grant.headers["ratelimit-policy"]


@pytest.mark.parametrize(
    ("by", "same", "other"),
    [
        ("user", [caller("a"), caller("a", "192.0.2.9")], caller("b")),
        ("user", [caller("a"), caller("a")], caller("a", iss="https://other.example")),
        ("user", [anonymous(), anonymous(agent="x")], anonymous("192.0.2.2")),
        ("user", [caller(None), anonymous()], caller("192.0.2.1")),
        ("ip", [caller("a"), anonymous()], anonymous("192.0.2.2")),
        ("ip", [anonymous("2001:db8::1"), anonymous("2001:db8::2")], anonymous("::1")),
        ("ip", [anonymous("::ffff:192.0.2.7"), anonymous("192.0.2.7")], anonymous()),
        ("client", [caller("a"), caller("a")], caller("b")),
        ("client", [caller("a", app="x"), caller("b", app="x")], caller("a", app="y")),
        ("claim:org", [caller("a", org=7), caller("b", org=7)], caller("a", org=8)),
        ("claim:org.id", [caller("a", org={"id": 1})] * 2, caller("a", org={"id": 2})),
        (
            "claim:org",
            [caller("a", org={"id": 1, "at": 2}), caller("a", org={"at": 2, "id": 1})],
            caller("a", org={"id": 2, "at": 1}),
        ),
        ("claim:org", [caller("a"), caller("a")], caller("b")),
        ("header:x-App", [anonymous(**{"x-app": "1"})] * 2, anonymous(**{"x-app": ""})),
        ("header:x-app", [anonymous(), anonymous()], anonymous("192.0.2.2")),
        ("ip", [RequestContext(), RequestContext()], anonymous("unix:")),
    ],
)
async def test_by_says_who_shares_a_bucket(world, by, same, other):
    limits = world(client=per_minute(1, by), client_claim="app")

    assert (1, 0) == await granted(limits, 1, ME, (), same[0])
    assert (0, 0) == await granted(limits, 1, ME, (), same[1])
    assert (1, 0) == await granted(limits, 1, ME, (), other)


async def test_all_that_by_names_identifies_a_bucket_together(world):
    limits = world(client=per_minute(1, "user", "ip"))

    assert (1, 0) == await granted(limits, 2, ME, (), caller("a", "192.0.2.1"))
    assert (1, 0) == await granted(limits, 2, ME, (), caller("a", "192.0.2.2"))
    assert (1, 0) == await granted(limits, 2, ME, (), caller("b", "192.0.2.1"))


async def test_no_key_tells_who_it_is_for(world):
    limits = world(client=per_minute(5, "user", "header:x-mail", "claim:mail"))
    await limits.ask(
        LOGIN,
        {"e": "alice@example.com"},
        caller("alice", headers={"x-mail": "alice@x"}, mail="alice@y"),
    )

    keys = list(limits.store)
    assert 2 == len(keys)
    assert all(key.startswith("{gateway}:rate:") for key in keys)
    assert not any("alice" in key or "192.0.2.1" in key for key in keys)


async def test_a_secret_makes_other_keys(world):
    plain, secret = (
        world(client=per_minute(5)),
        world(client=per_minute(5), key_secret=b"s" * 32),
    )
    await plain.ask(ME)
    await secret.ask(ME)

    assert set(plain.store).isdisjoint(secret.store)


def test_a_secret_too_long_for_the_hash_is_refused(world):
    with pytest.raises(ValueError, match="over 64 bytes"):
        world(key_secret=b"s" * 65)


# Fields


async def test_the_sixth_login_for_one_address_is_null_and_the_rest_is_answered(world):
    limits = world()
    assert (5, 0) == await granted(limits, 5, LOGIN, {"e": "alice@example.com"})

    text = 'mutation($e: String!) { login(email: $e, password: "x") other: register(input: {contact: {email: "z"}}) { id } }'
    grant = await limits.ask(text, {"e": "alice@example.com"})

    standing = {
        "limit": 5,
        "remaining": 0,
        "retryAfterMs": 12_000,
        "resetAfterMs": 60_000,
    }
    assert {("login",)} == grant.removals
    assert (
        ErrorDetail(
            "The limit on Mutation.login is reached; retry in 12 s.",
            "RATE_LIMITED",
            ("login",),
            extensions=(("rateLimit", standing),),
        ),
    ) == grant.errors
    assert (1, 0) == await granted(limits, 1, LOGIN, {"e": "bob@example.com"})


async def test_the_error_of_a_field_names_the_limit_that_is_longest_in_the_way(world):
    limits = world(
        fields=(
            FieldLimit("User.id", Limit(Rate.per_window(1, 60 * MINUTE))),
            FieldLimit("User.id", per_minute(1)),
        )
    )
    await limits.ask(ME)

    grant = await limits.ask(ME)

    assert ["The limit on User.id is reached; retry in 3600 s."] == [
        error.message for error in grant.errors
    ]


@pytest.mark.parametrize(
    "email",
    ["Alice@Example.com", " alice@example.com", "ａlice@example.com"],  # noqa: RUF001
)
async def test_another_spelling_of_a_value_is_the_same_value(world, email):
    limits = world()
    await granted(limits, 5, LOGIN, {"e": "alice@example.com"})

    assert (1, 1) == await granted(limits, 1, LOGIN, {"e": email})


async def test_a_limit_by_an_argument_counts_only_calls_that_give_it(world):
    limits = world()
    by_name = 'mutation { login(username: "alice", password: "x") }'
    await granted(limits, 9, LOGIN, {"e": "alice@example.com"})

    assert (9, 4) == await granted(limits, 9, by_name)


async def test_an_alias_is_a_call(world):
    limits = world()
    calls = " ".join(f'a{n}: login(email: "a@x", password: "{n}")' for n in range(8))
    grant = await limits.ask(f"mutation {{ {calls} }}")

    assert {("a5",), ("a6",), ("a7",)} == grant.removals


async def test_calls_in_fragments_and_conditions_are_calls(world):
    limits = world()
    text = """
      mutation($yes: Boolean!, $no: Boolean!) {
        ...A
        ... on Mutation { b: login(email: "a@x", password: "") }
        c: login(email: "a@x", password: "") @include(if: $yes)
        d: login(email: "a@x", password: "") @include(if: $no)
        e: login(email: "a@x", password: "") @skip(if: $yes)
        ... @include(if: $no) { f: login(email: "a@x", password: "") }
        g: login(email: "a@x", password: "") @skip(if: $no)
        h: login(email: "a@x", password: "") @skip(if: true)
        i: login(email: "a@x", password: "")
        j: login(email: "a@x", password: "")
      }
      fragment A on Mutation { a: login(email: "a@x", password: "") }
    """
    grant = await limits.ask(text, {"yes": True, "no": False})

    assert {("j",)} == grant.removals


async def test_what_one_of_two_conditions_asks_for_is_counted_by_its_own_limits(world):
    limits = world(fields=(FieldLimit("Query.anything", per_minute(9, "ip")),))
    text = """query($report: Boolean!) {
      anything @skip(if: $report) { ... on Book { id } }
      anything @include(if: $report) { ... on Report { text } } }"""

    assert (2, 1) == await granted(limits, 2, text, {"report": True})
    assert (2, 0) == await granted(limits, 2, text, {"report": False})


async def test_a_field_asked_for_twice_under_one_key_is_one_call(world):
    limits = world()
    text = """query($a: Boolean!, $b: Boolean!) {
      me @include(if: $a) { orders { total } }
      me @include(if: $b) { orders { total } orders { total } } }"""

    assert (2, 0) == await granted(limits, 2, text, {"a": True, "b": True})
    assert (1, 1) == await granted(limits, 1, text, {"a": False, "b": True})
    assert (1, 0) == await granted(limits, 1, text, {"a": False, "b": False})


async def test_a_field_under_a_list_is_one_call_with_its_error_at_the_list(world):
    limits = world()
    text = "{ me { orders { items { id } } } }"
    await granted(limits, 1, text)
    grant = await limits.ask("{ me { id orders { a: items { id } b: items { id } } } }")

    assert {("me", "orders", "b")} == grant.removals
    assert [("me", "orders")] == [error.path for error in grant.errors]


async def test_what_is_inside_an_exceeded_field_is_not_charged(world):
    limits = world()
    await granted(limits, 2, "{ me { orders { total } } }")
    grant = await limits.ask("{ me { orders { items { id } } } }")
    limits.clock.now_us += 30 * SECOND
    after = await limits.ask("{ me { orders { a: items { id } b: items { id } } } }")

    assert {("me", "orders")} == grant.removals
    assert frozenset() == after.removals


async def test_what_is_taken_out_already_is_not_charged(world):
    limits = world()
    text = "{ me { orders { items { id } } } }"
    for _ in range(3):
        await limits.ask(text, removals=frozenset({("me",)}))
        await limits.ask(text, removals=frozenset({("me", "orders")}))

    assert (2, 0) == await granted(limits, 2, text)


@pytest.mark.parametrize(
    "text",
    [
        "{ search { ... on Book { preview } } }",
        "{ search { preview } }",
        "{ search { ... on Media { preview } } }",
        "{ node(id: 2) { ... on Media { preview } } }",
        "{ anything { ... on Media { ... on Book { x: preview } } } }",
    ],
)
async def test_a_limit_is_not_escaped_through_another_type(world, text):
    limits = world()
    await limits.ask("{ node(id: 1) { ... on Book { preview } } }")

    assert (1, 1) == await granted(limits, 1, text)


async def test_a_limit_on_an_objects_field_leaves_other_objects_alone(world):
    text = "{ search { ... on Film { preview } } }"

    assert (2, 0) == await granted(world(), 2, text)


async def test_a_limit_on_an_interfaces_field_holds_for_its_objects(world):
    limits = world()
    await limits.ask("{ node(id: 1) { rating } }")
    grant = await limits.ask("{ search { ... on Book { rating } } }")

    assert {("search", OnType("Book"), "rating")} == grant.removals
    assert ["The limit on Node.rating is reached; retry in 30 s."] == [
        error.message for error in grant.errors
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ report { text } }", ("report",)),
        ("{ again: report { author { id } } }", ("again",)),
        ("{ anything { __typename } }", ("anything",)),
        ("{ anything { ... on Report { text } } }", ("anything",)),
        ("{ anything { ... on Book { id } } }", None),
        ("{ me { id } }", None),
    ],
)
async def test_a_limit_on_a_type_counts_the_fields_that_return_it(
    world, text, expected
):
    limits = world()
    await limits.ask("{ report { text } }")
    grant = await limits.ask(text)

    assert ({expected} if expected else set()) == grant.removals


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ('a: node(id: "7") { id }', "b: node(id: 7) { id }", True),
        ("a: node(id: 7) { id }", "b: node(id: $id) { id }", True),
        ("a: node(id: 7) { id }", "b: node(id: 8) { id }", False),
        ("a: search { title }", 'b: search(text: "ALL") { title }', True),
        ("a: search { title }", "b: search(text: $text) { title }", True),
        ("a: search { title }", 'b: search(text: "some") { title }', False),
    ],
)
async def test_arguments_are_compared_as_values(world, first, second, is_same):
    limits = world()
    repeated = " ".join(
        f"a{n}{first.removeprefix('a')}" for n in range(2 if "search" in first else 3)
    )
    text = f"query($id: ID, $text: String) {{ {repeated} {second} }}".replace(
        "$id: ID", '$id: ID! = "7"'
    )
    grant = await limits.ask(text)

    assert ({("b",)} if is_same else set()) == grant.removals


REGISTER = "mutation($i: Registration!) { register(input: $i) { id } }"


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        (REGISTER, {"i": {"contact": {"email": "a@x"}}}),
        (
            "mutation($c: Contact!) { register(input: {contact: $c}) { id } }",
            {"c": {"email": "a@x"}},
        ),
        (
            """mutation($e: String!, $t: String) {
              register(input: {tags: [$t], contact: {email: $e}}) { id } }""",
            {"e": "A@x"},
        ),
        ('mutation { register(input: {contact: {email: "a@x"}}) { id } }', {}),
    ],
)
async def test_an_argument_inside_another_counts_however_it_is_written(
    world, text, variables
):
    limits = world()
    await limits.ask(REGISTER, {"i": {"contact": {"email": "a@x"}, "tags": ["new"]}})

    assert (1, 1) == await granted(limits, 1, text, variables)
    assert (1, 0) == await granted(
        limits, 1, REGISTER, {"i": {"contact": {"email": "b@x"}}}
    )


async def test_settings_limit_fields_beside_the_schema(world):
    limits = world(
        fields=(
            FieldLimit("User.id", per_minute(2, "ip")),
            FieldLimit("Query.search", per_minute(3, "ip", cost=3)),
        )
    )

    assert (3, 1) == await granted(limits, 3, ME)
    assert (2, 1) == await granted(limits, 2, "{ search { title } }")


async def test_looking_shows_all_limits_and_takes_nothing(world):
    limits = world(client=per_minute(10))
    operation = limits.study('mutation { login(email: "a@x", password: "") }')
    looks = [await limits.limiter.look(operation, {}, anonymous()) for _ in range(3)]

    assert [
        ("client", None, 9),
        ("Mutation.login", ("login",), 4),
    ] == [(s.name, s.place, s.level.remaining) for s in looks[2]]
    assert 0 == len(limits.store)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (
            {"fields": (FieldLimit("Query.nothing", per_minute(1)),)},
            "the schema has no field Query.nothing",
        ),
        (
            {"fields": (FieldLimit("Book", per_minute(1)),)},
            "the schema has no field Book",
        ),
        (
            {"fields": (FieldLimit("Query.search", per_minute(1, "arg:txt")),)},
            'Query.search has no argument "txt"',
        ),
        (
            {"fields": (FieldLimit("Query.search", per_minute(1, "arg:text.a")),)},
            'Query.search has no argument "text.a"',
        ),
        (
            {"client": per_minute(1, "arg:text")},
            'limit "client" is on no field, so not by arg:text',
        ),
    ],
)
def test_a_limit_that_cannot_be_counted_is_an_error_at_start(world, settings, problem):
    with pytest.raises(ConfigInvalid) as error:
        world(**settings)

    assert f"Rate limits: {problem}." == str(error.value)


async def test_a_header_that_was_no_text_has_a_bucket_of_its_own(world):
    limits = world(client=per_minute(1, "header:x-key"))

    assert (1, 0) == await granted(
        limits, 2, ME, context=anonymous(**{"x-key": "\udc80"})
    )
    assert (1, 0) == await granted(
        limits, 2, ME, context=anonymous(**{"x-key": "\udc81"})
    )
