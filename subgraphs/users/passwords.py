"""Passwords: argon2id, checked in a thread, in the same time for everybody."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's smallest recommended argon2id setting: 19 MiB, two passes.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# Checked when there is no account, so that its absence takes as long as a mistake.
NOBODY = _hasher.hash("the password of nobody")


def hash_password(password: str) -> str:
    """Return an argon2id hash with a salt of its own."""
    return _hasher.hash(password)


async def verify_password(password: str, password_hash: str | None) -> bool:
    """Tell whether the password fits; without a hash, take as long to say no."""
    fits = await asyncio.to_thread(_fits, password, password_hash or NOBODY)
    return fits and password_hash is not None


def _fits(password: str, password_hash: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
