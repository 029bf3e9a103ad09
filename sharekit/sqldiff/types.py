"""What a comparison of two queries says. Leaves: nothing of ours is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["identical", "cosmetic", "rewritten", "changed"]
"""`identical`: the same text; `cosmetic`: the same query in another spelling; `rewritten`: other steps, proved to
mean the same; `changed`: anything not proved."""


@dataclass(frozen=True)
class SqlChange:
    """One thing that changed in the meaning of a query, as a sentence."""

    op: Literal["+", "-", "~"]
    sentence: str
    """"filter added: `origin = 'JFK'`"; code in it is between backticks."""
    item: str | None = None
    """View or metric in which it changed, where that is not the revised item itself."""
    moved: bool = False
    """Whether the query only runs elsewhere now: the rows decide whether that changes anything."""


@dataclass(frozen=True)
class SqlComparison:
    """Whether two queries mean the same, and what changed where they do not."""

    verdict: Verdict
    changes: tuple[SqlChange, ...] = ()
    """Never empty where the verdict is `changed`; always empty where it is not."""

    @property
    def same(self) -> bool:
        """Whether both queries were proved to mean the same."""
        return self.verdict != "changed"
