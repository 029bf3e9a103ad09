"""Git: the project as it was declared at any commit, who changed it and when, and the ledger of what was announced."""
