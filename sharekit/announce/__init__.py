"""Telling the peers what was revised, each of them once: `run` is the order, the rest is what it
hands out. Builds read the ledger without the rest, so nothing is imported here."""
