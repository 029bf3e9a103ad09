"""Share before asked: metrics and OKRs as SQL files in git, published as pages and announcements."""

__version__ = "0.1.0"
