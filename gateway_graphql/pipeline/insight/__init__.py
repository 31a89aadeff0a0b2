"""What a request is told of itself: its plan, its trace, facts of the schema."""
