"""Which headers go to subgraphs, and which come back to the client.

Rules are ordered lists: those for all subgraphs, then those of the one that is asked.
A header that no rule names stays where it is.
"""

from gateway_graphql.policy.headers.propagation import HeaderPropagation
from gateway_graphql.policy.headers.rules import (
    Algorithm,
    HeaderRule,
    HeaderRules,
    Insert,
    Names,
    Propagate,
    Remove,
    SubgraphRules,
)
from gateway_graphql.wire.cache_control import merged_cache_control

__all__ = [
    "Algorithm",
    "HeaderPropagation",
    "HeaderRule",
    "HeaderRules",
    "Insert",
    "Names",
    "Propagate",
    "Remove",
    "SubgraphRules",
    "merged_cache_control",
]
