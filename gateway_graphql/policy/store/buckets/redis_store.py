"""Buckets in Redis, shared by all processes of a gateway.

A request is one script and one round trip, however many buckets it has. The script
takes the time from the server, so the clocks of the gateways do not matter, and its
arithmetic is that of `gcra.py` on the same whole numbers of microseconds.

Redis Cluster runs a script on one node, so all keys of a call have to be in one slot.
Buckets of one request belong to different owners (a client, an e-mail address, everybody
on an operation), and each is shared with other requests, so no owner can be the hash
tag: the tag is in the prefix of all keys. One slot of the cluster holds all limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway_graphql.errors import RateLimitsUnavailable
from gateway_graphql.policy.store.buckets.bucket import (
    DEEPEST,
    Bucket,
    BucketLevel,
    Charge,
    Decision,
    Group,
    Outcome,
)
from gateway_graphql.policy.store.connection import DEFAULT_TIMEOUT_S, connect
from gateway_graphql.policy.store.outage import StoreDown
from gateway_graphql.policy.store.scripts import Script, ScriptRunner

TAKE: Final = """
local commit, groups = ARGV[1] == '1', tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local charges, used, before = {}, {}, {}
for at = 3 + groups, #ARGV, 5 do
  local key, group = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local interval, capacity = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local need = tonumber(ARGV[at + 4]) * interval
  charges[group] = charges[group] or {}
  table.insert(charges[group], {
    index = (at - 3 - groups) / 5 + 1, key = key,
    need = need, most = need == 0 and math.huge or capacity,
  })
  if not used[key] then
    local full_at = tonumber(redis.call('GET', KEYS[key]) or now)
    before[key] = math.max(0, full_at - now)
    used[key] = math.min(before[key], capacity * DEEPEST)
  end
end

local outcomes = {}
for index = 1, (#ARGV - 2 - groups) / 5 do outcomes[index] = 2 end

local function together(group)
  local after, fits = {}, true
  for _, charge in ipairs(charges[group] or {}) do
    local needed = (after[charge.key] or used[charge.key]) + charge.need
    if needed <= charge.most then
      after[charge.key] = needed
    else
      outcomes[charge.index], fits = 0, false
    end
  end
  if fits then
    for key, needed in pairs(after) do used[key] = needed end
    for _, charge in ipairs(charges[group] or {}) do outcomes[charge.index] = 1 end
  end
  return fits
end

local taken = { [0] = together(0) }
for group = 1, groups do
  taken[group] = taken[tonumber(ARGV[2 + group])] and together(group)
end

if commit then
  for key, needed in pairs(used) do
    if needed ~= before[key] then
      redis.call('SET', KEYS[key], string.format('%.0f', now + needed),
                 'PX', string.format('%.0f', math.ceil(needed / 1000) + 2))
    end
  end
end

local reply = { string.format('%.0f', now) }
for _, outcome in ipairs(outcomes) do table.insert(reply, outcome) end
for key = 1, #KEYS do table.insert(reply, used[key]) end
return reply
"""
"""Take or look; the reply is the time, an outcome per charge, what is used per key."""

GIVE_BACK: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local back, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = tonumber(redis.call('GET', KEYS[1]) or now)
local deepest = capacity * DEEPEST
local used = math.min(math.max(0, full_at - now), deepest)
local needed = math.min(math.max(0, used - back), deepest)
redis.call('SET', KEYS[1], string.format('%.0f', now + needed),
           'PX', string.format('%.0f', math.ceil(needed / 1000) + 2))
return { 1 }
"""

_REQUIRED: Final = 0
"""The number of the required charges among groups, in the script."""


class RedisStore:
    """Keeps buckets in Redis or Redis Cluster; every failure is `RateLimitsUnavailable`."""

    def __init__(
        self,
        url: str,
        *,
        is_cluster: bool = False,
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> None:
        self._redis = connect(url, timeout_s=timeout_s, is_cluster=is_cluster)
        self._scripts = ScriptRunner(self._redis, timeout_s)

    def __repr__(self) -> str:
        return f"<RedisStore {type(self._redis).__name__}>"

    async def take(
        self, required: Sequence[Charge], groups: Sequence[Group] = ()
    ) -> Decision:
        """Decide all charges of a request at once, and take what is granted."""
        return await self._decide("1", required, groups)

    async def look(
        self, required: Sequence[Charge], groups: Sequence[Group] = ()
    ) -> Decision:
        """Decide as `take` would, and take nothing."""
        return await self._decide("0", required, groups)

    async def give_back(
        self,
        bucket: Bucket,
        amount: int,
        *,
        in_reserve: bool = False,  # noqa: ARG002 - there is one place only
    ) -> None:
        """Return units that were taken and not used; a negative amount takes more."""
        rate = bucket.rate
        await self._run(
            _give_back, [bucket.key], [amount * rate.interval_us, rate.capacity_us]
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._scripts.aclose()
        await self._redis.aclose()

    async def _run(
        self, script: Script, keys: Sequence[str], arguments: Sequence[str | int]
    ) -> list[int]:
        try:
            return await self._scripts.run(script, keys, arguments)
        except StoreDown as error:
            raise RateLimitsUnavailable(error.reason) from error

    async def _decide(
        self, commit: str, required: Sequence[Charge], groups: Sequence[Group]
    ) -> Decision:
        numbered = [(_REQUIRED, charge) for charge in required]
        for number, group in enumerate(groups, start=1):
            numbered += [(number, charge) for charge in group.charges]
        if not numbered:
            return Decision((), (), 0)
        index_by_key: dict[str, int] = {}
        arguments: list[str | int] = [commit, len(groups)]
        arguments += [0 if g.within is None else g.within + 1 for g in groups]
        for number, ((key, rate), amount) in numbered:
            index = index_by_key.setdefault(key, len(index_by_key) + 1)
            arguments += (index, number, rate.interval_us, rate.capacity_us, amount)
        reply = await self._run(_take, list(index_by_key), arguments)
        return _decision(reply, index_by_key, required, groups)


_take: Final = Script(f"local DEEPEST = {DEEPEST}\n{TAKE}")
_give_back: Final = Script(f"local DEEPEST = {DEEPEST}\n{GIVE_BACK}")


def _decision(
    reply: list[int],
    index_by_key: dict[str, int],
    required: Sequence[Charge],
    groups: Sequence[Group],
) -> Decision:
    first_used = len(reply) - len(index_by_key)
    outcomes = iter(reply[1:first_used])

    def levels(charges: Sequence[Charge]) -> tuple[BucketLevel, ...]:
        return tuple(
            BucketLevel(
                charge,
                Outcome(next(outcomes)),
                reply[first_used + index_by_key[charge.bucket.key] - 1],
            )
            for charge in charges
        )

    return Decision(
        levels(required), tuple(levels(g.charges) for g in groups), int(reply[0])
    )
