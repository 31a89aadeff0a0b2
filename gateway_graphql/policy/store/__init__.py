"""What the stores of policies share: a Redis, what to do while it is down, names of keys.

What is kept in a store is the policy's that keeps it: buckets (`rate_limit`), documents
(`persisted`). Each has it in memory as well, and needs no Redis. The modules `connection`
and `scripts` need the extra `redis`.
"""
