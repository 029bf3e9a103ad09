"""One number or key result as a card that stands in a frame on somebody else's page: in a wiki,
beside a plan."""

from __future__ import annotations

from datetime import date

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.formats import Formatted, format_day
from sharekit.project.manifest import Metric
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.cells import RowsTable, rows_table
from sharekit.site.icons import drawn
from sharekit.site.number_cards import Delta, card, fresh
from sharekit.site.scorecard import StatusMark, score_text, status_mark
from sharekit.wording.english import capital
from sharekit.wording.headline import brief_period

MOST_ROWS = 10
"""Of a table; the rest is on its page."""
NOTHING = Markup("")


class EmbedCard(Struct, frozen=True):
    """The card."""

    title: str
    href: str
    value: Formatted | None
    """None for a table."""
    delta: Delta | None
    note: str
    spark: Markup
    table: RowsTable | None
    status: StatusMark | None
    icon: Markup
    score: str
    target: str
    day: str
    """"Week to 17 Nov 2026": absolute, since nobody knows when a host page is read; without a
    period the last day of data."""
    stale: str
    """The same with the reason why that is too old; "" when it is not."""
    stale_icon: Markup


def embed_card(tree: AudienceTree, metric: Metric) -> EmbedCard:
    page = links.embed_page(metric.id)
    reading, okr = tree.result(metric).reading, tree.result(metric).okr
    is_table = metric.front.kind == "table"
    full_card = card(tree, page, metric)
    table = (
        rows_table(reading.table, metric.front, "", MOST_ROWS)
        if reading and reading.table
        else None
    )
    mark = status_mark(okr.status if okr else "unknown") if metric.okr else None
    day, stale = _age(tree, metric)
    return EmbedCard(
        title=metric.title,
        href=full_card.href,
        value=None if is_table else full_card.value,
        delta=full_card.delta,
        note="" if table else full_card.note,
        spark=full_card.spark,
        table=table,
        status=mark,
        icon=drawn(mark.icon) if mark else NOTHING,
        score=score_text(okr.score) if okr and okr.score is not None else "",
        target=capital(full_card.target),
        day=day,
        stale=stale,
        stale_icon=drawn("risk") if stale else NOTHING,
    )


def _age(tree: AudienceTree, metric: Metric) -> tuple[str, str]:
    age = fresh(tree, metric)
    period = capital(brief_period(tree.reading(metric)))
    until = f"data of {format_day(date.fromisoformat(age.iso), year=True)}" if age.iso else ""
    since = until if age.stale or age.lags or not period else ""
    day = capital(", ".join(part for part in (period, since) if part))
    if not age.stale:
        return day, ""
    return day, ", ".join(
        part for part in (day, f"stale: {age.stale}" if day else capital(age.stale)) if part
    )
