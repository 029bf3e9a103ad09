"""Compare two canonical queries clause by clause: what changed."""
