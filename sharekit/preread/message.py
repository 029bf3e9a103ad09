"""The pre-read as a message, and the Markdown made of it: what its reader is asked for first, then
the same for all.

Long lists are cut in a mail's HTML, which says so; the plain text and the page have all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sharekit.mail.blocks import (
    Block,
    Button,
    Entries,
    Entry,
    Footer,
    Heading,
    Message,
    Plain,
    ScoredRow,
    Scores,
    Talk,
    Tally,
    Tile,
    Tiles,
)
from sharekit.mail.markdown import message_markdown
from sharekit.preread.content import DigestView
from sharekit.preread.item_lines import NewsLine, TalkLine, TreeLink
from sharekit.preread.team_requests import OfferLine, RequestLine, TaskLine
from sharekit.site import links
from sharekit.wording.english import count, counted, long_day, near_day

ROOM = {
    "decisions": 10,
    "talk": 10,
    "overdue": 8,
    "news": 8,
    "wants": 10,
    "offers": 6,
    "quiet": 20,
    "waiting": 6,
    "unasked": 8,
}
"""Entries of each list in the HTML: together they stay below 60 kB."""


def digest_message(
    view: DigestView, url: str | None, *, reader: str = "", stop: str = "", short: bool = False
) -> Message:
    """The pre-read of a meeting. `url`: where the tree is published; without it nothing is linked.
    `reader`: key of the person who reads it, "" for everybody. `short`: what to talk about is cut
    to what a mail's HTML has room for."""
    blocks = _Blocks(url, short=short)
    group = view.audience or view.project
    return Message(
        project=view.project,
        audience=view.audience,
        label=f"Pre-read, {count(view.minutes, 'minute')}",
        subject=view.title,
        heading=view.headline,
        byline=view.byline,
        blocks=(*blocks.for_reader(view, reader), *blocks.all(view)),
        footer=Footer(
            f"Sent before every meeting to {group}. Numbers are of {long_day(view.as_of)}.",
            stop=stop,
        ),
    )


def digest_markdown(view: DigestView, url: str | None = None) -> str:
    """The whole pre-read as Markdown. `url`: where the tree is published; without it nothing is
    linked."""
    return message_markdown(digest_message(view, url))


def summary(view: DigestView) -> str:
    """ "4 to talk about, 2 requests for help, 8 key results that need no talk."."""
    parts = []
    if view.decisions:
        parts.append(f"{len(view.decisions)} to decide")
    if view.talk:
        parts.append(f"{len(view.talk)} to talk about")
    if view.wants:
        parts.append(count(len(view.wants), "request for help", "requests for help"))
    if view.quiet:
        needs = "needs" if len(view.quiet) == 1 else "need"
        parts.append(f"{count(len(view.quiet), 'key result')} that {needs} no talk")
    return f"{', '.join(parts)}." if parts else ""


def news_sections(view: DigestView) -> Iterator[tuple[str, Sequence[NewsLine]]]:
    """Headings of what happened since, each with its news; the empty ones left out."""
    since = near_day(view.since, view.as_of)
    hard = [line for line in view.revised if line.kind == "challenge"]
    updates = [line for line in view.revised if line.kind in ("checkin", "update")]
    revised = [line for line in view.revised if line not in hard and line not in updates]
    sections = (
        (f"Revised since {since}, and why", revised),
        ("New challenges", hard),
        ("Check-ins and updates", updates),
        ("Slipped, recovered or met", [line for line in view.moved if line.kind != "correction"]),
        ("Past values that changed", [line for line in view.moved if line.kind == "correction"]),
        ("Answered", view.answered),
    )
    yield from ((title, lines) for title, lines in sections if lines)


class _Blocks:
    """Makes blocks of a pre-read's lines, with links into one tree."""

    def __init__(self, url: str | None, *, short: bool) -> None:
        self._url, self._short = url, short

    def for_reader(self, view: DigestView, reader: str) -> Iterator[Block]:
        """What the reader alone is asked for: to decide, to do, to help."""
        if not reader:
            return
        decisions = [line for line in view.decisions if reader in line.people]
        overdue = [line for line in view.all_overdue if reader in line.people]
        wants = [line for line in view.wants if reader in line.people]
        if not (decisions or overdue or wants):
            return
        yield Heading("You")
        yield Entries(
            (
                *(self._decision_entry(line, who="Decide") for line in decisions),
                *(self._overdue_entry(line, who="Overdue") for line in overdue),
                *(self._help_entry(line, who="Asked of you") for line in wants),
            )
        )

    def all(self, view: DigestView) -> Iterator[Block]:
        """What everybody reads."""
        sentences = summary(view)
        yield from ([Plain(sentences)] if sentences else [])
        yield from self._tally(view)
        yield from self._section(
            f"To decide: {len(view.decisions)}",
            map(self._decision_entry, view.decisions),
            "decisions",
        )
        yield from self._talk(view)
        yield from self._section(
            "Overdue in the plans", map(self._overdue_entry, view.overdue), "overdue"
        )
        yield from self._news(view)
        yield from self._section("Help wanted", map(self._help_entry, view.wants), "wants")
        yield from self._section("Offers", map(self._offer_entry, view.offers), "offers")
        yield from self._needs_no_talk(view)
        yield from self._numbers(view)
        waiting = (
            Entry(line.question, detail=line.line, late=line.late, url=self._link(line.ref))
            for line in view.waiting
        )
        yield from self._section("Asked, not yet answered", waiting, "waiting")
        shared = (
            Entry(line.title, aside=line.who, url=self._link(line.ref)) for line in view.unasked
        )
        yield from self._section("Shared before anyone asked", shared, "unasked")
        if self._url:
            yield Button("Open the pre-read", links.absolute(self._url, links.DIGEST))

    def _link(self, ref: TreeLink | None) -> str:
        return links.absolute(self._url, ref.path, ref.anchor) if ref and self._url else ""

    def _section(self, title: str, entries: Iterator[Entry], room: str) -> Iterator[Block]:
        all_entries = tuple(entries)
        if all_entries:
            yield Heading(title)
            yield Entries(all_entries, ROOM[room])

    def _tally(self, view: DigestView) -> Iterator[Block]:
        if view.tally:
            yield Tally(view.average, view.expected, view.tally)

    def _talk(self, view: DigestView) -> Iterator[Block]:
        if not view.talk:
            return
        yield Heading(f"To talk about: {len(view.talk)}")
        lines = view.talk[: ROOM["talk"]] if self._short else view.talk
        yield from (self._talk_line(line) for line in lines)
        if len(lines) < len(view.talk):
            yield Plain(f"And {counted(len(view.talk) - len(lines), 'more', 'more')} on the page.")

    def _talk_line(self, line: TalkLine) -> Talk:
        return Talk(
            title=line.title,
            url=self._link(line.ref),
            word=line.word,
            tone=line.tone,
            now=line.now,
            target=line.target,
            owner=line.owner,
            score=line.score,
            done=line.done,
            expected=line.expected,
            meaning=line.meaning,
            voice=line.voice,
            stale=line.stale,
            next=line.next,
            late=line.late,
        )

    def _news(self, view: DigestView) -> Iterator[Block]:
        if view.nothing:
            yield Heading("Since the last meeting" if view.meeting else "In the last week")
            yield Plain(view.nothing)
        for title, lines in news_sections(view):
            yield from self._section(title, map(self._event_entry, lines), "news")

    def _event_entry(self, line: NewsLine) -> Entry:
        return Entry(
            line.title,
            was=line.was,
            now=line.now,
            aside=line.word,
            detail=". ".join(part for part in (line.who, line.detail) if part),
            voice=" ".join(part for part in (line.why, line.we_will) if part),
            url=self._link(line.ref),
        )

    def _overdue_entry(self, line: TaskLine, who: str = "") -> Entry:
        return Entry(
            line.what,
            who=who or line.who,
            aside=line.when,
            detail=line.title,
            late=True,
            url=self._link(line.ref),
        )

    def _decision_entry(self, line: RequestLine, who: str = "") -> Entry:
        asker = f"{line.owner}, {line.title}" if line.owner else line.title
        return Entry(
            line.what,
            who=who or line.who,
            aside=due_words(line),
            detail=f"Asked for by {asker}",
            late=line.late,
            url=self._link(line.ref),
        )

    def _help_entry(self, line: RequestLine, who: str = "") -> Entry:
        when = f"{'was needed by' if line.late else 'by'} {line.when}" if line.when else ""
        return Entry(
            f"{line.what}, {line.how_much}" if line.how_much else line.what,
            who=who or line.who,
            aside=when,
            detail=f"For {line.owner}, {line.title}" if line.owner else f"For {line.title}",
            late=line.late,
            url=self._link(line.ref),
        )

    def _offer_entry(self, line: OfferLine) -> Entry:
        return Entry(
            line.what, who=line.who, aside=line.until, detail=line.title, url=self._link(line.ref)
        )

    def _needs_no_talk(self, view: DigestView) -> Iterator[Block]:
        if not view.quiet:
            return
        yield Heading(f"No need to talk: {len(view.quiet)}")
        rows = (
            ScoredRow(
                line.title,
                self._link(line.ref),
                line.value,
                line.period,
                line.score,
                line.word,
                line.tone,
            )
            for line in view.quiet
        )
        yield Scores(tuple(rows), ROOM["quiet"])

    def _numbers(self, view: DigestView) -> Iterator[Block]:
        if not view.numbers:
            return
        yield Heading("Numbers")
        tiles = (
            Tile(line.title, self._link(line.ref), line.value, line.period, line.change, line.worse)
            for line in view.numbers
        )
        yield Tiles(tuple(tiles))


def due_words(line: RequestLine) -> str:
    """ "by 25 Nov", "was to be decided by 20 Nov, overdue", or ""."""
    if not line.when:
        return ""
    return f"was to be decided by {line.when}" if line.late else f"by {line.when}"
