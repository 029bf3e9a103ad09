"""The page of questions: who shared before anyone asked, who waits for what, and what answers it
now."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date

from markupsafe import Markup
from msgspec import Struct

from sharekit.asks.register import Question, SharingScore, answer_of
from sharekit.documents import QuestionEntry
from sharekit.project.manifest import Dashboard, Metric
from sharekit.site import links
from sharekit.site.ask_link import ask_way
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.charts.svg import el, join
from sharekit.site.exact_text import csv_cell
from sharekit.site.long_lists import FoldedList, folded_in_one
from sharekit.site.pages.listing import PageStep, steps
from sharekit.site.pages.page import Page
from sharekit.site.scorecard import StatusMark, score_text
from sharekit.wording.english import and_list, full_day, near_day, times

MOST_DOTS = 40
"""Dots in a row; of a leader with more numbers a bar tells the share."""
_STEP, _LEAST_WIDE = 20, 264
_YES, _NO = 6.25, 5.5
"""Radii of a full dot and of a ring, whose stroke makes it as large."""


class LeaderRow(Struct, frozen=True):
    """One leader, or all of them together."""

    name: str
    role: str
    share: str
    dots: Markup
    dots_words: str
    """What the dots show, in words."""
    before: str
    """"9 of 11"."""
    wait: str
    waiting: str
    last: str
    """Day of the last number shared unasked; "" where that is not known."""


class QuestionRow(Struct, frozen=True):
    """One question."""

    anchor: str
    question: str
    asked: str
    """"Maria, Eve and Jonas, first on 13 Sep"."""
    times: str
    mark: StatusMark | None
    """Where nothing answers it: waiting, or declined."""
    answer: str
    href: str
    note: str
    """Who answered or will, and by when; why it was declined."""
    wait: str
    wait_note: str
    bar: Markup


MOST_SHOWN = 20
"""Questions of the ledger before the rest of a page is folded."""


def shows_asks(tree: AudienceTree) -> bool:
    """Whether there is anything to show: a question, or an address for one."""
    return bool(tree.manifest.asks or tree.manifest.config.site.ask_email)


class AsksView(Struct, frozen=True):
    """What the page places."""

    headline: str
    lead: str
    ask: str
    csv: str
    leaders: tuple[LeaderRow, ...]
    history: bool
    order: str
    rows: FoldedList[QuestionRow]
    steps: tuple[PageStep, ...]


def asks_pages(tree: AudienceTree) -> Iterator[Page]:
    """The ledger, on as many pages as it takes."""
    questions = tree.asks.questions
    pages = list(dict.fromkeys(tree.question_pages.values())) or [links.ASKS]
    longest = max((question.days or 0 for question in questions), default=0)
    way = ask_way(tree.manifest)
    for number, page in enumerate(pages, 1):
        questions_of_page = [
            question for question in questions if tree.question_pages[question.ask.id] == page
        ]
        yield Page(
            path=page,
            template="asks.html",
            title="Asks" if number == 1 else f"Asks, page {number}",
            description=f"{headline(tree.asks.group)}.",
            section="asks",
            entrance=number == 1,
            source="metrics/asks" if questions else "",
            view=AsksView(
                headline=headline(tree.asks.group),
                lead=_lead(tree),
                ask=way.href if way else "",
                csv=links.href(page, links.ASKS_CSV) if questions else "",
                leaders=tuple(_leaders(tree)) if number == 1 else (),
                history=any(score.last_unasked for score in tree.asks.leaders),
                order=_order(len(questions_of_page), len(questions)),
                rows=folded_in_one(
                    [_row(tree, page, question, longest) for question in questions_of_page],
                    MOST_SHOWN,
                    "questions",
                ),
                steps=_steps(page, pages),
            ),
        )


def _steps(page: str, pages: Sequence[str]) -> tuple[PageStep, ...]:
    return steps(links.ASKS, page, len(pages))


# -- shared before asked --------------------------------------------------------------------------


def headline(group: SharingScore) -> str:
    """ "17 of 19 numbers were here before anyone asked"."""
    if group.total == 0:
        return "No number is shared here yet"
    if group.total == 1:
        return f"The one number {'was here before anyone asked' if group.before else 'came after somebody asked'}"
    if group.before == group.total:
        return f"All {group.total} numbers were here before anyone asked"
    verb = "was" if group.before == 1 else "were"
    return f"{group.before or 'None'} of {group.total} numbers {verb} here before anyone asked"


def _lead(tree: AudienceTree) -> str:
    aim = (
        "The aim is that nobody has to ask for a number twice. A question goes in the ledger when it is asked in a "
        "meeting, a mail or a chat."
    )
    last = tree.asks.group.last_unasked
    return f"{aim} The last number shared unasked came on {full_day(last)}." if last else aim


def _leaders(tree: AudienceTree) -> Iterator[LeaderRow]:
    scores = tree.asks.leaders
    wide = max((min(MOST_DOTS, score.total) + score.waiting for score in scores), default=0)
    for score in scores:
        person = tree.person(score.person)
        waits = score.typical_wait
        yield LeaderRow(
            name=person.name if person else "",
            role=person.role if person else "",
            share=score_text(score.share),
            dots=dots(score, max(_LEAST_WIDE, wide * _STEP + 4)),
            dots_words=_score_words(score),
            before=f"{score.before} of {score.total}" if score.total else "none yet",
            wait=_days(waits) if waits is not None else "none",
            waiting=str(score.waiting or "none"),
            last=near_day(score.last_unasked, tree.as_of) if score.last_unasked else "",
        )


def dots(score: SharingScore, width: int) -> Markup:
    """A dot for each published number, a ring for each that was asked for first, a dashed one for
    who still waits."""
    waiting = ["no op"] * min(score.waiting, MOST_DOTS)
    if score.total > MOST_DOTS:
        full = score.share or 0.0
        size = {"y": 3, "height": 12, "rx": 2}
        bar = [
            el("rect", class_="no", width="100%", **size),
            el("rect", class_="yes", width=f"{full:.1%}", **size),
        ]
        return el("svg", join(bar), class_="dots", aria_hidden="true")
    kinds = ["yes"] * score.before + ["no"] * (score.total - score.before) + waiting
    circles = [
        el("circle", class_=kind, cx=8 + _STEP * at, cy=9, r=f"{_YES if kind == 'yes' else _NO}")
        for at, kind in enumerate(kinds)
    ]
    return el(
        "svg",
        join(circles),
        class_="dots",
        viewBox=f"0 0 {width} 18",
        preserveAspectRatio="xMinYMid meet",
        aria_hidden="true",
    )


def _score_words(score: SharingScore) -> str:
    shared = f"{score.before} of {counted_up(score.total, 'number')} shared before anyone asked"
    waits = f", {counted_up(score.waiting, 'question')} still waiting" if score.waiting else ""
    return shared + waits


def counted_up(number: int, noun: str) -> str:
    """ "11 numbers", in digits."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _days(days: float) -> str:
    """ "3 days", "2.5 days"."""
    return f"{days:g} {'day' if days == 1 else 'days'}"


# -- the ledger -----------------------------------------------------------------------------------


def _order(listed: int, total: int) -> str:
    if not total:
        return "Nobody has asked yet."
    how_many = (
        f"{listed} of {total} shown." if listed < total else f"{counted_up(total, 'question')}."
    )
    return f"Waiting first, then the longest wait. {how_many}" if total > 1 else how_many


def _row(tree: AudienceTree, page: str, question: Question, longest: int) -> QuestionRow:
    answer = answer_of(question.ask, tree.manifest)
    wait, wait_note = _wait(question)
    return QuestionRow(
        anchor=links.question_anchor(question.ask.id),
        question=question.ask.front.question,
        asked=f"{askers(tree, question)}, first on {near_day(question.first, tree.as_of)}{_via(question)}",
        times=times(question.times),
        mark=_mark(question),
        answer=answer.title if answer else "",
        href=links.href(page, answer_page(answer)) if answer else "",
        note=_note(tree, question),
        wait=wait,
        wait_note=wait_note,
        bar=_bar(question, longest),
    )


def answer_page(answer: Metric | Dashboard) -> str:
    """The page of what answers a question."""
    return (
        links.metric_page(answer) if isinstance(answer, Metric) else links.dashboard_page(answer.id)
    )


def askers(tree: AudienceTree, question: Question) -> str:
    """Who asked: by first name, where the project has nobody else of it."""
    return and_list([short_name(tree, key) for key in question.askers])


def short_name(tree: AudienceTree, key: str) -> str:
    name = tree.manifest.person(key)
    first = name.split()[0] if name.split() else name
    same = [
        person
        for person in tree.manifest.config.people.values()
        if person.name.split()[:1] == [first]
    ]
    return first if len(same) == 1 else name


def _mark(question: Question) -> StatusMark | None:
    marks = {
        "waiting": StatusMark("Waiting", "none", "risk"),
        "declined": StatusMark("Declined", "none", "none"),
    }
    return marks.get(question.state)


def _note(tree: AudienceTree, question: Question) -> str:
    front, leader = question.ask.front, tree.manifest.person(question.leader)
    if question.state == "declined":
        return front.declined or ""
    if question.state == "answered":
        return ", ".join(part for part in (leader, since(question)) if part)
    if front.promised is None:
        return f"{leader}, no day promised" if leader else "Nobody has taken it yet"
    late = ", overdue" if front.promised < tree.as_of else ""
    day = near_day(front.promised, tree.as_of)
    return f"{leader}, promised for {day}{late}" if leader else f"Promised for {day}{late}"


def since(question: Question) -> str:
    """Whether it was asked again after it was shared; "" where it never had to be asked twice."""
    if question.shared_on is None or question.before:
        return ""
    times_since = sum(asking.on > question.shared_on for asking in question.ask.front.asked)
    if times_since:
        return f"asked {times(times_since)} since"
    return "not asked since" if question.times > 1 else ""


def _wait(question: Question) -> tuple[str, str]:
    if question.state == "declined":
        return "", ""
    if question.days is None:
        return "Answered", "day not known"
    if question.state == "waiting":
        return (f"{_days(question.days)} so far", "") if question.days else ("Asked today", "")
    if question.before:
        return "Before", "no wait"
    return _days(question.days), ""


def _bar(question: Question, longest: int) -> Markup:
    """The wait against the longest one; nothing where nobody waited."""
    if not question.days or question.state == "declined":
        return Markup("")
    place = {"y": 1, "height": 6}
    kind = "open" if question.state == "waiting" else "d"
    parts = [
        el("rect", class_="track", width="100%", **place),
        el(
            "rect",
            class_=kind,
            width=f"{question.days / longest * 100:.1f}%".replace(".0%", "%"),
            **place,
        ),
    ]
    return el("svg", join(parts), aria_hidden="true")


# -- the same for other pages and for machines ----------------------------------------------------


class AskedBy(Struct, frozen=True):
    """The questions that a number answers, beside it."""

    who: str
    """"Maria, Eve and Jonas, 3 times until 8 October."."""
    since: str
    """"Not once since."; "" where it was."""
    shared: str
    href: str


def _via(question: Question) -> str:
    """Where it was asked first, where that is written."""
    first = min(question.ask.front.asked, key=lambda asking: asking.on)
    return f" ({first.via})" if first.via else ""


def asked_by(tree: AudienceTree, page: str, item: str) -> tuple[AskedBy, ...]:
    """What was asked before this number, or about it."""
    return tuple(
        _asked_by(tree, page, question)
        for question in tree.asks.questions
        if question.state == "answered" and question.ask.front.answered_by == item
    )


def _asked_by(tree: AudienceTree, page: str, question: Question) -> AskedBy:
    last = max(asking.on for asking in question.ask.front.asked)
    times_since = (
        sum(asking.on > question.shared_on for asking in question.ask.front.asked)
        if question.shared_on
        else 0
    )
    often = f"{times(question.times)} until" if question.times > 1 else "once, on"
    if question.before:
        shared = "It was here before anyone asked."
    elif question.days is None:
        shared = ""
    else:
        shared = f"Shared {_days(question.days)} after the first ask."
    return AskedBy(
        who=f"{askers(tree, question)}, {often} {near_day(last, tree.as_of)}.",
        since="Not once since."
        if question.times > 1 and not times_since and not question.before
        else "",
        shared=shared,
        href=links.href(
            page, tree.question_pages[question.ask.id], links.question_anchor(question.ask.id)
        ),
    )


_COLUMNS = (
    "question", "state", "times", "asked_by", "first_asked", "answered_by", "owner", "promised", "shared_on", "days",
    "declined", "id",
)  # fmt: skip


def asks_csv(tree: AudienceTree) -> str:
    """The whole ledger as CSV (RFC 4180), in the order of the page."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for question in tree.asks.questions:
        row = ask_document(tree, question)
        asker_names = "; ".join(tree.manifest.person(key) for key in question.askers)
        cells = {**row, "asked_by": asker_names, "owner": tree.manifest.person(question.leader)}
        writer.writerow([_cell(cells[name]) for name in _COLUMNS])
    return out.getvalue()


def _cell(value: object) -> str:
    return csv_cell(value) if value is None or isinstance(value, (str, int, date)) else str(value)


def ask_document(tree: AudienceTree, question: Question) -> QuestionEntry:
    """One question for machines, as JSON values."""
    front, name = question.ask.front, question.ask.id
    page = tree.question_pages[name]
    return {
        "id": name,
        "question": front.question,
        "state": question.state,
        "times": question.times,
        "asked_by": list(question.askers),
        "first_asked": question.first.isoformat(),
        "answered_by": front.answered_by if question.state == "answered" else None,
        "owner": question.leader,
        "promised": front.promised.isoformat() if front.promised else None,
        "shared_on": question.shared_on.isoformat() if question.shared_on else None,
        "days": question.days,
        "declined": front.declined,
        "page": f"{page}#{links.question_anchor(name)}",
    }
