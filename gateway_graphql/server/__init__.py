"""The HTTP face of a gateway."""
