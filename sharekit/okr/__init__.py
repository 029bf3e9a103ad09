"""Key results and objectives: the formulas, and what they say of a key result as of a date."""
