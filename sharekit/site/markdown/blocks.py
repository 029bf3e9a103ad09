"""What several kinds of page have, as Markdown: scorecards, numbers, news, definitions, breakdowns,
and what owners share. Each takes the view that the template of the page takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from sharekit.site.charts import NamedLineage
from sharekit.site.markdown import write
from sharekit.site.markdown.place import TwinPlace, changed, lineage_facts, value_of
from sharekit.site.number_cards import Card
from sharekit.site.pages.asks import AskedBy
from sharekit.site.pages.definition import DefinitionView
from sharekit.site.pages.history import LogEntry
from sharekit.site.pages.home import NewsItem
from sharekit.site.pages.metric import Breakdown, MemberRow, Notice
from sharekit.site.pages.notes import NoteLine
from sharekit.site.pages.sharing import OpenWant, SharingView, TaskView
from sharekit.site.prose import Prose
from sharekit.site.scorecard import Scorecard, ScoreGroup, ScoreRow, ScoringLine
from sharekit.wording.english import capital, full_day

ARROW = "\N{RIGHTWARDS ARROW}"
SCORE_HEAD = ("Key result", "Now", "Baseline to target", "Score", "Status", "Owner", "Period")


def in_brackets(written: str, *details: str) -> str:
    """What is written already, and what there is to add."""
    joined = ", ".join(write.inline_text(detail) for detail in details if detail)
    return f"{written} ({joined})" if joined else written


def from_to(was: str, now: str) -> str:
    return f" {ARROW} ".join(f"**{write.inline_text(value)}**" for value in (was, now) if value)


# -- key results and numbers ----------------------------------------------------------------------


def scorecard(place: TwinPlace, score: Scorecard | None) -> Iterator[str]:
    """Key results as a table below each objective, those that the page folds too; then the rule."""
    if score is None:
        return
    for group in (*score.groups, *score.folded):
        yield from _score_group(place, group)
    yield rule(score.rule)


def _score_group(place: TwinPlace, group: ScoreGroup) -> Iterator[str]:
    note = write.inline_text(group.note)
    if group.title:
        title = f"**{place.ref(group.title, group.href)}**"
        yield f"{title}, {note}" if note else title
    if group.rows:
        yield write.table(SCORE_HEAD, [_score_cells(place, row) for row in group.rows], (1, 3))


def _score_cells(place: TwinPlace, row: ScoreRow) -> Sequence[str]:
    ends = " to ".join(end for end in (row.low, row.high) if end)
    cells = (str(row.now), ends, row.score, row.status.word, row.owner, value_of(row.fresh))
    title = in_brackets(place.ref(row.title, row.href), row.unit, row.tag)
    return title, *map(write.inline_text, cells)


def rule(line: ScoringLine | None) -> str:
    return write.inline_text(line.text) if line else ""


def cards(place: TwinPlace, number_cards: Iterable[Card]) -> str:
    """Number cards as a table."""
    rows = [_card_cells(place, card) for card in number_cards]
    head = ("Number", "Value", "Change", "Target", "Owner", "Period")
    return write.table(head, rows, (1,)) if rows else ""


def _card_cells(place: TwinPlace, card: Card) -> Sequence[str]:
    moved = ". ".join(part for part in (changed(card.delta), card.note) if part)
    cells = (
        str(card.value),
        moved,
        card.target.removeprefix("target "),
        card.owner,
        value_of(card.fresh),
    )
    return place.ref(card.title, card.href), *map(write.inline_text, cells)


# -- what happened --------------------------------------------------------------------------------


def news(place: TwinPlace, items: Iterable[NewsItem]) -> str:
    return write.bullets(_news(place, item) for item in items)


def _news(place: TwinPlace, item: NewsItem) -> str:
    voice = place.line(item.voice)
    if item.quoted and voice:
        voice = f"“{voice}”"
    return event_line(
        place.ref(item.title, item.href), item.word, item.was, item.now, item.who, voice
    )


def event_line(title: str, word: str, was: str, now: str, who: str, *more: str) -> str:
    """ "Revised: On time, **85%** → **82%**. (Maria, 21 Nov) Why it was changed." """
    moved = from_to(was, now)
    line = f"{write.inline_text(word)}: {title}{f', {moved}' if moved else ''}"
    stop = "" if line.endswith(("?", "!", ".")) else "."
    return " ".join(part for part in (in_brackets(f"{line}{stop}", who), *more) if part)


def open_requests(place: TwinPlace, wants: Iterable[OpenWant]) -> str:
    return write.bullets(in_brackets(place.ref(want.what, want.href), want.line) for want in wants)


# -- one item -------------------------------------------------------------------------------------


def notice(item: Notice | None) -> str:
    return f"**{write.inline_text(item.title)}.** {write.inline_text(item.text)}" if item else ""


def definition(
    place: TwinPlace,
    view: DefinitionView,
    lineage: NamedLineage,
    drives: Iterable[tuple[str, str]],
) -> Iterator[str]:
    """Meaning, SQL, how it adds up, and what it reads; then each view that it reads."""
    rows = ((row.label, write.inline_text(row.text)) for row in view.rows if row.label != "Owner")
    moves = ", ".join(place.ref(title, href) for title, href in drives)
    facts = write.fact_list((*rows, *lineage_facts(place, lineage), ("Moves", moves)))
    meaning = write.opening(place.line(view.meaning))
    sql = write.fence(view.sql.text, "sql") if view.sql else view.withheld
    yield from write.section("Definition", meaning, sql, facts)
    for shared in view.views:
        yield write.heading(3, f"It reads {write.code(shared.id)}")
        sentence = ". ".join(part.rstrip(".") for part in (shared.title, shared.meaning) if part)
        yield write.opening(write.inline_text(f"{sentence}."))
        yield write.fence(shared.sql.text, "sql") if shared.sql else shared.withheld


def notes(place: TwinPlace, lines: Iterable[NoteLine]) -> str:
    return "\n".join(
        f"{line.number}. {write.inline_text(line.when)}: {place.line(line.text)}" for line in lines
    )


def asked_questions(questions: Iterable[AskedBy]) -> str:
    """Who asked for the number, and since when nobody has to."""
    return write.bullets(
        " ".join(map(write.inline_text, filter(None, (asker.who, asker.since, asker.shared))))
        for asker in questions
    )


def breakdowns(parts: Iterable[Breakdown]) -> Iterator[str]:
    """Each dimension of a number as a table of its members."""
    for part in parts:
        left_out = f"{part.left_out} more are in the CSV file." if part.left_out else ""
        yield from write.section(f"By {part.name.lower()}", _members(part), part.note, left_out)


def _members(part: Breakdown) -> str:
    head = [
        part.name,
        part.period,
        *(["Share"] if part.shares else []),
        *(["Of"] if part.counts else []),
        capital(part.base),
        *(["Target"] if part.targets else []),
    ]
    rows = (_member(part, row) for row in (*part.rows, *([part.total] if part.total else [])))
    return write.table([write.inline_text(cell) for cell in head], rows, range(1, len(head)))


def _member(part: Breakdown, row: MemberRow) -> list[str]:
    target = (row.target, row.gap, "missed" if row.missed else "")
    cells = [
        f"{row.member}, too few to compare" if row.few else row.member,
        row.value,
        *([row.share] if part.shares else []),
        *([row.count] if part.counts else []),
        f"{row.change}, worse" if row.worse else row.change,
        *([", ".join(filter(None, target))] if part.targets else []),
    ]
    return [write.inline_text(cell) for cell in cells]


def history(place: TwinPlace, log: Iterable[LogEntry]) -> Iterator[str]:
    """What happened to the thing, newest first; nothing where nothing did."""
    entries = (block for entry in log for block in _log_entry(place, entry))
    yield from write.section("History of changes", *entries)


def day_and_time(iso: str, text: str) -> str:
    """The day of an entry with its year, and its time of day where the page shows it ("5 Nov,
    09:00"): a Markdown file is read away from its page."""
    if not iso:
        return text
    _, comma, clock = text.partition(", ")
    return f"{full_day(date.fromisoformat(iso[:10]))}{comma}{clock}"


def _log_entry(place: TwinPlace, entry: LogEntry) -> Iterator[str]:
    day = day_and_time(entry.iso, entry.day)
    yield write.heading(3, write.inline_text(day or "Without a date"))
    rows = (f"{row.label}: {row.was} {ARROW} {row.now}" for row in entry.rows)
    paragraphs = (place.line(prose) for prose in (entry.voice, entry.we_will, entry.sql))
    yield write.bullets((write.inline_text(entry.note), *paragraphs, *map(write.inline_text, rows)))


# -- what owners share ----------------------------------------------------------------------------


def shared_openly(place: TwinPlace, view: SharingView) -> Iterator[str]:
    """Challenges, plan, decisions asked for, help wanted and offers; nothing where there are
    none."""
    challenges = (place.line(text) for text in view.challenges)
    decisions = (
        _request(place, decision.what, decision.detail, "Decided", decision.decided)
        for decision in view.decisions
    )
    wants = (
        _request(place, want.what, want.detail, "Answered", want.answered) for want in view.wants
    )
    offers = (in_brackets(place.line(offer.what), offer.detail) for offer in view.offers)
    plan = "\n".join(f"- {_task(place, task)}" for task in view.tasks)
    yield from write.section("Challenges", write.bullets(challenges))
    yield from write.section("To decide", write.bullets(decisions))
    yield from write.section("What we are doing about it", capital(view.done), plan)
    yield from write.section("Help wanted", write.bullets(wants))
    yield from write.section("On offer", write.bullets(offers))


def _task(place: TwinPlace, task: TaskView) -> str:
    mark = "[x]" if task.done else "[ ]"
    state = "" if task.late else task.state
    return f"{mark} {in_brackets(place.line(task.what), task.who, state, task.due)}"


def _request(place: TwinPlace, what: Prose, detail: str, word: str, answer: str) -> str:
    line = in_brackets(place.line(what), detail.removesuffix("."))
    return f"{line} {word}: {write.inline_text(answer)}" if answer else line
