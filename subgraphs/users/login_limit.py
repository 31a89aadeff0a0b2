"""How often somebody may fail to sign in to one account, by whatever name.

The gateway counts what a client writes, so a name and an address are two to it. Only
who knows the accounts can count both as one.
"""

from hashlib import sha256
from typing import Final

from gateway_graphql.policy.rate_limit import (
    Bucket,
    BucketLevel,
    Charge,
    MemoryStore,
    Outcome,
    Rate,
    parse_window,
)
from subgraphs.shop.errors import ShopError
from subgraphs.users.models import Account

FAILURES: Final = Rate.per_window(5, parse_window("5m"))


class TooManyLogins(ShopError):
    """The account is closed to guesses for a while."""

    code = "RATE_LIMITED"

    def __init__(self, level: BucketLevel) -> None:
        wait_ms = level.retry_after_ms or 0
        super().__init__(
            f"Too many log-ins failed; retry in {-(-wait_ms // 1000)} s.",
            rateLimit={
                "limit": level.rate.limit,
                "remaining": level.remaining,
                "retryAfterMs": wait_ms,
                "resetAfterMs": level.reset_after_ms,
            },
        )


class LoginLimit:
    """Counts log-ins that failed, in this process and in bounded memory."""

    def __init__(self) -> None:
        self._store = MemoryStore()

    async def take(self, account: Account | None, key: str) -> Bucket:
        """Count a log-in as failed, until `forgive` says otherwise.

        Counted before the password is verified, so that many at once are no way round.
        A name without an account is counted like one with, or it would tell which is.

        Args:
            account: The account, if there is one.
            key: What was given for name or address, folded.

        Raises:
            TooManyLogins: The account has no try left.
        """
        bucket = Bucket(_name(account, key), FAILURES)
        (level,) = (await self._store.take([Charge(bucket)])).required
        if level.outcome is Outcome.EXCEEDED:
            raise TooManyLogins(level)
        return bucket

    async def forgive(self, bucket: Bucket) -> None:
        """Return the try of a log-in that did not fail."""
        await self._store.give_back(bucket, 1)


def _name(account: Account | None, key: str) -> str:
    if account is not None:
        return f"account:{account.id}"
    # A digest, as a name may be as long as a request.
    return f"nobody:{sha256(key.encode(errors='surrogatepass')).hexdigest()}"
