"""A compiled plan run for one request."""
