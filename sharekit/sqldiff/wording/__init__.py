"""What changed in a query, as sentences: from the differences of two canonical forms to words that
people who do not read SQL understand."""
