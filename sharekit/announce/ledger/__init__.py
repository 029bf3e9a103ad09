"""What was announced: the ledger, and where it is kept (a git ref or a file)."""
