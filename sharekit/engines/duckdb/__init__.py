"""DuckDB in a process of its own: the guard, the worker, its walls, and who runs when."""
