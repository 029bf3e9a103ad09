"""What several commands share: the project, its inputs, what the last build left, and what the
ledger holds."""
