"""Telling the peers what was revised, each of them once: `announce` is the order, the rest is what
it hands out."""

from sharekit.announce.context import AnnouncedCommit, Environment, Options, StateComparison
from sharekit.announce.plan import Announcement, Writer
from sharekit.announce.report import MessageResult, Report
from sharekit.announce.run import announce

__all__ = [
    "AnnouncedCommit",
    "Announcement",
    "Environment",
    "MessageResult",
    "Options",
    "Report",
    "StateComparison",
    "Writer",
    "announce",
]
