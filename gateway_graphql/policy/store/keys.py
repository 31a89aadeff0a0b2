"""What keys in Redis begin with, so that policies can share one.

The braces are a hash tag: in Redis Cluster, all limits are in one slot.
"""

from __future__ import annotations

from typing import Final

BUCKETS: Final = "{gateway}:rate"
DOCUMENTS: Final = "apq:"
