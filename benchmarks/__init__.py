"""Measurements: how plans compare, and what planning and serving cost."""
