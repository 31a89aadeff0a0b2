"""How often who may ask for what: limits per operation, field and client."""
