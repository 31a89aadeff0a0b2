"""Buckets in a real Redis: as in memory, shared, and through every kind of outage."""

import asyncio
import json
import logging
import signal
import sys
import time
from contextlib import asynccontextmanager

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway_graphql.errors import RateLimitsUnavailable
from gateway_graphql.policy.store.buckets.bucket import (
    Bucket,
    Charge,
    Group,
    Outcome,
    Rate,
)
from gateway_graphql.policy.store.buckets.failover import FailoverStore
from gateway_graphql.policy.store.buckets.memory import MemoryStore
from gateway_graphql.policy.store.buckets.redis_store import RedisStore
from tests import provisions

HOUR = 3_600_000_000
LOGGER = "gateway_graphql.policy.store.outage"
PATIENT_S = 5.0
"""Time limits are not what most of these tests are about, and machines are slow."""


@pytest.fixture(scope="module")
def redis_server(started_for_module, free_ports):
    provisions.program("redis-server")

    def start(*options, port=None):
        port = port or free_ports(1)[0]
        running = started_for_module(
            *("redis-server", "--port", str(port), "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no", "--dir", "/tmp", *options),
            name="redis",
        )
        return RedisServer(running, port)

    return start


class RedisServer:
    def __init__(self, running, port):
        self._running = running
        self.port = port
        self.url = f"redis://127.0.0.1:{port}/0"
        end = time.monotonic() + 30
        while True:
            try:
                self.ask("PING")
            except redis.ConnectionError:
                assert time.monotonic() < end, running.output
                time.sleep(0.05)
            else:
                return

    def ask(self, *command):
        with redis.Redis(port=self.port, decode_responses=True) as client:
            return client.execute_command(*command)

    def send(self, number):
        self._running.process.send_signal(number)

    def stop(self):
        self._running.end(signal.SIGKILL)


@pytest.fixture(scope="module")
def server(redis_server):
    return redis_server()


@asynccontextmanager
async def redis_store(server, **options):
    store = RedisStore(server.url, **{"timeout_s": PATIENT_S, **options})
    try:
        yield store
    finally:
        await store.aclose()


@asynccontextmanager
async def failover(server, reserve=True, timeout_s=0.05):
    store = FailoverStore(
        RedisStore(server.url, timeout_s=timeout_s),
        MemoryStore() if reserve else None,
        probe_every_s=0.05,
    )
    try:
        yield store
    finally:
        await store.aclose()


def charge(key, limit=5, amount=1, window_us=HOUR):
    bucket = Bucket(f"{{gateway}}:test:{key}", Rate.per_window(limit, window_us))
    return Charge(bucket, amount)


async def until(condition):
    async with asyncio.timeout(10):
        while not await condition():  # noqa: ASYNC110 - it is in another process
            await asyncio.sleep(0.02)


async def until_up(store):
    async def is_up():
        await store.take([charge("until-up", limit=10**6)])
        return store.health.is_up

    await until(is_up)


# Both stores decide alike

buckets = [
    Bucket(f"{{gateway}}:alike:{number}", rate)
    for number, rate in enumerate(
        [
            Rate(1, HOUR, 1),
            Rate(7, 60_000_000, 3),
            Rate(1000, 1_000_000, 10),  # comes back within the test
            Rate(3, 2_000, 3),
            Rate(10_000, HOUR * 24 * 31, 500_000),
            Rate(1_000_000, 1_000_000, 50_000),
        ]
    )
]
charges = st.builds(
    Charge,
    st.sampled_from(buckets),
    st.integers(0, 4) | st.sampled_from([100, 50_000, 10**12]),
)


@st.composite
def requests(draw):
    required = draw(st.lists(charges, max_size=4))
    groups = []
    for number in range(draw(st.integers(0, 4))):
        within = draw(st.none() | st.integers(0, number - 1)) if number else None
        members = draw(st.lists(charges, min_size=1, max_size=3))
        groups.append(Group(tuple(members), within))
    return required, groups


steps = st.lists(
    st.tuples(st.sampled_from(["take", "take", "look"]), requests())
    | st.tuples(
        st.just("give_back"), st.tuples(st.sampled_from(buckets), st.integers(-9, 9))
    ),
    min_size=1,
    max_size=12,
)


@given(steps)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_memory_and_redis_decide_alike(server, steps):
    asyncio.run(decide_alike(server, steps))


async def decide_alike(server, steps):
    server.ask("FLUSHALL")
    now_us = 0
    memory = MemoryStore(clock=lambda: now_us)
    async with redis_store(server) as shared:
        for verb, (first, second) in steps:
            if verb == "give_back":
                # Redis does not say when it gave back; a look before and after does.
                # Only what does not depend on the time between can be compared.
                if first.rate.window_us < HOUR:
                    continue
                before = await shared.look([Charge(first, 0)])
                now_us = before.at_us
                await memory.give_back(first, second)
                await shared.give_back(first, second)
                after = await shared.look([Charge(first, 0)])
                full_at = after.at_us + after.required[0].used_us
                here = (await memory.look([Charge(first, 0)])).required[0]
                assert abs(full_at - (now_us + here.used_us)) <= after.at_us - now_us
                server.ask("SET", first.key, now_us + here.used_us)
                continue
            decision = await getattr(shared, verb)(first, second)
            now_us = decision.at_us or now_us

            expected = await getattr(memory, verb)(first, second)
            assert replace(expected, at_us=now_us) == replace(decision, at_us=now_us)


async def test_a_request_is_one_round_trip(server):
    async with redis_store(server) as store:
        await store.take([charge("trip")])
        server.ask("CONFIG", "RESETSTAT")
        await store.take(
            [charge("trip:1"), charge("trip:2"), charge("trip:3")],
            [Group((charge("trip:4"),)), Group((charge("trip:5"),))],
        )
        stats = server.ask("INFO", "commandstats")

    sent = {
        name.removeprefix("cmdstat_"): fact["calls"] for name, fact in stats.items()
    }
    assert 1 == sent["evalsha"]
    assert {"evalsha", "time", "get", "set", "config|resetstat"} >= {
        name for name in sent if not name.startswith(("client", "hello", "info"))
    }


async def test_buckets_go_by_themselves_when_they_are_full(server):
    async with redis_store(server) as store:
        await store.take([charge("brief", limit=10, window_us=60_000_000)])

    ttl_ms = server.ask("PTTL", "{gateway}:test:brief")
    assert 0 < ttl_ms <= 6_002


async def test_a_clock_that_goes_back_makes_nobody_wait_longer_than_debts_do(server):
    async with redis_store(server) as store:
        future_us = (await store.look([charge("jump")])).at_us + 1000 * HOUR
        server.ask("SET", "{gateway}:test:jump", future_us)
        first = await store.take([charge("jump")])
        second = await store.take([charge("jump")])

    assert (4 * 60 + 12) * 60 * 1000 == first.required[0].retry_after_ms
    assert second.required[0].used_us < first.required[0].used_us


async def test_fifty_clients_never_exceed_a_bucket_in_redis(server):
    server.ask("FLUSHALL")
    async with redis_store(server) as one, redis_store(server) as other:
        decisions = await asyncio.gather(
            *(
                store.take([charge("crowd", limit=100)], [Group((charge("few", 7),))])
                for _ in range(50)
                for store in (one, other, one, other)
            )
        )

    assert 100 == sum(decision.is_allowed for decision in decisions)
    assert 7 == sum(
        level.outcome is Outcome.TAKEN for v in decisions for level in v.groups[0]
    )


async def test_fifty_clients_never_exceed_a_bucket_in_memory():
    store = MemoryStore()

    async def client():
        taken = 0
        for _ in range(10):
            taken += (await store.take([charge("crowd", limit=100)])).is_allowed
            await asyncio.sleep(0)
        return taken

    assert 100 == sum(await asyncio.gather(*(client() for _ in range(50))))


WORKER = """
import asyncio, json, sys
from gateway_graphql.policy.store.buckets.bucket import Bucket, Charge, Rate
from gateway_graphql.policy.store.buckets.redis_store import RedisStore

async def main():
    store = RedisStore(sys.argv[1], timeout_s=30)
    crowd = Charge(Bucket("{gateway}:processes", Rate.per_window(100, 3_600_000_000)))
    async def client():
        return [(await store.take([crowd])).is_allowed for _ in range(8)]
    allowed = await asyncio.gather(*(client() for _ in range(25)))
    print(json.dumps(sum(map(sum, allowed))))
    await store.aclose()

asyncio.run(main())
"""


async def test_two_processes_share_one_bucket(server):
    server.ask("DEL", "{gateway}:processes")
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", WORKER, server.url, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    allowed = [json.loads((await p.communicate())[0]) for p in processes]

    assert 100 == sum(allowed)


async def test_a_cluster_holds_all_buckets_of_a_request_in_one_slot(
    redis_server, free_ports, tmp_path
):
    port, bus_port = free_ports(2)
    server = redis_server(
        *("--cluster-enabled", "yes", "--cluster-port", str(bus_port)),
        *("--cluster-config-file", str(tmp_path / "nodes")),
        port=port,
    )
    server.ask("CLUSTER", "ADDSLOTSRANGE", 0, 16383)

    async def is_ok():
        return "cluster_state:ok" in server.ask("CLUSTER", "INFO")

    await until(is_ok)
    async with redis_store(server, is_cluster=True) as store:
        decision = await store.take(
            [charge("a"), charge("b")], [Group((charge("c", limit=1),))] * 2
        )

    assert decision.is_allowed
    assert [Outcome.TAKEN, Outcome.EXCEEDED] == [g[0].outcome for g in decision.groups]


# Outages


async def test_a_server_that_forgot_the_script_is_told_again(server):
    async with redis_store(server) as store:
        await store.take([charge("forgot")])
        server.ask("SCRIPT", "FLUSH")
        decision = await store.take([charge("forgot")])

    assert 3 == decision.required[0].remaining


async def test_a_flushed_server_starts_with_full_buckets(server):
    async with failover(server, timeout_s=PATIENT_S) as store:
        await store.take([charge("flushed", amount=5)])
        server.ask("FLUSHALL")
        decision = await store.take([charge("flushed")])

        assert (True, False, 4) == (
            decision.is_allowed,
            decision.in_reserve,
            decision.required[0].remaining,
        )
        assert 0 == store.health.outages


async def test_a_stopped_server_is_replaced_by_memory_until_it_is_back(
    redis_server, caplog
):
    server = redis_server()
    caplog.set_level(logging.INFO, LOGGER)
    async with failover(server, timeout_s=PATIENT_S) as store:
        await store.take([charge("stopped")])
        server.stop()
        without = [await store.take([charge("stopped")]) for _ in range(7)]
        redis_server(port=server.port)
        await until_up(store)
        again = await store.take([charge("stopped")])
        health = store.health

    assert [True] * 5 + [False] * 2 == [decision.is_allowed for decision in without]
    assert all(decision.in_reserve for decision in without)
    assert (True, 4) == (not again.in_reserve, again.required[0].remaining)
    assert (1, 0) == (health.outages, health.refused)
    assert health.in_reserve >= 7
    assert 2 == len(caplog.records)
    assert caplog.messages[0].startswith("Rate limits: Redis does not answer (")
    assert caplog.messages[0].endswith("; each process counts for itself")
    assert "Rate limits: Redis answers again" == caplog.messages[1]


async def test_a_server_that_hangs_is_waited_for_once(redis_server, caplog):
    server = redis_server()
    caplog.set_level(logging.INFO, LOGGER)
    async with failover(server) as store:
        await until_up(store)
        caplog.clear()
        outages = store.health.outages
        server.send(signal.SIGSTOP)
        try:
            decisions = await asyncio.gather(
                *(store.take([charge("hangs", limit=50)]) for _ in range(60))
            )
            later = await store.take([charge("hangs", limit=50)])
        finally:
            server.send(signal.SIGCONT)
        assert 1 == store.health.outages - outages
        await until_up(store)

    assert 50 == sum(decision.is_allowed for decision in decisions)
    assert all(decision.in_reserve for decision in (*decisions, later))
    assert "each process counts for itself" in caplog.messages[0]


async def test_a_full_server_is_replaced_by_memory_until_there_is_room(redis_server):
    server = redis_server("--maxmemory-policy", "noeviction")
    async with failover(server, timeout_s=PATIENT_S) as store:
        await store.take([charge("full")])
        server.ask("CONFIG", "SET", "maxmemory", 1)
        decision = await store.take([charge("full")])
        for _ in range(5):  # reading would succeed, so only writing proves anything
            await asyncio.sleep(0.06)
            await store.take([charge("full:later")])
        is_up_while_full = store.health.is_up
        server.ask("CONFIG", "SET", "maxmemory", 0)
        await until_up(store)
        again = await store.take([charge("full")])

    assert (True, True) == (decision.is_allowed, decision.in_reserve)
    assert not is_up_while_full
    assert 3 == again.required[0].remaining


async def test_a_replica_is_replaced_by_memory_until_it_can_be_written(redis_server):
    server = redis_server()
    async with failover(server, timeout_s=PATIENT_S) as store:
        await store.take([charge("replica")])
        server.ask("REPLICAOF", "127.0.0.1", "1")
        decision = await store.take([charge("replica")])
        server.ask("REPLICAOF", "NO", "ONE")
        await until_up(store)

    assert (True, True) == (decision.is_allowed, decision.in_reserve)


async def test_a_crowd_is_no_outage(server):
    server.ask("FLUSHALL")
    async with failover(server) as store:
        await until_up(store)
        decisions = await asyncio.gather(
            *(store.take([charge("crowd", limit=700)]) for _ in range(1000))
        )
        await until_up(store)

    decided_there = [decision for decision in decisions if not decision.in_reserve]
    assert 700 >= sum(decision.is_allowed for decision in decided_there)


async def test_a_request_that_goes_away_leaves_the_others_their_replies(server):
    async with redis_store(server) as store:
        asked = [
            asyncio.ensure_future(store.take([charge(f"gone:{number}")]))
            for number in range(20)
        ]
        await asyncio.sleep(0)
        for task in asked[::2]:
            task.cancel()
        replies = await asyncio.gather(*asked[1::2])

    assert [4] * 10 == [decision.required[0].remaining for decision in replies]


@pytest.mark.parametrize("is_cluster", [False, True])
async def test_a_server_that_was_never_there_costs_nobody_an_error(
    free_ports, is_cluster
):
    url = f"redis://127.0.0.1:{free_ports(1)[0]}/0"
    there = RedisStore(url, timeout_s=PATIENT_S, is_cluster=is_cluster)
    store = FailoverStore(there, MemoryStore())
    decision = await store.take([charge("never")])
    await store.give_back(charge("never").bucket, 1)
    await store.aclose()

    assert (True, True) == (decision.is_allowed, decision.in_reserve)


async def test_without_a_reserve_requests_are_refused(redis_server):
    server = redis_server()
    async with failover(server, reserve=False, timeout_s=PATIENT_S) as store:
        assert (await store.take([charge("strict")])).is_allowed
        server.stop()
        with pytest.raises(RateLimitsUnavailable) as refusal:
            await store.take([charge("strict")])
        with pytest.raises(RateLimitsUnavailable):
            await store.look([charge("strict")])
        assert 2 == store.health.refused
        redis_server(port=server.port)

        async def is_up():
            try:
                await store.take([charge("strict")])
            except RateLimitsUnavailable:
                return False
            return True

        await until(is_up)

    assert {"retry-after": "1"} == refusal.value.headers
    assert str(server.port) not in str(refusal.value)


async def test_units_go_back_to_where_they_were_taken(redis_server):
    server = redis_server()
    async with failover(server, timeout_s=PATIENT_S) as store:
        await store.take([charge("back", amount=5)])
        server.stop()
        decision = await store.take([charge("back", amount=5)])
        await store.give_back(charge("back").bucket, 2, in_reserve=decision.in_reserve)
        look = await store.look([charge("back")])

    assert 1 == look.required[0].remaining


async def test_connections_are_not_lost_through_outages(redis_server):
    server = redis_server()
    async with failover(server) as store:
        for _ in range(3):
            await until_up(store)
            server.send(signal.SIGSTOP)
            await asyncio.gather(
                *(store.take([charge("leak", limit=10**6)]) for _ in range(100))
            )
            server.send(signal.SIGCONT)
        await until_up(store)

    await until(lambda: only_one_client(server))


async def only_one_client(server):
    return 1 == len(server.ask("CLIENT", "LIST").splitlines())
