"""Run a compiled plan and shape its answer."""
