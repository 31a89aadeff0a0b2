"""Settings -> what they are settings of: the gateway, its server, its endpoints."""
