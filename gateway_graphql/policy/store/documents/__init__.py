"""Documents by their hash, and where they are kept."""
