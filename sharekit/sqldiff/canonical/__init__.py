"""Bring a query into one form, so that two queries that mean the same have the same form."""
