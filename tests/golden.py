"""Expected texts on disk: a missing one is written, but never in CI; `--update-cases` writes them
all anew."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Golden:
    """Compares what comes out with a file."""

    update: bool = False

    def check(self, actual: str, expected: Path) -> None:
        """Fails where `actual` is not what the file holds. What came out then stays beside it, as
        NAME.actual."""
        beside = expected.with_name(expected.name + ".actual")
        if self.update or (
            not expected.exists() and os.environ.get("CI", "").lower() not in ("1", "true")
        ):
            expected.write_text(actual, encoding="utf-8")
            beside.unlink(missing_ok=True)
            return
        assert expected.exists(), (
            f"{expected} is missing: run pytest --update-cases and look at what it writes"
        )
        known = expected.read_text(encoding="utf-8")
        if known != actual:
            beside.write_text(actual, encoding="utf-8")
        else:
            beside.unlink(missing_ok=True)
        assert actual == known
