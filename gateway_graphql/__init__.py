"""A GraphQL federation gateway."""
