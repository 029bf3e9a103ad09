"""The pre-read of the peers' meeting as a page: what the mail says, with every request for help of
every team."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup
from msgspec import Struct

from sharekit.preread.content import DigestView, digest_view
from sharekit.preread.item_lines import (
    NewsLine,
    OpenQuestionLine,
    SharedLine,
    SteadyLine,
    TalkLine,
    TreeLink,
)
from sharekit.preread.message import news_sections
from sharekit.preread.team_requests import OfferLine, RequestLine, TaskLine
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.charts import bullet, bullet_text
from sharekit.site.events import KIND_WORDS, ItemEvent
from sharekit.site.feeds.calendar import shows_calendar
from sharekit.site.long_lists import FoldedList, folded, folded_in_one
from sharekit.site.number_cards import Card, card
from sharekit.site.overview import asked_for
from sharekit.site.pages.home import NewsItem
from sharekit.site.pages.page import Page
from sharekit.site.prose import words_alone
from sharekit.site.scorecard import ScoringLine, StatusMark, counted_statuses, scoring_line
from sharekit.wording.headline import has_headline

MOST_CARDS = 4
"""One row."""
MOST_TALK, MOST_QUIET, MOST_WANTS, MOST_NEWS, MOST_QUESTIONS = 5, 8, 3, 6, 3
"""Rows of each list before the rest is folded: with 40 key results the page stays below six screens
of a phone."""


class TalkView(Struct, frozen=True):
    """One key result to talk about, with its bar."""

    talk: TalkLine
    status: StatusMark
    bar: Markup
    bar_text: str


class QuietView(Struct, frozen=True):
    """One key result that needs no talk."""

    line: SteadyLine
    status: StatusMark


class NewsSection(Struct, frozen=True):
    """What happened since, of one kind."""

    title: str
    news: FoldedList[NewsItem]


class CountedStatus(Struct, frozen=True):
    """How many key results have one status."""

    number: int
    names: str
    """Which ones they are, by title."""
    status: StatusMark


class PrereadView(Struct, frozen=True):
    """What the page places."""

    view: DigestView
    href: Callable[[TreeLink | None], str]
    calendar: str
    tally: tuple[CountedStatus, ...]
    decisions: FoldedList[RequestLine]
    talk: FoldedList[TalkView]
    overdue: FoldedList[TaskLine]
    happened: tuple[NewsSection, ...]
    wants: FoldedList[RequestLine]
    offers: FoldedList[OfferLine]
    quiet: FoldedList[QuietView]
    waiting: FoldedList[OpenQuestionLine]
    unasked: FoldedList[SharedLine]
    numbers: str
    numbers_count: int
    cards: tuple[Card, ...]
    since: str
    rule: ScoringLine | None


def digest_page(tree: AudienceTree, item_events: Sequence[ItemEvent]) -> Page:
    page = links.DIGEST
    view = digest_view(tree, item_events=item_events)
    numbers = [
        metric
        for metric in asked_for(tree)
        if (reading := tree.reading(metric)) and has_headline(reading)
    ]

    def href(ref: TreeLink | None) -> str:
        return links.href(page, ref.path, ref.anchor) if ref else ""

    return Page(
        path=page,
        template="digest.html",
        title=view.title,
        description=view.headline,
        section="preread",
        entrance=True,
        source=tree.manifest.config_path,
        twin=links.twin(page),
        view=PrereadView(
            view=view,
            href=href,
            calendar=links.CALENDAR if shows_calendar(tree.scope) else "",
            tally=tuple(
                CountedStatus(
                    counted.number,
                    counted.names,
                    StatusMark(counted.word.capitalize(), counted.tone, counted.tone),
                )
                for counted in view.tally
            ),
            decisions=folded_in_one(view.decisions, MOST_TALK, "to decide"),
            talk=_talks(tree, view.talk),
            overdue=folded_in_one(view.overdue, MOST_TALK, "overdue"),
            happened=tuple(
                NewsSection(
                    name,
                    folded_in_one(
                        [_news(line, href(line.ref), href(line.entry)) for line in lines],
                        MOST_NEWS,
                    ),
                )
                for name, lines in news_sections(view)
            ),
            wants=folded_in_one(view.wants, MOST_WANTS, "requests"),
            offers=folded_in_one(view.offers, MOST_WANTS, "offers"),
            quiet=_quiets(view.quiet),
            waiting=folded_in_one(view.waiting, MOST_QUESTIONS, "questions"),
            unasked=folded_in_one(view.unasked, MOST_QUESTIONS),
            numbers=links.href(page, links.NUMBERS),
            numbers_count=len(tree.manifest.listed_metrics),
            cards=tuple(card(tree, page, metric) for metric in numbers[:MOST_CARDS]),
            since=_since(view),
            rule=scoring_line(tree, page) if tree.current_key_results else None,
        ),
    )


def _since(view: DigestView) -> str:
    return "Since the last meeting" if view.meeting else "In the last week"


def _talks(tree: AudienceTree, lines: Sequence[TalkLine]) -> FoldedList[TalkView]:
    return folded(
        [_talk(tree, line) for line in lines],
        MOST_TALK,
        lambda view: view.talk.objective or "Other key results",
        lambda views: counted_statuses([view.status for view in views]),
    )


def _quiets(lines: Sequence[SteadyLine]) -> FoldedList[QuietView]:
    """Shown where they are few; else all by objective."""
    return folded(
        [QuietView(line, StatusMark(line.word, line.tone, line.tone)) for line in lines],
        MOST_QUIET if len(lines) <= MOST_QUIET else 0,
        lambda view: view.line.objective or "Other key results",
        lambda views: counted_statuses([view.status for view in views]),
    )


def _talk(tree: AudienceTree, talk: TalkLine) -> TalkView:
    okr = tree.result(tree.manifest.metrics[talk.id]).okr
    mark = StatusMark(talk.word, talk.tone, talk.tone)
    return TalkView(talk, mark, bullet(okr) if okr else Markup(""), bullet_text(okr) if okr else "")


def _news(line: NewsLine, href: str, entry: str) -> NewsItem:
    short, _, icon = KIND_WORDS[line.kind]
    voice = " ".join(part for part in (line.why, line.we_will) if part)
    detail = line.detail or (line.word if line.word != short else "")
    who = ". ".join(part for part in (line.who, detail) if part)
    return NewsItem(
        line.kind,
        short,
        icon,
        line.title,
        href,
        line.was,
        line.now,
        words_alone(voice),
        who,
        entry,
    )
