"""Subgraphs in this very process."""
