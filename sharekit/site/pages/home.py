"""The first page: what changed, how the quarter stands, the numbers people ask for, and the
dashboards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup
from msgspec import Struct

from sharekit.numbers.results import Status
from sharekit.okr.assessment import mean_scores, target_of
from sharekit.preread.content import MOST_NAMES, shows_digest
from sharekit.preread.team_requests import open_offers, open_wants
from sharekit.project.manifest import Metric, Objective
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.charts import StripMark, strip
from sharekit.site.events import (
    ItemEvent,
    NewsTags,
    link_of,
    page_link,
    recent,
)
from sharekit.site.feeds.calendar import shows_calendar
from sharekit.site.icons import Icon
from sharekit.site.long_lists import FoldedList, folded_in_one
from sharekit.site.number_cards import Card, card
from sharekit.site.overview import (
    asked_for,
    day_of_period,
    headline,
    headline_events,
    how_it_stands,
    status_of,
    what_happened,
)
from sharekit.site.pages.asks import askers
from sharekit.site.pages.listing import DashboardRow, dashboard_rows
from sharekit.site.pages.page import Page
from sharekit.site.pages.sharing import OpenWant, decisions_of, wants_of
from sharekit.site.prose import Prose
from sharekit.site.scorecard import (
    MOST_WHOLE,
    NEEDS_TALK,
    Scorecard,
    StatusMark,
    score_text,
    scorecard,
    status_mark,
    worst_first,
)
from sharekit.wording import sharing as openness
from sharekit.wording.english import (
    LAST_WEEK,
    capital,
    counted,
    long_day,
    near_day,
    plain_words,
    times,
)
from sharekit.wording.headline import brief_period, with_period
from sharekit.wording.statuses import STATUS_ORDER

MOST_CARDS = 8
MOST_NEWS = 6
FEW_NEWS = 3
MOST_WANTS = 3
MOST_DASHBOARDS = 4
MOST_WAITING = 2
MOST_ROWS = 60
"""Key results on the scorecard of the first page; where there are more, it shows those that need a
conversation."""


class NewsItem(Struct, frozen=True):
    """One line of "what changed"."""

    kind: str
    word: str
    icon: Icon
    title: str
    href: str
    was: str
    now: str
    voice: Prose
    who: str
    entry: str = ""
    """Address of its entry in the log."""
    quoted: bool = False
    """Whether the voice is the owner's own words."""


class TallyRow(Struct, frozen=True):
    """How many key results have one status, and which."""

    count: int
    status: StatusMark
    names: str
    """ "" where the scorecard is too long to name them."""


class ScoreCounts(Struct, frozen=True):
    """The scores at a glance."""

    title: str
    average: str
    strip: Markup
    rows: tuple[TallyRow, ...]


class HomeView(Struct, frozen=True):
    """What the page places."""

    kicker_iso: str
    kicker_day: str
    kicker_period: str
    calendar: str
    digest: str
    headline: str
    state: str
    news: tuple[NewsItem, ...]
    changes: str
    tally: ScoreCounts | None
    decisions: tuple[OpenWant, ...]
    wants: tuple[OpenWant, ...]
    help: str
    scorecard: Scorecard
    score_left_out: int
    okrs: str
    cards: tuple[Card, ...]
    numbers_count: int
    numbers: str
    numbers_more: bool
    dashboards: FoldedList[DashboardRow]


def home_page(tree: AudienceTree, item_events: Sequence[ItemEvent], tags: NewsTags) -> Page:
    page = links.HOME
    current = tree.current_key_results
    week = recent(tree, item_events)
    numbers = list(asked_for(tree))
    key_results = shown_key_results(tree, current)
    above = tree.served_by(tree.objectives_of(current))
    items = running_items(tree, current)
    return Page(
        path=page,
        template="home.html",
        title="Scorecard" if current else "Numbers",
        description=headline(tree, week, current),
        section="scorecard",
        source=tree.manifest.config_path,
        twin=links.twin(page),
        entrance=True,
        view=HomeView(
            kicker_iso=tree.as_of.isoformat(),
            kicker_day=long_day(tree.as_of),
            kicker_period=day_of_period(tree, current),
            calendar=links.CALENDAR if shows_calendar(tree.scope) else "",
            digest=links.DIGEST if shows_digest(tree) else "",
            headline=headline(tree, week, current),
            state=how_it_stands(tree, current) if current and what_happened(tree, week) else "",
            news=tuple(_news(tree, page, item_events, week, current)),
            changes=links.href(page, links.CHANGES),
            tally=_tally(tree, current),
            decisions=decisions_of(tree, page, items)[:MOST_WANTS],
            wants=wants_of(tree, page, items)[:MOST_WANTS],
            help=links.href(page, links.DIGEST, "help")
            if open_wants(tree) or open_offers(tree)
            else "",
            scorecard=scorecard(tree, page, key_results, tags.on(page), above=above),
            score_left_out=len(current) - len(key_results),
            okrs=links.href(page, links.OKRS),
            cards=tuple(card(tree, page, metric) for metric in numbers[:MOST_CARDS]),
            numbers_count=len(tree.manifest.listed_metrics),
            numbers=links.href(page, links.NUMBERS),
            numbers_more=len(tree.manifest.listed_metrics) > len(numbers[:MOST_CARDS]),
            dashboards=folded_in_one(dashboard_rows(tree, page), MOST_DASHBOARDS, "dashboards"),
        ),
    )


def running_items(tree: AudienceTree, current: tuple[Metric, ...]) -> list[Metric | Objective]:
    """These key results, their objectives and those above: whose requests the first page shows."""
    objectives = tree.objectives_of(current)
    return [
        *current,
        *{
            objective.id: objective for objective in (*tree.served_by(objectives), *objectives)
        }.values(),
    ]


def shown_key_results(tree: AudienceTree, current: Sequence[Metric]) -> tuple[Metric, ...]:
    """The key results on the first page's scorecard."""
    if len(current) <= MOST_ROWS:
        return tuple(current)
    return tuple(metric for metric in current if status_of(tree, metric) in NEEDS_TALK)[:MOST_ROWS]


# -- what changed ---------------------------------------------------------------------------------


def _news(
    tree: AudienceTree,
    page: str,
    item_events: Sequence[ItemEvent],
    week: Sequence[ItemEvent],
    current: Sequence[Metric],
) -> Iterator[NewsItem]:
    """This week's events, worst first; where they are few, the newest reasons given and what is
    hard now."""
    named_above = headline_events(tree, week)
    events = [event for event in week if event.kind != "new" or len(week) <= MOST_NEWS]
    events = [event for at, event in enumerate(events) if at < MOST_NEWS or event in named_above]
    if len(events) < FEW_NEWS:
        older = [
            event
            for event in item_events
            if event.note and event not in events and event.on <= tree.as_of
        ]
        events += older[: FEW_NEWS - len(events)]
    for event in events:
        yield news_item(tree, page, event)
    items_with_news = {event.item for event in events if event in week}
    room = max(0, FEW_NEWS + 1 - len(events))
    hard = [
        metric
        for metric in worst_first(tree, current)
        if status_of(tree, metric) in NEEDS_TALK and metric.id not in items_with_news
    ]
    for metric in hard[:room]:
        yield _hard(tree, page, metric)
    yield from _waiting(tree, page, MOST_NEWS - len(events) - len(hard[:room]))


def _waiting(tree: AudienceTree, page: str, room: int) -> Iterator[NewsItem]:
    """Questions that were asked this week and that nothing answers yet, newest first."""
    last = {
        question.ask.id: max(asking.on for asking in question.ask.front.asked)
        for question in tree.asks.questions
    }
    waiting = [question for question in tree.asks.questions if question.state == "waiting"]
    unanswered = [
        question
        for question in waiting
        if tree.as_of - LAST_WEEK <= last[question.ask.id] <= tree.as_of
    ]
    unanswered.sort(
        key=lambda question_waiting: (
            -question_waiting.times,
            question_waiting.first,
            question_waiting.ask.id,
        )
    )
    for question in unanswered[: max(0, min(room, MOST_WAITING))]:
        promised, leader = question.ask.front.promised, tree.manifest.person(question.leader)
        day = f"by {near_day(promised, tree.as_of)}" if promised else "and has promised no day"
        answer = f"{leader} answers {day}" if leader else ""
        yield NewsItem(
            kind="waiting",
            word="Waiting",
            icon="none",
            title=question.ask.front.question,
            href=links.href(
                page, tree.question_pages[question.ask.id], links.question_anchor(question.ask.id)
            ),
            was="",
            now="",
            voice=Prose(),
            who=f"Asked {times(question.times)} by {askers(tree, question)}"
            + (f". {answer}" if answer else ""),
        )


def news_item(tree: AudienceTree, page: str, event: ItemEvent) -> NewsItem:
    source = tree.manifest.metrics.get(event.item)
    who = ", ".join(part for part in (event.owner, near_day(event.on, tree.as_of)) if part)
    if event.kind == "answered":
        who = ". ".join((who, *event.details))
    return NewsItem(
        kind=event.kind,
        word=event.word,
        icon=event.icon,
        title=event.title,
        href=page_link(tree, page, event),
        was=event.was,
        now=event.now,
        voice=tree.texts.line(event.voice, tree.prose(page, source.path if source else "")),
        quoted=event.note is not None,
        who=who,
        entry=link_of(tree, page, event) if event.note or event.revision else "",
    )


def _hard(tree: AudienceTree, page: str, metric: Metric) -> NewsItem:
    """A key result about which somebody should talk, with what its owner says is hard."""
    subject, result = tree.subject(metric), tree.result(metric)
    status = status_mark(status_of(tree, metric))
    points = openness.points(metric.okr.front.challenges) if metric.okr else ()
    target = target_of(metric.okr.front) if metric.okr else None
    now = (
        with_period(subject.now(result.reading), brief_period(result.reading, tree.as_of))
        if result.reading
        else ""
    )
    target_text = f"target {subject.text(target)}" if target is not None else ""
    return NewsItem(
        kind="slipped" if status.tone == "off" else "challenge",
        word=status.word,
        icon=status.icon,
        title=metric.title,
        href=links.href(page, links.key_result_page(metric.id)),
        was="",
        now=now,
        voice=tree.texts.line(points[0] if points else "", tree.prose(page, metric.path)),
        quoted=True,
        who=", ".join(part for part in (tree.person_name(metric.owner), target_text) if part),
    )


# -- beside it ------------------------------------------------------------------------------------


def _tally(tree: AudienceTree, current: Sequence[Metric]) -> ScoreCounts | None:
    if not current:
        return None
    marks, judged = [], []
    groups: dict[Status, list[str]] = {}
    for metric in current:
        okr = tree.result(metric).okr
        status: Status = okr.status if okr else "unknown"
        strip_score = okr.score if okr and status != "dropped" else None
        marks.append(StripMark(metric.title, strip_score, status))
        groups.setdefault(status, []).append(metric.title)
        judged += [(metric, okr)] if okr else []
    score, expected = mean_scores(judged)
    return ScoreCounts(
        title=f"{capital(counted(len(current), 'key result'))}, scored 0 to 1",
        average="" if score is None else score_text(score),
        strip=strip(marks, expected),
        rows=tuple(
            TallyRow(
                len(groups[status]),
                status_mark(status),
                plain_words(groups[status], MOST_NAMES) if len(current) <= MOST_WHOLE else "",
            )
            for status in STATUS_ORDER
            if status in groups
        ),
    )
