"""The root of the tree."""

from __future__ import annotations


class GatewayError(Exception):
    """The root of all errors that the package raises on purpose."""


class CallerGone(GatewayError):
    """Nobody waits for the answer any more."""
