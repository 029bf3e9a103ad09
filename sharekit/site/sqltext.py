"""SQL as it stands on a page: highlighted when the site is built, and two versions side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from markupsafe import Markup
from msgspec import Struct

from sharekit.escape import html

_WORDS = """
    all and anti any array as asc asof at between by case cast columns cross cube current_date desc describe
    distinct else end escape except exclude exists extract false fetch filter first following for from full glob group
    grouping having if ignore ilike in inner intersect interval is isnull join lambda last lateral left like
    limit map materialized natural not notnull null nulls offset on or order outer over
    partition percent pivot positional preceding qualify range recursive replace respect right rollup row rows sample
    select semi set sets similar some struct table tablesample then ties to trailing true try_cast
    unbounded union unnest unpivot using values varchar when where window with within without
    bigint boolean decimal double float integer numeric real smallint tinyint
"""
KEYWORDS = frozenset(_WORDS.split())
"""Words shown as language. Words that are as often names of columns (week, date, value) are left
out."""
_TOKEN = re.compile(
    r"""
    (?P<c>--[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<s>'(?:[^']|'')*(?:'|\Z)|\$\$.*?(?:\$\$|\Z))
    |(?P<name>"(?:[^"]|"")*(?:"|\Z))
    |(?P<word>[^\W\d]\w*)
    """,
    re.VERBOSE | re.DOTALL,
)
MINUS = "\N{MINUS SIGN}"
ALIKE = 0.5
"""Two lines at least this much alike (share of characters in common) are one line that was
edited."""
CONTEXT = 4
"""Unchanged lines kept around a change in the side-by-side view."""


def highlighted(sql: str) -> Markup:
    """The query with its keywords, strings and comments marked; everything in it escaped."""
    parts: list[str] = []
    copied_until = 0
    for match in _TOKEN.finditer(sql):
        parts.append(str(html(sql[copied_until : match.start()])))
        kind = match.lastgroup
        text = str(html(match.group()))
        if kind == "word":
            kind = "k" if match.group().lower() in KEYWORDS and not _is_column(sql, match) else None
        parts.append(f'<span class="{kind}">{text}</span>' if kind in ("c", "s", "k") else text)
        copied_until = match.end()
    parts.append(str(html(sql[copied_until:])))
    return Markup("".join(parts))


class SqlText(Struct, frozen=True):
    """A query in both forms: templates place it highlighted, the Markdown twin as it is."""

    text: str = ""

    def __html__(self) -> Markup:
        return highlighted(self.text)

    def __bool__(self) -> bool:
        return bool(self.text)


def _is_column(sql: str, match: re.Match[str]) -> bool:
    """Whether a word that may be a keyword is qualified (`o.date`), so that it must be a name."""
    return (
        sql[max(0, match.start() - 1) : match.start()] == "."
        or sql[match.end() : match.end() + 1] == "."
    )


class DiffSide(Struct, frozen=True):
    """One line of one version; `number` is None where the other version has no line against it."""

    number: int | None = None
    sign: str = ""
    """A plus, a minus sign, or empty."""
    parts: tuple[tuple[str, bool], ...] = ()
    """Text of the line in pieces, each with whether it is what changed."""


class DiffRow(Struct, frozen=True):
    """One row of the table: before and after. `skipped` rows stand for so many unchanged lines."""

    before: DiffSide = DiffSide()
    after: DiffSide = DiffSide()
    skipped: int = 0


def side_by_side(before: str, after: str) -> tuple[DiffRow, ...]:
    """Two queries line against line, long stretches without a change left out."""
    old, new = before.strip("\n").splitlines(), after.strip("\n").splitlines()
    rows: list[DiffRow] = []
    for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            pairs = [_equal(a + i, c + i, old[a + i]) for i in range(b - a)]
            rows.extend(
                _shortened(pairs, first=a == 0 and c == 0, last=b == len(old) and d == len(new))
            )
        else:
            rows.extend(_replaced(old[a:b], new[c:d], a, c))
    return tuple(rows)


def _equal(old: int, new: int, text: str) -> DiffRow:
    parts = ((text, False),)
    return DiffRow(DiffSide(old + 1, "", parts), DiffSide(new + 1, "", parts))


def _shortened(rows: Sequence[DiffRow], *, first: bool, last: bool) -> Iterator[DiffRow]:
    head = 0 if first else CONTEXT
    tail = 0 if last else CONTEXT
    if len(rows) <= head + tail + 2:
        yield from rows
        return
    yield from rows[:head]
    yield DiffRow(skipped=len(rows) - head - tail)
    yield from rows[len(rows) - tail :]


def _replaced(
    old: Sequence[str], new: Sequence[str], old_at: int, new_at: int
) -> Iterator[DiffRow]:
    """Removed lines against added ones; a line stands beside the one it is most like, with its
    differences marked."""
    j = 0
    for i, before in enumerate(old):
        likeness = [
            SequenceMatcher(None, before, after, autojunk=False).ratio() for after in new[j:]
        ]
        best = max(range(len(likeness)), key=likeness.__getitem__, default=None)
        if best is None or likeness[best] < ALIKE:
            yield DiffRow(before=DiffSide(old_at + i + 1, MINUS, ((before, False),)))
            continue
        yield from (_added(new_at + k, new[k]) for k in range(j, j + best))
        j += best
        left, right = _inside(before, new[j])
        yield DiffRow(DiffSide(old_at + i + 1, MINUS, left), DiffSide(new_at + j + 1, "+", right))
        j += 1
    yield from (_added(new_at + k, new[k]) for k in range(j, len(new)))


def _added(at: int, text: str) -> DiffRow:
    return DiffRow(after=DiffSide(at + 1, "+", ((text, False),)))


Parts = tuple[tuple[str, bool], ...]


def _inside(before: str, after: str) -> tuple[Parts, Parts]:
    """Pieces of two lines with what differs marked."""
    old, new = re.findall(r"\s+|\w+|[^\w\s]", before), re.findall(r"\s+|\w+|[^\w\s]", after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for op, a, b, c, d in matcher.get_opcodes():
        if b > a:
            left.append(("".join(old[a:b]), op != "equal"))
        if d > c:
            right.append(("".join(new[c:d]), op != "equal"))
    return tuple(left), tuple(right)
