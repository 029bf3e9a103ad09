"""What a build makes, before any of it is written."""

from __future__ import annotations

from msgspec import Struct


class Artifact(Struct, frozen=True):
    """One file to publish. Two artifacts of one build never share a path."""

    path: str
    """POSIX path relative to the output folder (`site/` or `outbox/`), with no `..` in it."""
    content: bytes
