"""The pre-read of the peers' meeting, before it has a form: what to decide, what to talk about,
what was revised, who needs help.

Made from one audience's tree alone, so it holds nothing that this audience may not see. Every text
is plain text; `message.py` makes the message of it that mail and Markdown render, and
`site/pages/preread.py` the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice

from msgspec import Struct

from sharekit.mail.blocks import StatusCount
from sharekit.numbers.results import Status
from sharekit.okr.assessment import mean_scores
from sharekit.preread.item_lines import (
    MOVED,
    NewsLine,
    NumberLine,
    OpenQuestionLine,
    SharedLine,
    SteadyLine,
    TalkLine,
    news_line,
    number_line,
    open_question_line,
    shared_line,
    steady_line,
    talk_line,
)
from sharekit.preread.team_requests import (
    OfferLine,
    RequestLine,
    TaskLine,
    open_decisions,
    open_offers,
    open_wants,
    overdue_tasks,
    without_talked,
)
from sharekit.project.manifest import Metric
from sharekit.project.shapes import MeetingConfig
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.events import (
    ItemEvent,
    announced_events,
    events,
    weight,
)
from sharekit.site.overview import asked_for, day_of_period, how_it_stands, status_of, what_happened
from sharekit.site.scorecard import needs_talk, score_text
from sharekit.wording.english import capital, long_day, plain_words
from sharekit.wording.meetings import meeting_of, next_meeting, previous_meeting
from sharekit.wording.statuses import STATUS_ORDER, STATUS_TONES, STATUS_WORDS

MOST_NUMBERS = 6
MOST_NAMES = 3
"""Key results of one status that are named; the others are counted."""
WORDS_A_MINUTE = 200
"""Reading speed on a screen."""


class DigestView(Struct, frozen=True):
    """One pre-read."""

    project: str
    audience: str
    """"" where the project declares none."""
    meeting: date | None
    """The day it is for; None where this audience has no meeting."""
    clock: str
    """"09:30", "09:30 (Europe/Berlin)", or ""."""
    place: str
    as_of: date
    since: date
    headline: str
    period: str
    """"Day 53 of 92 in Q4", or ""."""
    average: str
    """Mean score of the current key results; "" without any."""
    expected: str
    tally: tuple[StatusCount, ...]
    decisions: tuple[RequestLine, ...]
    """What is to be decided, the most urgent first."""
    talk: tuple[TalkLine, ...]
    overdue: tuple[TaskLine, ...]
    """Overdue plan items that `talk` does not name, the oldest first."""
    all_overdue: tuple[TaskLine, ...]
    """All of them."""
    revised: tuple[NewsLine, ...]
    """Weightiest first: what was revised and why, retired, newly promised, or said to be hard."""
    moved: tuple[NewsLine, ...]
    """Slipped, recovered, met, and past values that changed."""
    wants: tuple[RequestLine, ...]
    offers: tuple[OfferLine, ...]
    quiet: tuple[SteadyLine, ...]
    numbers: tuple[NumberLine, ...]
    waiting: tuple[OpenQuestionLine, ...]
    answered: tuple[NewsLine, ...]
    unasked: tuple[SharedLine, ...]

    @property
    def title(self) -> str:
        """ "Pre-read for Monday 23 November 2026"."""
        return (
            f"Pre-read for {long_day(self.meeting)}"
            if self.meeting
            else f"Pre-read of {long_day(self.as_of)}"
        )

    @property
    def byline(self) -> str:
        """For whom, when and where."""
        day = f" on {long_day(self.meeting)}" if self.meeting else f", as of {long_day(self.as_of)}"
        when = "".join(f", {part}" for part in (self.clock, self.place) if part)
        return " ".join(
            part
            for part in (f"For {self.audience or self.project}{day}{when}.", self.period)
            if part
        )

    @property
    def nothing(self) -> str:
        """One line where nothing happened since; else ""."""
        if self.revised or self.moved or self.answered or self.unasked:
            return ""
        return (
            "Nothing was revised or shared, and nothing slipped or recovered, since"
            f" {_day(self.since)}."
        )

    @property
    def minutes(self) -> int:
        """Time it takes to read, at least one minute."""
        lines: list[object] = [
            *self.decisions,
            *self.talk,
            *self.overdue,
            *self.revised,
            *self.moved,
            *self.wants,
            *self.offers,
        ]
        lines += [*self.waiting, *self.unasked]
        count = len(f"{self.headline} {lines}".split()) // 3 + 8 * (
            len(self.quiet) + len(self.numbers)
        )
        return max(1, round(count / WORDS_A_MINUTE))


def shows_digest(tree: AudienceTree) -> bool:
    """Whether there is anything to read before a meeting: a meeting, or key results."""
    return meeting_of(tree.scope) is not None or bool(tree.manifest.key_results)


def digest_view(
    tree: AudienceTree, since: date | None = None, item_events: Sequence[ItemEvent] | None = None
) -> DigestView:
    """The pre-read of the next meeting on or after the as-of date.

    `since`: the first day of its news; default: that of the meeting before. `item_events`:
    `events(tree)`, where known."""
    meeting, config = meeting_of(tree.scope), tree.manifest.config
    day = next_meeting(meeting, tree.manifest, tree.as_of) if meeting else None
    first = since or previous_meeting(tree.scope)
    happened = list(
        _between(events(tree) if item_events is None else item_events, first, tree.as_of)
    )
    current = sorted(
        tree.current_key_results,
        key=lambda metric: (STATUS_ORDER.index(status_of(tree, metric)), metric.title),
    )
    hard = [metric for metric in current if needs_talk(tree.result(metric))]
    average, expected = _scores(tree, current)
    talked = tuple(talk_line(tree, metric) for metric in hard)
    overdue = overdue_tasks(tree)
    asked_first = [question for question in tree.asks.questions if not question.before]
    answers = {question.ask.front.answered_by for question in asked_first}
    return DigestView(
        project=config.project.name,
        audience=tree.manifest.audience_name,
        meeting=day,
        clock=_clock(tree, meeting),
        place=(meeting.place or "") if meeting else "",
        as_of=tree.as_of,
        since=first,
        headline=_headline(tree, happened, current),
        period=f"{capital(day_words)}." if (day_words := day_of_period(tree, current)) else "",
        average=average,
        expected=expected,
        tally=_tally(tree, current),
        decisions=open_decisions(tree),
        talk=talked,
        overdue=tuple(without_talked(overdue, talked)),
        all_overdue=tuple(overdue),
        revised=tuple(
            news_line(tree, event) for event in sorted(happened, key=weight) if _is_revision(event)
        ),
        moved=tuple(news_line(tree, event) for event in happened if event.kind in MOVED),
        wants=open_wants(tree),
        offers=open_offers(tree),
        quiet=tuple(steady_line(tree, metric) for metric in current if metric not in hard),
        numbers=_numbers(tree),
        waiting=tuple(
            open_question_line(tree, question)
            for question in tree.asks.questions
            if question.state == "waiting"
        ),
        answered=tuple(news_line(tree, event) for event in happened if event.kind == "answered"),
        unasked=tuple(
            shared_line(tree, event)
            for event in happened
            if _is_shared(event) and event.item not in answers
        ),
    )


def _numbers(tree: AudienceTree) -> tuple[NumberLine, ...]:
    """The numbers that people ask for most."""
    lines = (number_line(tree, metric) for metric in asked_for(tree))
    return tuple(islice(filter(None, lines), MOST_NUMBERS))


def _clock(tree: AudienceTree, meeting: MeetingConfig | None) -> str:
    if meeting is None:
        return ""
    meeting_timezone = meeting.timezone
    return (
        f"{meeting.time} ({meeting_timezone})"
        if meeting_timezone and meeting_timezone != tree.manifest.config.project.timezone
        else meeting.time
    )


def _day(day: date) -> str:
    return long_day(day).rpartition(" ")[0]


# -- what happened --------------------------------------------------------------------------------


def _between(item_events: Iterable[ItemEvent], first: date, as_of: date) -> Iterator[ItemEvent]:
    last = as_of + timedelta(days=1)  # a commit may be a time zone ahead
    yield from (event for event in announced_events(item_events) if first <= event.on <= last)


def _is_revision(event: ItemEvent) -> bool:
    if event.kind == "new":
        return event.revision is not None and event.revision.kind in ("key_result", "objective")
    return event.kind in ("revised", "retired", "challenge") or (
        event.kind in ("checkin", "update") and bool(event.voice)
    )


def _is_shared(event: ItemEvent) -> bool:
    return (
        event.kind == "new"
        and event.revision is not None
        and event.revision.kind in ("metric", "dashboard")
    )


def _headline(tree: AudienceTree, happened: Sequence[ItemEvent], current: Sequence[Metric]) -> str:
    headline = what_happened(tree, happened)
    if headline:
        return f"{capital(headline)}."
    return how_it_stands(tree, current) if current else "No key result is running."


# -- how it stands --------------------------------------------------------------------------------


def _scores(tree: AudienceTree, current: Sequence[Metric]) -> tuple[str, str]:
    score, expected = mean_scores(
        [(metric, okr) for metric in current if (okr := tree.result(metric).okr)]
    )
    return (
        "" if score is None else score_text(score),
        "" if expected is None else score_text(expected),
    )


def _tally(tree: AudienceTree, current: Sequence[Metric]) -> tuple[StatusCount, ...]:
    groups: dict[Status, list[str]] = {}
    for metric in current:  # in the order of their statuses already
        groups.setdefault(status_of(tree, metric), []).append(metric.title)
    return tuple(
        StatusCount(
            len(names),
            STATUS_WORDS[status].lower(),
            STATUS_TONES[status],
            plain_words(names, MOST_NAMES),
        )
        for status, names in groups.items()
    )
