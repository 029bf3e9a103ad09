"""The pre-read of the peers' meeting as a page: what the mail says, with every request for help of
every team."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sharekit.mail.blocks import StatusCount
from sharekit.preread.content import DigestView, digest_view
from sharekit.preread.lines import NewsLine, SteadyLine, TalkLine, TreeLink
from sharekit.preread.message import news_sections
from sharekit.site import links
from sharekit.site.charts import bullet, bullet_text
from sharekit.site.context import AudienceTree
from sharekit.site.events import KIND_WORDS, ItemEvent
from sharekit.site.feeds.calendar import shows_calendar
from sharekit.site.overview import asked_for
from sharekit.site.pages.home import NewsItem
from sharekit.site.pages.page import Page
from sharekit.site.parts import Card, GradingLine, StatusMark, card, grading_line
from sharekit.wording.headline import has_headline

MOST_CARDS = 8
"""Two rows of four."""


@dataclass(frozen=True)
class TalkView:
    """One key result to talk about, with its bar."""

    talk: TalkLine
    status: StatusMark
    bar: Markup
    bar_text: str


@dataclass(frozen=True)
class PrereadView:
    """What the page places."""

    view: DigestView
    href: Callable[[TreeLink | None], str]
    calendar: str
    tally: tuple[tuple[StatusCount, StatusMark], ...]
    talk: tuple[TalkView, ...]
    happened: tuple[tuple[str, tuple[NewsItem, ...]], ...]
    quiet: tuple[tuple[SteadyLine, StatusMark], ...]
    cards: tuple[Card, ...]
    since: str
    rule: GradingLine | None


def digest_page(tree: AudienceTree, found: Sequence[ItemEvent]) -> Page:
    page = links.DIGEST
    view = digest_view(tree, found=found)
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
                (
                    status_count,
                    StatusMark(
                        status_count.word.capitalize(), status_count.tone, status_count.tone
                    ),
                )
                for status_count in view.tally
            ),
            talk=tuple(_talk(tree, line) for line in view.talk),
            happened=tuple(
                (name, tuple(_news(line, href(line.ref), href(line.entry)) for line in lines))
                for name, lines in news_sections(view)
            ),
            quiet=tuple((line, StatusMark(line.word, line.tone, line.tone)) for line in view.quiet),
            cards=tuple(card(tree, page, metric) for metric in numbers[:MOST_CARDS]),
            since=_since(view),
            rule=grading_line(tree, page) if tree.current_key_results else None,
        ),
    )


def _since(view: DigestView) -> str:
    return "Since the last meeting" if view.meeting else "In the last week"


def _talk(tree: AudienceTree, talk: TalkLine) -> TalkView:
    okr = tree.result(tree.manifest.metrics[talk.id]).okr
    mark = StatusMark(talk.word, talk.tone, talk.tone)
    return TalkView(talk, mark, bullet(okr) if okr else Markup(""), bullet_text(okr) if okr else "")


def _news(told: NewsLine, href: str, entry: str) -> NewsItem:
    short, _, icon = KIND_WORDS[told.kind]
    voice = " ".join(part for part in (told.why, told.we_will) if part)
    detail = told.detail or (told.word if told.word != short else "")
    who = ". ".join(part for part in (told.who, detail) if part)
    return NewsItem(
        told.kind,
        short,
        icon,
        told.title,
        href,
        told.was,
        told.now,
        Markup.escape(voice),
        who,
        entry,
    )
