"""Where one can go from where: the moves between types and subgraphs."""
