"""Reads pairs of queries from the .sql files beside this one: `### title`, before, `--->`,
after."""

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
        (title.strip(), sql.split("\n## ")[0].strip())
        for title, _, sql in (b.partition("\n") for b in blocks)
    )


def _pair(block: str) -> Pair:
    title, _, rest = block.partition("\n")
    before, arrow, after = rest.partition("\n--->\n")
    assert arrow, title
    return Pair(title.strip(), before.strip(), after.strip())


@dataclass(frozen=True)
class Rewrite:
    """A query, one that means the same with the verdict that says so, and a twin that looks like it
    and does not.

    Either may be missing.
    """

    title: str
    query: str
    same: str
    verdict: str
    needs: frozenset[str]
    """What has to be known to prove it: "types" of columns, an "engine" that folds constants."""
    twin: str

    def __str__(self) -> str:
        return self.title


def rewrites(name: str) -> tuple[Rewrite, ...]:
    """All rewrites of one file. Titles are unique."""
    blocks = [part.strip("\n") for part in (HERE / name).read_text().split("\n### ")[1:]]
    found = [_rewrite(block.split("\n## ")[0]) for block in blocks]
    assert len({each.title for each in found}) == len(found)
    return tuple(found)


def _rewrite(block: str) -> Rewrite:
    title, _, rest = block.partition("\n")
    rest, _, twin = rest.partition("\n-/->\n")
    query, _, proved = rest.partition("\n---> ")
    said, _, same = proved.partition("\n")
    verdict, *needs = said.split(", ")
    return Rewrite(
        title.strip(), query.strip(), same.strip(), verdict, frozenset(needs), twin.strip()
    )
