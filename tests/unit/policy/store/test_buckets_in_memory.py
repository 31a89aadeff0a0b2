"""Buckets in memory, on a clock that the tests set."""

import pytest

from gateway_graphql.policy.store.buckets.bucket import (
    Bucket,
    Charge,
    Group,
    Outcome,
    Rate,
)
from gateway_graphql.policy.store.buckets.memory import MemoryStore

SECOND = 1_000_000
MINUTE = 60 * SECOND
EXCEEDED, TAKEN, LEFT = Outcome.EXCEEDED, Outcome.TAKEN, Outcome.LEFT


class Clock:
    def __init__(self):
        self.now_us = 10**15

    def __call__(self):
        return self.now_us


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(clock):
    return MemoryStore(clock=clock)


def charge(key, limit=2, amount=1, window_us=MINUTE, burst=None):
    return Charge(Bucket(key, Rate.per_window(limit, window_us, burst)), amount)


def outcomes(decision):
    return (
        [level.outcome for level in decision.required],
        [[level.outcome for level in group] for group in decision.groups],
    )


async def take_all(store, one, times):
    decisions = [await store.take([one]) for _ in range(times)]
    return [decision.is_allowed for decision in decisions]


async def test_a_bucket_gives_its_burst_and_then_its_rate(store, clock):
    login = charge("login", limit=5)

    assert [True] * 5 + [False] == await take_all(store, login, 6)

    clock.now_us += 12 * SECOND

    assert [True, False] == await take_all(store, login, 2)


async def test_a_burst_may_differ_from_the_limit(store, clock):
    assert [True] * 3 + [False] == await take_all(store, charge("a", 60, burst=3), 4)

    clock.now_us += SECOND

    assert [True, False] == await take_all(store, charge("a", 60, burst=3), 2)


async def test_a_level_says_how_the_bucket_stands(store, clock):
    one = charge("a", limit=6)
    first = (await store.take([one])).required[0]
    clock.now_us += 4 * SECOND
    second = (await store.take([one])).required[0]
    for _ in range(4):
        await store.take([one])
    refused = (await store.take([one])).required[0]

    assert (5, 0, 10_000) == (
        first.remaining,
        first.retry_after_ms,
        first.reset_after_ms,
    )
    assert (4, 0, 16_000) == (
        second.remaining,
        second.retry_after_ms,
        second.reset_after_ms,
    )
    assert (0, 6_000, 56_000) == (
        refused.remaining,
        refused.retry_after_ms,
        refused.reset_after_ms,
    )


async def test_what_is_more_than_the_bucket_holds_never_fits(store):
    level = (await store.take([charge("a", limit=5, amount=6)])).required[0]

    assert (EXCEEDED, None, 5) == (level.outcome, level.retry_after_ms, level.remaining)


async def test_one_required_charge_that_does_not_fit_leaves_all_others(store):
    await take_all(store, charge("client"), 2)

    decision = await store.take(
        [charge("operation"), charge("client"), charge("cost", 100, 40)],
        [Group((charge("login"),))],
    )

    assert not decision.is_allowed
    assert ([LEFT, EXCEEDED, LEFT], [[LEFT]]) == outcomes(decision)
    assert (2, 0, 100) == tuple(level.remaining for level in decision.required)
    assert [True, True] == await take_all(store, charge("operation"), 2)


async def test_a_group_that_does_not_fit_leaves_the_rest_taken(store):
    await take_all(store, charge("login"), 2)

    decision = await store.take(
        [charge("client")],
        [Group((charge("search"), charge("login"))), Group((charge("rates"),))],
    )

    assert decision.is_allowed
    assert ([TAKEN], [[LEFT, EXCEEDED], [TAKEN]]) == outcomes(decision)
    assert [True, True] == await take_all(store, charge("search"), 2)


async def test_a_group_within_one_that_is_not_taken_is_not_asked(store):
    await take_all(store, charge("orders"), 2)

    decision = await store.take(
        [],
        [
            Group((charge("orders"),)),
            Group((charge("items"),), within=0),
            Group((charge("rates"),), within=1),
        ],
    )

    assert ([], [[EXCEEDED], [LEFT], [LEFT]]) == outcomes(decision)


async def test_calls_of_one_bucket_in_one_request_are_counted_one_by_one(store):
    decision = await store.take([], [Group((charge("login", limit=5),))] * 6)

    assert ([], [[TAKEN]] * 5 + [[EXCEEDED]]) == outcomes(decision)


async def test_looking_takes_nothing(store):
    looked = [await store.look([charge("a")]) for _ in range(3)]

    assert [1, 1, 1] == [decision.required[0].remaining for decision in looked]
    assert 0 == len(store)


async def test_what_is_given_back_can_be_taken_again(store):
    await store.take([charge("cost", 100, 80)])
    await store.give_back(charge("cost", 100).bucket, 50)

    assert 70 == (await store.look([charge("cost", 100, 0)])).required[0].remaining


async def test_no_bucket_gets_fuller_than_full(store):
    bucket = charge("cost", 100).bucket
    await store.take([charge("cost", 100, 10)])
    await store.give_back(bucket, 1000)

    assert 100 == (await store.look([charge("cost", 100, 0)])).required[0].remaining


async def test_what_is_owed_is_paid_before_anything_is_given(store, clock):
    bucket = charge("cost", 100).bucket
    await store.take([charge("cost", 100, 100)])
    await store.give_back(bucket, -150)

    level = (await store.take([charge("cost", 100)])).required[0]
    assert (EXCEEDED, 0, 90_600) == (
        level.outcome,
        level.remaining,
        level.retry_after_ms,
    )

    clock.now_us += 90 * SECOND
    assert [False] == await take_all(store, charge("cost", 100), 1)
    clock.now_us += SECOND
    assert [True, False] == await take_all(store, charge("cost", 100), 2)


async def test_debt_is_bounded(store, clock):
    bucket = charge("cost", 100).bucket
    for _ in range(3):
        await store.give_back(bucket, -1_000_000)

    level = (await store.look([charge("cost", 100, 100)])).required[0]
    assert (0, 5 * 60_000) == (level.remaining, level.reset_after_ms)
    clock.now_us += 5 * MINUTE
    assert (await store.take([charge("cost", 100, 100)])).is_allowed


async def test_nothing_is_free_also_for_whoever_owes(store):
    await store.give_back(charge("cost").bucket, -1000)

    decision = await store.take(
        [charge("cost", amount=0)], [Group((charge("cost", amount=0),))]
    )

    assert decision.is_allowed
    assert [Outcome.TAKEN] == [level.outcome for level in decision.groups[0]]


async def test_a_clock_that_goes_back_makes_nobody_wait_longer_than_debts_do(
    store, clock
):
    await take_all(store, charge("a"), 2)
    clock.now_us -= 24 * 60 * MINUTE

    level = (await store.take([charge("a")])).required[0]

    assert (EXCEEDED, 270_000, 300_000) == (
        level.outcome,
        level.retry_after_ms,
        level.reset_after_ms,
    )

    clock.now_us += 270 * SECOND

    assert [True, False] == await take_all(store, charge("a"), 2)


async def test_a_clock_that_leaps_ahead_fills_buckets(store, clock):
    await take_all(store, charge("a"), 2)
    clock.now_us += 10 * MINUTE

    assert [True, True, False] == await take_all(store, charge("a"), 3)


async def test_a_million_keys_stay_in_bounded_memory(clock):
    store = MemoryStore(1000, clock=clock)
    rate = Rate.per_window(2, MINUTE)
    for first in range(0, 1_000_000, 100):
        keys = range(first, first + 100)
        await store.take([Charge(Bucket(f"ip:{key}", rate)) for key in keys])

    assert 1000 == len(store)


async def test_a_flood_of_new_keys_does_not_free_an_empty_bucket(clock):
    store = MemoryStore(100, clock=clock)
    await take_all(store, charge("login", limit=5), 5)
    for number in range(10_000):
        await store.take([charge(f"ip:{number}", limit=100)])

    assert not (await store.take([charge("login", limit=5)])).is_allowed


async def test_full_buckets_go_before_the_bound_is_reached(store, clock):
    for number in range(500):
        await store.take([charge(f"old:{number}")])
    clock.now_us += 2 * MINUTE
    for number in range(500):
        await store.take([charge(f"new:{number}")])

    assert "<MemoryStore 500 of 100000 buckets>" == repr(store)


@pytest.mark.parametrize(
    ("limit", "window_us", "burst", "problem"),
    [
        (0, MINUTE, 1, "at least 1"),
        (1, MINUTE, 0, "at least 1"),
        (2, 1, 1, "more than one in a microsecond"),
        (1, 366 * 24 * 60 * MINUTE, 40, "30 years"),
    ],
)
def test_a_rate_that_cannot_be_counted_is_refused(limit, window_us, burst, problem):
    with pytest.raises(ValueError, match=problem):
        Rate(limit, window_us, burst)


def test_a_rate_may_come_back_as_slowly_as_can_be_counted():
    assert 10**15 == Rate(1, 10**12, 1000).capacity_us
    with pytest.raises(ValueError, match="30 years"):
        Rate(1, 10**12, 1001)


async def test_nothing_needs_no_bucket(store):
    nothing = charge("a", amount=0)
    await store.take([nothing])
    await store.take([nothing], [Group((charge("b", amount=0),))])

    assert 0 == len(store)


async def test_a_store_may_have_room_for_one_bucket_alone(clock):
    store = MemoryStore(1, clock=clock)
    await store.take([charge("a"), charge("b")])

    assert ["b"] == list(store)


def test_a_store_has_room_for_a_bucket():
    with pytest.raises(ValueError, match="at least one bucket"):
        MemoryStore(0)
