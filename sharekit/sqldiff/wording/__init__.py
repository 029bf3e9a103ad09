"""What changed in a query, as sentences."""
