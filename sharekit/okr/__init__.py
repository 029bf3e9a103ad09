"""Key results and objectives: the formulas, and what they say about a key result as of a date."""
