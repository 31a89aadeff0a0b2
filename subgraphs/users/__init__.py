"""The users service: who is who, and tokens that say so."""
