"""One request to one subgraph."""
