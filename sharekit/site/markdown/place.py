"""Where a twin stands: how its links lead, and how what several views hold is written there.

Views have addresses relative to the HTML page. Their twins stand beside it, so a link leads to the
twin of the page where there is one, and to the page itself where there is none."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from datetime import date
from urllib.parse import unquote

from msgspec import Struct

from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree, Person
from sharekit.site.cells import RowsTable, TableCell
from sharekit.site.charts import ChartTable, NamedLineage
from sharekit.site.charts.lineage import Node
from sharekit.site.markdown import write
from sharekit.site.markdown.prose import ProseWriter
from sharekit.site.number_cards import DataAge, Delta
from sharekit.site.prose import Prose, TextPage
from sharekit.wording.english import full_day

MOST_ROWS = 12
"""The newest rows of a chart's table; all of them are in the CSV file."""


class TwinPlace(Struct, frozen=True):
    """The twin of one page."""

    tree: AudienceTree
    page: str
    """Path of the HTML page."""

    def address(self, href: str) -> str:
        """Where a link of the page leads from its twin."""
        if not href or links.scheme(href):
            return href
        path, _, fragment = href.partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(self.page), unquote(path)))
        if not path:
            target = self.page
        if target in self.tree.with_twin:
            return links.href(self.page, links.twin(target))
        return links.href(self.page, target, unquote(fragment))

    def ref(self, title: str, href: str) -> str:
        """A link to what the page links to; the title alone where it does not."""
        return write.link(write.inline_text(title), self.address(href))

    def line(self, prose: Prose) -> str:
        """Somebody's words on one line."""
        return self._writer(prose).line(prose.text)

    def block(self, prose: Prose, *, below: int = 1) -> str:
        """A whole text; its headings come `below` so many of ours."""
        numbers = [
            (number.start, number.end, self._live(number.text, number.href))
            for number in prose.numbers
        ]
        return self._writer(prose).with_numbers(prose.text, numbers, below=below)

    def _live(self, text: str, href: str) -> str:
        return self.ref(text, href) if href else f"*{write.inline_text(text)}*"

    def _writer(self, prose: Prose) -> ProseWriter:
        page = prose.page or TextPage(lambda _: None)
        return ProseWriter(
            self.tree.texts,
            TextPage(
                lambda address: self.address(page.resolve(address) or "") or None,
                references=page.references,
            ),
        )

    def frame_facts(self) -> Iterator[tuple[str, str]]:
        """What the frame of every page says: the date, and the page's own address."""
        yield "As of", self.tree.full_day
        url = self.tree.url
        address = links.absolute(url, self.page) if url else links.href(self.page, self.page)
        yield "Page", write.link(write.inline_text(address), address)


def person(owner: Person | None) -> str:
    """ "Mateo Ferreira, Head of Sales"."""
    parts = (owner.name, owner.role) if owner else ()
    return write.inline_text(", ".join(part for part in parts if part))


def data_until(age: DataAge | None) -> str:
    """ "21 November 2026, stale: limit 2 days"; "" where there are no data."""
    if age is None or not age.iso:
        return ""
    day = full_day(date.fromisoformat(age.iso))
    return write.inline_text(f"{day}, stale: {age.stale}" if age.stale else day)


def value_of(age: DataAge) -> str:
    """What a value is of: "week to 17 Nov", with the last day of data where that is another than
    the period makes one expect."""
    late = age.stale or age.lags or not age.period
    data = f"data of {age.iso}" if late and age.iso else ""
    stale = f"stale: {age.stale}" if age.stale else ""
    return ", ".join(part for part in (age.period, data, stale) if part)


def changed(delta: Delta | None) -> str:
    """ "+0.5% on the week before, worse"."""
    return f"{delta.change} {delta.base}{', worse' if delta.worse else ''}" if delta else ""


def rows_table(table: RowsTable | None) -> Iterator[str]:
    """Rows as they are on the page, without the columns that are drawn there."""
    if table is None:
        return
    written = [at for at, column in enumerate(table.columns) if not column.drawn]
    columns = [table.columns[at] for at in written]
    cells = ([_cell(row[at]) for at in written] for row in table.rows)
    numeric = [at for at, column in enumerate(columns) if column.numeric]
    yield write.inline_text(table.caption)
    yield write.table([write.inline_text(column.name) for column in columns], cells, numeric)
    yield write.inline_text(table.note)


def _cell(cell: TableCell) -> str:
    return write.inline_text(f"{cell.text}, worse" if cell.numeric and cell.worse else cell.text)


def chart_table(table: ChartTable, most: int = MOST_ROWS) -> str:
    """The newest rows of a chart's table, with its total."""
    rows = [*table.rows[-most:], *([table.foot] if table.foot else [])]
    cells = ([write.inline_text(cell.text) for cell in row] for row in rows)
    head = [write.inline_text(name) for name in table.head]
    return write.table(head, cells, range(1, len(head))) if rows else ""


def lineage_facts(place: TwinPlace, lineage: NamedLineage) -> Iterator[tuple[str, str]]:
    yield "Reads", _nodes(place, lineage.reads)
    yield "Read by", _nodes(place, lineage.used)


def _nodes(place: TwinPlace, nodes: Iterable[Node]) -> str:
    return ", ".join(place.ref(node.label, node.href or "") for node in nodes)
