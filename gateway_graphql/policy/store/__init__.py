"""Where policies keep what several requests share: in this process, or in a Redis.

    buckets      of limits: decided by one algorithm, in Python and as a script in Redis
    documents    by their hash
    connection   one way to a Redis, within a time
    scripts      what is asked of it at once goes together
    outage       nobody waits for a store that is down
    keys         what names begin with, so that all of it can share one Redis

What is kept has a protocol (`Store`, `DocumentStore`), a store in memory and one in
Redis; none of them knows the policy that uses it. What asks Redis needs the extra `redis`.
"""
