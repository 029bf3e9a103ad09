"""A page and its Markdown twin say the same: every text that a view holds stands in the twin."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping

import pytest
import site_sample
from markdown_it import MarkdownIt
from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.formats import Formatted
from sharekit.project.manifest import Dashboard, Metric, Objective
from sharekit.records import field_names
from sharekit.site.audience_tree import COMMIT, AudienceTree
from sharekit.site.charts import NamedLineage, PlacedTable
from sharekit.site.events import NewsTags, events, recent
from sharekit.site.markdown.place import MOST_ROWS
from sharekit.site.markdown.twins import twin_text
from sharekit.site.pages.changes import changes_pages
from sharekit.site.pages.dashboard import dashboard_page
from sharekit.site.pages.history import history_of
from sharekit.site.pages.home import home_page
from sharekit.site.pages.key_result import key_result_page
from sharekit.site.pages.metric import metric_page
from sharekit.site.pages.objective import objective_page
from sharekit.site.pages.page import Page
from sharekit.site.prose import Prose
from sharekit.site.sqltext import SqlText

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

NOT_READ = frozenset({
    "href", "tag_href", "objective_href", "entry", "home", "numbers", "okrs", "changes", "dashboards", "help", "digest",
    "calendar", "csv", "json", "mail", "feed", "address", "page", "id", "icon", "tag_icon", "tone", "kind", "iso",
    "key", "moment", "kicker_iso", "shown_from", "owner_key", "raw", "initials", "email", "sql_label",
})  # fmt: skip
"""Fields that hold an address, a key or a sign: nothing that is read."""
ELSEWHERE: Mapping[str, str] = {
    "MetricView.panel_title": "the heading of the twin's own table",
    "MetricView.panel_sub": "the panel's finding",
    "MetricView.fresh": "the value's period is beside it, the day is written out",
    "KeyResultView.fresh": "the value's period is beside it, the day is written out",
    "DashboardView.fresh": "the day is written out",
    "DataAge.text": "the day is written out",
    "LogArticle.when": "the day is written out",
    "LogEntry.day": "the day is written out",
    "TimelineEvent.when": "the day is written out",
    "ScoreGroup.note": "beside its title, where that is shown",
    "Card.target": "without the word, in a column of that name",
    "MetricView.elsewhere": "how to embed the page",
    "KeyResultView.elsewhere": "how to embed the page",
    "KeyResultView.log_count": "counts what follows",
    "LeadingReason.tag": "as its title",
    "LeadingReason.link": "a control",
    "DefinitionView.title": "the page's title",
    "DefinitionView.summary": "owner and commit, which the frame has",
    "DefinitionView.flow_before": "as the lineage",
    "DefinitionView.flow_after": "as the lineage",
    "Explore.switches": "a control",
    "Explore.figure": "the data of the drawing",
    "DataTable.title": "unfolds the table",
    "DataTable.note": "the twin has fewer rows",
    "TaskView.state": "late says it too",
    "SqlLine.op": "said aloud beside it",
    "Confidence.chart": "a drawing",
    "DashboardView.switches": "a control",
    "CardView.variants": "of the members, which the number's own page has",
    "CardView.slices": "of the members, which the number's own page has",
    "CardView.apart": "said when a control is used",
    "ChartView.apart": "said when a control is used",
    "BlockView.apart": "said when a control is used",
    "ChartView.definition": "on the number's own page",
    "TileView.share": "how wide it is",
    "ChangesView.shown": "counts what follows",
    "ChangesView.kinds": "a control",
    "ChangesView.owners": "a control",
    "ChangesView.config": "how to join, of the page's own text",
    "ChangesView.command": "how to join, of the page's own text",
    "Scorecard.label": "the section's heading",
    "ScoreRow.bar_text": "the drawing, whose numbers are in the row",
}  # fmt: skip
"""What a twin does not repeat, and why."""


LINKS = frozenset({"LogArticle.touches", "MetricView.drives", "KeyResultView.drives"})
"""Titles, each with an address."""


def texts(value: object, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a view, with the field that holds it."""
    if isinstance(value, Markup | Metric | Objective | Dashboard):
        return  # a drawing or a button; what is declared as a whole
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Formatted):
        yield where, str(value)
    elif isinstance(value, Prose):
        yield where, "" if value.numbers else value.html.striptags()
    elif isinstance(value, SqlText):
        yield where, value.text
    elif isinstance(value, PlacedTable):
        for row in value.table.rows[-MOST_ROWS:]:
            yield from ((where, cell.text) for cell in row)
    elif isinstance(value, NamedLineage):
        yield from ((where, node.label) for node in (*value.reads, *value.used))
    elif isinstance(value, tuple) and where in LINKS:
        yield from ((where, title) for title, _ in value)
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item, where)
    elif is_record(value):
        for name in field_names(value):
            full_name = f"{type(value).__name__}.{name}"
            if name not in NOT_READ and full_name not in ELSEWHERE:
                yield from texts(getattr(value, name), full_name)


def is_record(value: object) -> bool:
    return isinstance(value, Struct) or dataclasses.is_dataclass(value)


def plain(markdown: str) -> str:
    """What a reader of Markdown sees, as words."""
    words: list[str] = []
    for token in READER.parse(markdown):
        inside = token.children or []
        words += [part.content if part.content else " " for part in inside]
        words += [token.content] if token.type in ("fence", "code_block") else []
        words.append(" ")
    return "".join(words)


def squeezed(text: str) -> str:
    """Words without spaces, case and the signs between them."""
    return re.sub(r"[\s\W]+", "", text.replace(" ", " ").lower())


@pytest.fixture(scope="module")
def pages() -> tuple[AudienceTree, tuple[Page, ...]]:
    """The sample's pages that have a twin, before they are rendered."""
    tree = AudienceTree(site_sample.site("team").share(), COMMIT)
    happened = events(tree)
    tags, history = NewsTags(tree, recent(tree, happened)), history_of(tree, happened)
    manifest = tree.manifest
    made = [
        home_page(tree, happened, tags),
        next(changes_pages(tree, happened)),
        *(
            (key_result_page if metric.okr else metric_page)(tree, metric, history.get(name, []))
            for name, metric in manifest.metrics.items()
        ),
        *(
            objective_page(tree, objective, tags, history.get(objective.id, []))
            for objective in manifest.objectives.values()
        ),
        *(
            dashboard_page(tree, board, happened, tags, history.get(board.id, []))
            for board in manifest.dashboards.values()
        ),
    ]
    return tree, tuple(made)


def test_a_twin_says_all_that_its_page_says(pages: tuple[AudienceTree, tuple[Page, ...]]) -> None:
    tree, made = pages
    missing: list[str] = []
    looked_at = 0
    for page in made:
        twin = twin_text(tree, "Kettlewick", page)
        assert twin is not None, page.path
        written = squeezed(plain(twin))
        for where, text in texts(page.view):
            looked_at += 1
            if squeezed(text) not in written:
                missing.append(f"{page.path}: {where}: {text}")
    assert "\n".join(missing) == ""
    assert looked_at > 1000


def test_what_a_twin_leaves_out_is_a_field_of_a_view(
    pages: tuple[AudienceTree, tuple[Page, ...]],
) -> None:
    names = {name for page in pages[1] for name in _fields(page.view)}
    assert set(ELSEWHERE) <= names


def _fields(value: object) -> Iterator[str]:
    if isinstance(value, tuple):
        for item in value:
            yield from _fields(item)
    elif is_record(value) and not isinstance(value, Metric | Objective | Dashboard):
        for name in field_names(value):
            yield f"{type(value).__name__}.{name}"
            yield from _fields(getattr(value, name))
