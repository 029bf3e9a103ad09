"""The documents for machines: one number, the scorecard, the changes, the index of a tree."""
