"""Declared sources, each loaded once into a DuckDB file of its own."""
