"""Telling the peers what was revised, each of them once: `announce` is the order, the rest is what
it hands out."""

from sharekit.announce.context import Compared, Head, Options, World
from sharekit.announce.plan import Announcement, Writer
from sharekit.announce.report import Report, Result
from sharekit.announce.run import announce

__all__ = [
    "Announcement",
    "Compared",
    "Head",
    "Options",
    "Report",
    "Result",
    "World",
    "Writer",
    "announce",
]
