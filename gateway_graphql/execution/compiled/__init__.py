"""A plan made ready to run, once per document."""
