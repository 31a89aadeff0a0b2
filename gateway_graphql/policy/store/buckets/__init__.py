"""Buckets of limits: what is decided about them, and where they are kept."""
