"""Transports around transports."""
