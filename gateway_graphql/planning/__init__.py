"""How to answer one operation with the fewest fetches."""
