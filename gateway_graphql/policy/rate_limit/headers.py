"""`RateLimit`, `RateLimit-Policy` and `Retry-After`.

The fields are lists of structured fields (RFC 9651), one item per limit, as
draft-ietf-httpapi-ratelimit-headers (sections 3 and 4) defines them: a policy has its
quota `q` and window `w`, a service limit what remains, `r`, and after how many seconds
all of it does, `t`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil

from gateway_graphql.policy.store.buckets.bucket import BucketLevel, Outcome, Rate


def policy_item(name: str, rate: Rate) -> str:
    """An item of `RateLimit-Policy`."""
    return f'"{name}";q={rate.limit};w={ceil(rate.window_us / 1_000_000)}'


def template_of(names: Iterable[str]) -> str:
    """`RateLimit` of limits with these names, but for the numbers."""
    items = [f'"{name}"'.replace("%", "%%") + ";r=%d;t=%d" for name in names]
    return ", ".join(items)


def limit_headers(
    policies: str, template: str, levels: Sequence[BucketLevel]
) -> dict[str, str]:
    """The headers of an answer, refused or not; none without limits.

    Args:
        policies: The limits, as `RateLimit-Policy` tells them.
        template: Of `RateLimit`, as `template_of` makes it.
        levels: How they stand.
    """
    if not levels:
        return {}
    numbers: list[int] = []
    for level in levels:
        numbers += (level.remaining, -(-level.used_us // 1_000_000))
    return {"ratelimit-policy": policies, "ratelimit": template % tuple(numbers)}


def retry_headers(levels: Iterable[BucketLevel]) -> dict[str, str]:
    """When all that was exceeded would fit; nothing if something never will."""
    waits_ms = [
        level.retry_after_ms for level in levels if level.outcome is Outcome.EXCEEDED
    ]
    known_ms = [wait_ms for wait_ms in waits_ms if wait_ms is not None]
    if not known_ms or len(known_ms) < len(waits_ms):
        return {}
    return {"retry-after": str(max(1, -(-max(known_ms) // 1000)))}


def standing(level: BucketLevel) -> dict[str, int | None]:
    """`extensions.rateLimit`: how a limit stands."""
    return {
        "limit": level.rate.limit,
        "remaining": level.remaining,
        "retryAfterMs": level.retry_after_ms,
        "resetAfterMs": level.reset_after_ms,
    }
