"""What an operator decides: who may ask for what, how often, and at what cost."""
