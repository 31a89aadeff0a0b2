"""What clients learn of the errors that subgraphs report."""

from gateway_graphql.policy.errors.masking import ErrorMasking, SubgraphMasking

__all__ = ["ErrorMasking", "SubgraphMasking"]
