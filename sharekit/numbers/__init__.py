"""Rows -> readings as of a date: measure, evaluate, periods, formats, results and their cache."""
