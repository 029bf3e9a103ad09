"""The answers of the MCP server, as types of their own: what a client reads of each value is its
docstring, so it is written for whoever answers people from it. The files behind the answers are described in
`documents.py`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Score = Annotated[float, Field(ge=0, le=1)]
Point = tuple[date, float | None]
FoundKind = Literal["number", "key_result", "table", "objective", "dashboard", "question"]


class AnswerShape(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Owner(AnswerShape):
    """Who answers for it: the person to ask."""

    key: str
    name: str
    role: str | None = None


class Freshness(AnswerShape):
    """How old a value is. Say it whenever you state the value."""

    sentence: str
    """All of it in words, to be said with the value."""
    as_of: date | None
    """Day that the value is of: of the last build, or an earlier one where today's query failed."""
    age_days: int | None
    """Days from as_of until today."""
    period: str | None = None
    """What the headline covers: "week of 11 Nov 2013"; null for a number without time."""
    data_until: date | None = None
    """Latest day of data behind it, where that is known."""
    stale: str | None = None
    """Why the value is older than it should be; null when it is fresh. Never state a stale value
    without this."""


class FoundItem(AnswerShape):
    """One thing that a search found."""

    kind: FoundKind
    id: str
    title: str
    nearness: Score
    """How close it comes to what was looked for, 0 to 1."""
    text: str | None = None
    """The headline as people write it, with its unit: "78.4%"."""
    question: str | None = None
    """The question that it answers."""
    freshness: Freshness | None = None
    status: str | None = None
    """Of a key result its status; of a question waiting or declined."""
    owner: Owner | None = None
    note: str | None = None
    """Of a question: how often it was asked, since when, or why it was declined."""
    url: str | None = None
    """Its page, for people."""


class SearchAnswer(AnswerShape):
    """What comes close to the words, nearest first."""

    found: list[FoundItem]
    total: int
    """How many came close; more than are listed where `limit` was smaller."""
    ask: str | None = None
    """Where nothing was found: the address at which a person asks for the number."""


class Compared(AnswerShape):
    """The headline against an earlier period."""

    period: date | None
    value: float
    change: float
    change_pct: float | None


class DefinitionAnswer(AnswerShape):
    """What is counted, and how."""

    description: str | None
    """In words."""
    sql: str | None
    """The query, DuckDB's SQL; null where it is not shown to this audience."""
    reads: list[str]
    """Sources, views and numbers that the query reads."""
    commit: str | None
    """Git commit of the definition."""


class Member(AnswerShape):
    """One member of a dimension."""

    value: float | None
    text: str
    """The value as people write it."""
    label: str | None = None
    """What people call the member, where it is not called as it is."""
    target: float | None = None
    """The member's own target."""
    count: float | None = None
    """How many cases the value is based on, where the owner set a minimum."""
    series: list[Point] = []


class Dimension(AnswerShape):
    """The value by the members of one dimension, largest first."""

    members: dict[str, Member]
    """By name. Their series are there only where this dimension was asked for."""
    left_out: int = 0
    """Members that are not listed here."""


class TableAnswer(AnswerShape):
    """Rows of a table."""

    columns: list[str]
    rows: list[list[Any]]
    left_out: int = 0
    """Rows that are not listed here."""


class Happened(AnswerShape):
    """Something that its owner noted of a number: a price rise, an outage."""

    on: str
    text: str


class NumberAnswer(AnswerShape):
    """One number: what it is, how it reads, how fresh it is and who answers for it."""

    id: str
    kind: Literal["metric", "key_result", "table"]
    title: str
    text: str | None
    """The headline as people write it, with its unit: "78.4%". Quote this rather than `value`."""
    value: float | None
    """The raw headline; with unit "%" it is a share: 0.784 is 78.4%."""
    unit: str | None
    format: str | None
    """How values are written: a d3 format or a name such as percent1."""
    freshness: Freshness
    compared: list[str]
    """The headline against earlier periods, in words."""
    notes: list[str] = []
    """What must be said with the value: "without LGA since 9 Nov"."""
    dated_notes: list[Happened] = []
    """What happened and when, in the owner's words, oldest first."""
    previous: Compared | None
    year_ago: Compared | None
    target: float | None
    target_text: str | None
    question: str | None
    synonyms: list[str]
    owner: Owner | None
    definition: DefinitionAnswer
    grain: str | None
    series: list[Point]
    """First day of each complete period and its value, oldest first; null is a gap."""
    series_left_out: int
    """Older points that are not listed here."""
    dimensions: dict[str, Dimension]
    table: TableAnswer | None
    okr: dict[str, Any] | None
    """Of a key result: objective, period, baseline, target, expected, gap, score, status,
    forecast."""
    asked: list[str]
    """Questions of people that it answers."""
    url: str | None
    """Its page, for people."""


class PeriodAnswer(AnswerShape):
    """A span of days, both ends included."""

    label: str
    start: date
    end: date


class TaskAnswer(AnswerShape):
    """One item of a plan."""

    what: str
    who: str | None
    due: date | None
    state: Literal["done", "todo", "overdue"]
    done_on: date | None


class DecisionAnswer(AnswerShape):
    """One decision that is asked for; open while `decided` is null."""

    what: str
    who: str | None
    """Who decides; null for all who meet."""
    by: date | None
    decided: str | None


class Want(AnswerShape):
    """One request for help; open while `answered` is null."""

    what: str
    who: str | None
    how_much: str | None
    by: date | None
    answered: str | None


class Offer(AnswerShape):
    """What the owner can lend to others."""

    what: str
    who: str | None
    until: date | None


class Shared(AnswerShape):
    """What an owner shares openly."""

    owner: Owner | None
    challenges: list[str]
    decisions: list[DecisionAnswer]
    plan: list[TaskAnswer]
    help_wanted: list[Want]
    offers: list[Offer]
    url: str | None


class KeyResultAnswer(Shared):
    """One key result and where it stands."""

    id: str
    title: str
    text: str
    """The value as people write it."""
    baseline: str | None
    target: str | None
    original_target: str | None
    """What the target was at first, where it was changed."""
    band: list[str] | None
    """Lowest and highest good value of one that is to be kept."""
    status: str
    """early, not_started, on_track, at_risk, off_track, achieved, partial, missed, dropped or
    unknown."""
    score: float | None
    """0.0 to 1.0: the share of the way from baseline to target."""
    expected: float | None
    """The score that the pace expects by the day that the value is of."""
    commitment: str
    """committed expects 1.0 at the end, aspirational 0.7."""
    confidence: float | None
    """The owner's own, 0 to 10."""
    freshness: Freshness


class ObjectiveAnswer(Shared):
    """One objective with its key results."""

    id: str
    title: str
    period: PeriodAnswer | None
    status: str
    score: float | None
    expected: float | None
    parent: str | None
    """Id of the objective that it serves."""
    why: list[str]
    """Why it matters, by paragraph."""
    key_results: list[KeyResultAnswer]


class OkrsAnswer(AnswerShape):
    """Objectives with their key results."""

    freshness: Freshness
    rule: str
    """What the statuses mean."""
    periods: list[str]
    """Labels of all periods that have an objective."""
    objectives: list[ObjectiveAnswer]


class FromToAnswer(AnswerShape):
    """One declared value before and after."""

    name: str
    was: str
    now: str


class Change(AnswerShape):
    """One thing that happened to a number, objective or dashboard."""

    item: str
    """Its id; asks/<id> for a question that was answered."""
    title: str
    kind: str
    """slipped, revised, retired, challenge, met, recovered, correction, checkin, answered or
    new."""
    on: date
    owner: Owner | None
    was: str | None
    now: str | None
    why: str | None
    """In the owner's words."""
    reason: str | None
    """world_changed, new_information, was_wrong, scope or data."""
    we_will: str | None
    """What the owner does about it."""
    details: list[str]
    fields: list[FromToAnswer]
    definition: list[str]
    """What changed in the query, in words."""
    url: str | None


class ChangesAnswer(AnswerShape):
    """What changed, newest first."""

    freshness: Freshness
    changes: list[Change]
    total: int
    """How many there are; more than are listed where `limit` was smaller."""


class QuestionAnswer(AnswerShape):
    """A question that somebody asked."""

    id: str
    question: str
    state: Literal["waiting", "answered", "declined"]
    times: int
    first_asked: date
    answered_by: str | None
    """Id of the number or dashboard that answers it."""
    owner: Owner | None
    promised: date | None
    days: int | None
    """Days from first asking to the answer; while waiting, days so far."""
    declined: str | None
    """Why it will not be answered."""
    url: str | None


class QuestionsAnswer(AnswerShape):
    """Questions that people asked, those that wait first."""

    freshness: Freshness
    questions: list[QuestionAnswer]
    ask: str | None
    """Address at which a person asks for a number that is not here."""
