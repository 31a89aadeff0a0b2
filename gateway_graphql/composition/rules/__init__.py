"""What a subgraph or a merged schema must obey, a rule at a time."""
