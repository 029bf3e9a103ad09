"""Fixtures that any test may ask for by name."""

from browser import browser, open_page, strict_server

__all__ = ["browser", "open_page", "strict_server"]
