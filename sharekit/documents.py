"""The documents for machines: what the site writes as JSON, and what the MCP server and `doctor` read.

One description of each, so that writer and reader cannot come to differ, and from which the
reference is made. Keys are added, never renamed or taken away; what is absent is null, an empty
list or an empty object. Days are ISO dates; addresses are relative to the tree's root; texts are
plain, without Markdown. A score is 0.0 to 1.0."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal, TypedDict

INDEX = "sharekit.json"
OKRS = "okrs.json"
CHANGES = "changes.json"

Number = int | float | Decimal
"""A Decimal where the query returned more digits than a float holds."""
Point = list[Any]
"""The first day of a period and its value, null for a gap."""
NumberKind = Literal["metric", "key_result", "table"]
TaskState = Literal["done", "todo", "overdue"]
QuestionState = Literal["waiting", "answered", "declined"]


# -- sharekit.json --------------------------------------------------------------------------------


class PersonEntry(TypedDict):
    """Somebody who answers for something in the tree."""

    name: str
    role: str | None


class NumberWords(TypedDict):
    """What a number is called and how it reads."""

    question: str | None
    synonyms: list[str]
    description: str | None
    tags: list[str]
    format: str | None
    """How values are written: a d3 format or a name such as percent1."""
    text: str | None
    """The headline as people write it: "78.4%"; null for a table."""
    period: str | None
    """What the headline is of: "week of 11 Nov 2013"."""
    compared: list[str]
    """The headline against other periods: "+1.2 pts on the week before"."""
    notes: list[str]
    """What must be said with the value: "without LGA since 9 Nov"."""
    target: str | None
    as_of: str | None
    data_until: str | None
    """Latest day of data behind it."""
    max_age: str | None
    failed: bool
    """Whether the query failed, so that an older value or none is shown."""
    stale: str | None
    """Why the value is older than it should be."""


class NumberEntry(TypedDict):
    """A number, a table or a key result."""

    id: str
    kind: NumberKind
    title: str
    owner: str | None
    """Key of `people`."""
    state: str
    """active or deprecated."""
    replaced_by: str | None
    """Id of what is used in a deprecated number's place."""
    page: str
    data: str
    """All values as JSON."""
    csv: str
    badge: str | None
    status: str | None
    """Of a key result."""
    embed: str
    """A card for a frame on another page."""
    markdown: str
    words: NumberWords


class ObjectiveRow(TypedDict):
    """An objective."""

    id: str
    title: str
    owner: str | None
    page: str
    markdown: str
    score: Number | None
    expected: Number | None
    """The score that the pace expects by the as-of date."""
    status: str
    key_results: list[str]
    """Ids."""


class DashboardEntry(TypedDict):
    """A dashboard."""

    id: str
    title: str
    description: str | None
    owner: str | None
    page: str
    markdown: str
    metrics: list[str]
    """Ids of what it places."""


class QuestionEntry(TypedDict):
    """A question that somebody asked."""

    id: str
    question: str
    state: QuestionState
    times: int
    """How often it was asked."""
    asked_by: list[str]
    first_asked: str
    answered_by: str | None
    """Id of the number or dashboard that answers it."""
    owner: str | None
    promised: str | None
    """Day by which an answer is promised."""
    shared_on: str | None
    """Day on which the answer was there."""
    days: int | None
    """Days from first asking to the answer; while waiting, days so far."""
    declined: str | None
    """Why it will not be answered."""
    page: str


class SharedBeforeAsked(TypedDict):
    """How many numbers were there before anybody asked."""

    before: int
    of: int


class TreeIndex(TypedDict):
    """Everything that one audience's site holds."""

    sharekit: str
    """The version that made it."""
    project: str
    url: str | None
    """Where the tree is published, ending in "/"."""
    audience: str
    as_of: str
    commit: str | None
    feed: str
    okrs: str
    """Address of okrs.json."""
    changes: str
    """Address of changes.json."""
    markdown: str
    """The first page as Markdown."""
    changes_markdown: str
    llms: str
    calendar: str | None
    ask: str | None
    """Address at which a question that nothing answers is asked."""
    people: dict[str, PersonEntry]
    """By key."""
    metrics: list[NumberEntry]
    objectives: list[ObjectiveRow]
    dashboards: list[DashboardEntry]
    shared_before_asked: SharedBeforeAsked
    asks: list[QuestionEntry]
    pages: list[str]
    """Addresses of all pages."""


# -- okrs.json ------------------------------------------------------------------------------------


class PeriodEntry(TypedDict):
    """A span of days, both ends included."""

    label: str
    start: str
    end: str


class TaskEntry(TypedDict):
    """One item of a plan."""

    what: str
    who: str | None
    due: str | None
    state: TaskState
    done_on: str | None


class DecisionEntry(TypedDict):
    """One decision that is asked for; open while `decided` is null."""

    what: str
    who: str | None
    """Who decides; null for all who meet."""
    by: str | None
    decided: str | None


class HelpEntry(TypedDict):
    """One request for help; open while `answered` is null."""

    what: str
    who: str | None
    how_much: str | None
    by: str | None
    answered: str | None


class OfferEntry(TypedDict):
    """What the owner can lend to others."""

    what: str
    who: str | None
    until: str | None


class SharedEntry(TypedDict):
    """What an owner shares openly."""

    challenges: list[str]
    decisions: list[DecisionEntry]
    plan: list[TaskEntry]
    help_wanted: list[HelpEntry]
    offers: list[OfferEntry]


class RetiredEntry(TypedDict):
    """A key result that was taken out."""

    id: str
    on: str
    why: str
    we_will: str | None


class KeyResultEntry(SharedEntry):
    """A key result and where it stands."""

    id: str
    title: str
    owner: str | None
    period: PeriodEntry
    type: str
    """increase, decrease, maintain, milestone or baseline."""
    commitment: str
    """committed expects 1.0 at the end, aspirational 0.7."""
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
    score: Number | None
    expected: Number | None
    """The score that the pace expects by the day that the value is of."""
    confidence: Number | None
    """The owner's own, 0 to 10."""
    as_of: str | None
    stale: str | None
    """Why the value is older than it should be."""
    page: str
    data: str


class ObjectiveEntry(SharedEntry):
    """An objective with its key results."""

    id: str
    title: str
    owner: str | None
    period: PeriodEntry | None
    commitment: str | None
    parent: str | None
    """Id of the objective that it serves."""
    status: str
    score: Number | None
    expected: Number | None
    why: list[str]
    """Why it matters, by paragraph."""
    retired: list[RetiredEntry]
    page: str
    key_results: list[KeyResultEntry]


class OkrsDocument(TypedDict):
    """Every objective with its key results."""

    as_of: str
    rule: str
    """What the statuses mean."""
    objectives: list[ObjectiveEntry]


# -- changes.json ---------------------------------------------------------------------------------


class FromToEntry(TypedDict):
    """One declared value before and after."""

    name: str
    was: str
    now: str


class ChangeEntry(TypedDict):
    """One thing that happened to a number, objective or dashboard."""

    item: str
    """Its id; asks/ID for a question that was answered."""
    title: str
    kind: str
    """slipped, revised, retired, challenge, met, recovered, correction, checkin, update, answered or
    new."""
    on: str
    owner: str | None
    was: str | None
    now: str | None
    reason: str | None
    """world_changed, new_information, was_wrong, scope or data."""
    why: str | None
    """In the owner's words."""
    we_will: str | None
    """What the owner does about it."""
    details: list[str]
    fields: list[FromToEntry]
    definition: list[str]
    """What changed in the query, in words."""
    page: str | None


class ChangesDocument(TypedDict):
    """All announcements, newest first."""

    as_of: str
    changes: list[ChangeEntry]


# -- data/ID.json ---------------------------------------------------------------------------------


class ValueOfPeriod(TypedDict):
    """A value of a period that still runs."""

    period: str | None
    value: Number | None


class ComparedValue(TypedDict):
    """The headline against an earlier period."""

    period: str | None
    value: Number | None
    change: Number | None
    change_pct: Number | None


class DatedNoteEntry(TypedDict):
    """Something that its owner noted of a number: a price rise, an outage."""

    on: str
    text: str


class MemberValues(TypedDict):
    """One member of a dimension."""

    label: str | None
    """What people call the member, where it is not called as it is."""
    value: Number | None
    target: Number | None
    """The member's own target."""
    count: Number | None
    """How many cases the value is based on, where the owner set a minimum."""
    series: list[Point]


class TableRows(TypedDict):
    """The rows of a table."""

    columns: list[str]
    rows: list[list[Any]]


class DaySpan(TypedDict):
    """A span of days, both ends included."""

    start: str
    end: str


class DeclaredDecision(TypedDict):
    """One decision that is asked for; open while `decided` is null."""

    what: str
    who: list[str]
    """Keys of [people]."""
    by: str | None
    decided: str | None


class ForecastEntry(TypedDict):
    """Where the pace leads, with the range that it leaves open."""

    on: str
    value: Number | None
    low: Number | None
    high: Number | None
    score: Number | None


class AfterEnd(TypedDict):
    """What changed after a key result's end, and what today's declaration and data would give."""

    changed: list[str]
    value: Number | None
    target: Number | None
    score: Number | None
    status: str


class OkrFigures(TypedDict):
    """What a key result promises, and where it stands."""

    objective: str
    """Id."""
    period: DaySpan
    type: str
    commitment: str
    baseline: Number | None
    target: Number | None
    band: list[Number] | None
    confidence: Number | None
    decisions: list[DeclaredDecision]
    original_target: Number | None
    expected: Number | None
    gap: Number | None
    """Expected less score."""
    score: Number | None
    status: str
    through: str | None
    """The last day that is measured."""
    forecast: ForecastEntry | None
    after_end: AfterEnd | None
    needed_rate: Number | None
    """What is to be gained a period from here."""
    actual_rate: Number | None
    """What is gained a period so far; of what is measured to date, what its trend will gain."""


class DefinitionEntry(TypedDict):
    """What is counted, and how."""

    sql: str | None
    """Null where it is not shown to this audience, or values are entered by hand."""
    reads: list[str]
    """Sources, views and numbers that the query reads."""
    commit: str | None


class NumberDocument(TypedDict):
    """All values of one number, table or key result; what `sharekit show ID --format json` prints."""

    id: str
    state: str
    kind: NumberKind
    title: str
    unit: str | None
    grain: str | None
    as_of: str | None
    owner: str | None
    """Key of [people]."""
    owners: list[str]
    period: str | None
    """First day of the headline's period."""
    value: Number | None
    headline: str | None
    """The member whose value it is, where there is no total."""
    so_far: ValueOfPeriod | None
    """Where no period is whole yet."""
    notes: list[str]
    """What must be said with the value."""
    change: Number | None
    """On the period before."""
    previous: ComparedValue | None
    year_ago: ComparedValue | None
    dated_notes: list[DatedNoteEntry]
    """What happened, oldest first."""
    target: Number | None
    band: list[Number | None] | None
    status: str | None
    stale: str | None
    """Why the value is older than it should be."""
    series: list[Point]
    """Of the totals, oldest first."""
    slices: dict[str, dict[str, MemberValues]]
    """Dimension -> member -> values, largest first."""
    table: TableRows | None
    okr: OkrFigures | None
    definition: DefinitionEntry
