"""The orders service: who bought what, and how it gets there."""
