"""Where one can go from where: the moves between types and subgraphs.

Two halves. The graph: `model` has nodes and moves, `graph` puts together what makes them
(`object_types`, `roots`, `keys`, `overrides`, `contexts`, `unions`, `fields`, `at_hand`).
The search in it: `footprint` and `beam` say what ways cost and which are kept, `ways`
what they are made of, `space` what searches share, and `search` finds them (with
`arrivals`, `branching`, `narrowing`).
"""
