"""The project at one moment of its past: what a fold over history walks along."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from sharekit.history.moment import Moment
from sharekit.project.manifest import Manifest


class StateName(Struct, frozen=True):
    """What it takes to read a state again."""

    commit: str | None
    """None: the work tree."""
    earlier_files: Mapping[str, str] = {}
    """Path of a file that was broken at this commit -> the commit at which it last stood, whose
    text counts here."""
    elsewhere: tuple[str, ...] | None = None
    """Of a Snapshot; None: not asked."""


class PastState(Struct, frozen=True):
    """The project as it was declared at a moment."""

    moment: Moment
    manifest: Manifest
    earlier_files: Mapping[str, str] = {}
    elsewhere: tuple[str, ...] | None = None
    """Both as of StateName."""

    @property
    def name(self) -> StateName:
        return StateName(self.moment.commit, self.earlier_files, self.elsewhere)
