"""Reads pairs of queries from the .sql files beside this one: `### title`, before, `--->`, after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Pair:
    title: str
    before: str
    after: str

    def __str__(self) -> str:
        return self.title


def pairs(name: str) -> tuple[Pair, ...]:
    """All pairs of one file. Titles are unique."""
    blocks = [part.strip("\n") for part in (HERE / name).read_text().split("\n### ")[1:]]
    found = [_pair(block.split("\n## ")[0]) for block in blocks]
    assert len({pair.title for pair in found}) == len(found)
    return tuple(found)


def queries(name: str) -> tuple[tuple[str, str], ...]:
    """Title and text of single queries."""
    blocks = (HERE / name).read_text().split("\n### ")[1:]
    return tuple(
        (title.strip(), sql.split("\n## ")[0].strip()) for title, _, sql in (b.partition("\n") for b in blocks)
    )


def _pair(block: str) -> Pair:
    title, _, rest = block.partition("\n")
    before, arrow, after = rest.partition("\n--->\n")
    assert arrow, title
    return Pair(title.strip(), before.strip(), after.strip())
