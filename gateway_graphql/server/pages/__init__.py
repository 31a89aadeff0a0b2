"""What browsers are shown: the playground, the landing page; and health."""
