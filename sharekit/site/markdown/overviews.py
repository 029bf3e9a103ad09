"""The twins of the pages that gather several things: the first page, the changes, a dashboard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sharekit.site import links
from sharekit.site.markdown import write
from sharekit.site.markdown.blocks import (
    cards,
    day_and_time,
    event_line,
    history,
    in_brackets,
    news,
    notes,
    open_requests,
    scorecard,
)
from sharekit.site.markdown.place import (
    TwinPlace,
    chart_table,
    data_until,
    person,
    rows_table,
)
from sharekit.site.pages.changes import ChangesView, MailReaders, TimelineEvent
from sharekit.site.pages.dashboard import DashboardView
from sharekit.site.pages.dashboard_blocks import BlockView, CardView, ChartView, TileView
from sharekit.site.pages.home import HomeView, ScoreCounts
from sharekit.site.pages.listing import DashboardRow

# -- the first page -------------------------------------------------------------------------------


def home_blocks(place: TwinPlace, view: HomeView) -> Iterator[str]:
    day = ", ".join(part for part in (view.kicker_day, view.kicker_period) if part)
    lines = (f"{day}.", view.headline, view.state)
    yield write.opening(write.inline_text(" ".join(filter(None, lines))))
    yield write.fact_list((*place.frame_facts(), *_entrances(place, view)))
    yield from write.section(
        "What changed", news(place, view.news), place.ref("All changes", view.changes)
    )
    if view.tally:
        yield from write.section("Scores", *_tally(view.tally))
    yield from write.section("To decide", open_requests(place, view.decisions))
    yield from write.section("Help wanted", open_requests(place, view.wants))
    left_out = (
        f"{view.score_left_out} key results that need no conversation are left out here."
        if view.score_left_out
        else ""
    )
    if view.scorecard.groups or view.scorecard.folded or left_out:
        yield from write.section("Scorecard", *scorecard(place, view.scorecard), left_out)
    all_numbers = f"All {view.numbers_count} numbers" if view.numbers_count else ""
    more = (
        place.ref(all_numbers, view.numbers)
        if all_numbers and (view.numbers_more or not view.cards)
        else ""
    )
    yield from write.section("Numbers", cards(place, view.cards), more)
    yield from write.section("Dashboards", write.bullets(_dashboards(place, view.dashboards.rows)))


def _entrances(place: TwinPlace, view: HomeView) -> Iterator[tuple[str, str]]:
    yield "Everything on this site", write.link(links.LLMS, links.LLMS)
    for name, href in (
        ("Pre-read", view.digest),
        ("All objectives", view.okrs if view.tally else ""),
        ("Help across teams", view.help),
        ("Calendar", view.calendar),
    ):
        yield name, place.ref(name, href) if href else ""


def _tally(counts: ScoreCounts) -> Iterator[str]:
    average = f", average score {counts.average}" if counts.average else ""
    yield write.inline_text(f"{counts.title}{average}.")
    yield write.bullets(
        in_brackets(write.inline_text(f"{row.status.word}: {row.count}"), row.names)
        for row in counts.rows
    )


def _dashboards(place: TwinPlace, rows: Iterable[DashboardRow]) -> Iterator[str]:
    for row in rows:
        title = in_brackets(place.ref(row.title, row.href), row.meta)
        yield f"{title}: {write.inline_text(row.description)}" if row.description else title


# -- changes --------------------------------------------------------------------------------------


def changes_blocks(place: TwinPlace, view: ChangesView) -> Iterator[str]:
    yield write.fact_list(place.frame_facts())
    for week in view.weeks:
        lines = write.bullets(_event(place, event) for event in week.events)
        yield from write.section(f"{week.title}, {week.span}", lines)
    if not view.weeks:
        yield "Nothing has been announced yet."
    yield write.opening(view.since)
    older = (place.ref(step.label, step.href) for step in view.steps if not step.current)
    yield from write.section("Older and newer", write.bullets(older))
    feeds = (place.ref(feed.title, feed.href) for feed in view.feeds)
    yield from write.section("Subscribe", write.bullets((*feeds, *map(_readers, view.readers))))


def _event(place: TwinPlace, event: TimelineEvent) -> str:
    when = day_and_time(event.moment, event.when)
    who = ", ".join(part for part in (event.owner, when, *event.details) if part)
    voices = (place.line(event.voice), place.line(event.we_will))
    title = place.ref(event.title, event.href)
    return event_line(title, event.word, event.was, event.now, who, *voices)


def _readers(readers: MailReaders) -> str:
    return write.inline_text(f"{readers.mails}: {readers.names}")


# -- a dashboard ----------------------------------------------------------------------------------


def dashboard_blocks(place: TwinPlace, view: DashboardView) -> Iterator[str]:
    """The total of everything; what a number is for each member is on its own page."""
    yield write.opening(write.inline_text(view.dashboard.front.description or ""))
    yield write.fact_list(
        (
            ("Owner", person(view.person)),
            ("Data until", data_until(view.fresh)),
            *place.frame_facts(),
        )
    )
    for block in view.blocks:
        yield from _block(place, block)
    yield from history(place, view.log)


def _block(place: TwinPlace, block: BlockView) -> Iterator[str]:
    match block.kind:
        case "prose":
            yield place.block(block.html) if block.html else ""
        case "tiles":
            yield from _tiles(place, block.tiles)
        case "score":
            yield from scorecard(place, block.scorecard)
        case "news":
            yield news(place, block.news) or "Nothing has been announced yet."
        case _:
            yield from _table(place, block)


def _tiles(place: TwinPlace, tiles: Iterable[TileView]) -> Iterator[str]:
    """The cards as one table, then each chart and table."""
    contents = [tile.content for tile in tiles]
    yield cards(place, (item.variants[0][1] for item in contents if isinstance(item, CardView)))
    for item in contents:
        if isinstance(item, ChartView):
            yield from _chart(place, item)
        elif isinstance(item, BlockView):
            yield from _table(place, item)


def _chart(place: TwinPlace, chart: ChartView) -> Iterator[str]:
    yield f"**{place.ref(chart.title, chart.href)}** {write.inline_text(chart.sub)}"
    yield chart_table(chart.table.table) if chart.table else ""
    yield notes(place, chart.notes)


def _table(place: TwinPlace, block: BlockView) -> Iterator[str]:
    yield f"**{place.ref(block.title, block.href)}**"
    if block.table:
        yield from rows_table(block.table)
    else:
        yield "No rows to show."
