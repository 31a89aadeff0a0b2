"""The command line: compose, plan, serve, dev."""
