"""Definitions of other tools -> files of a project. A reader a format makes the one inner form
(`model.py`); `writing.py` makes views and metrics of it. No I/O but reading, through the fence."""
