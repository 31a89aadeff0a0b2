"""What the world looks like: the composed whole, read, written and shown to clients."""
