"""What HTTP is to server, transport and policy alike; each module stands for itself."""
