"""Do two queries mean the same, and if not, what changed, in plain English."""
