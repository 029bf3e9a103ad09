"""Front matter: what stands on top of metrics, key results, objectives, dashboards and asks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sharekit.project.shapes.base import (
    AccumulateSpan,
    AudienceNames,
    ChangeKind,
    ChartKind,
    ColumnName,
    Commitment,
    CompareKind,
    Day,
    Direction,
    Grain,
    Identifier,
    KeyResultType,
    LookupName,
    Number,
    ObjectiveId,
    OverTime,
    OwnedShape,
    Owner,
    PeriodText,
    RevisionReason,
    Shape,
    TargetName,
    Text,
    Total,
    ViewId,
)


class DatedTarget(Shape):
    """A target that holds from a day on, until the next one does."""

    from_: Day = Field(alias="from")
    """First day on which this target holds."""
    value: Number
    """The target, in the metric's unit."""


class Checkpoint(Shape):
    """A point of a pace that is not a straight line."""

    on: Day
    """The day."""
    value: Number
    """Value expected on that day, in the metric's unit."""


class CheckIn(Shape):
    """What the owner says about a key result on a day: how far it has come. Never a revision."""

    on: Day
    """The day."""
    value: Number | None = None
    """The value on that day, of a key result that is kept by hand."""
    confidence: Annotated[float, Field(ge=0, le=10)] | None = None
    """The owner's confidence on that day, 0 to 10."""
    note: Text | None = None
    """What happened, in a sentence."""


class DatedNote(Shape):
    """Something that happened and that a reader of the number should know of."""

    on: Day
    """The day it happened, or began."""
    text: Text
    """What happened, in a few words: "Prices up by 5%"."""


class PeriodDates(Shape):
    """A period given by its first and last day."""

    start: Day
    """First day."""
    end: Day
    """Last day."""


class PlanItem(Shape):
    """One thing the owner does about it."""

    what: Text
    """What will be done."""
    who: str | list[str] | None = None
    """Person or people who do it."""
    due: Day | None = None
    """Day by which it is done."""
    done: bool | Day = False
    """True, or the day on which it was done."""


class HelpItem(Shape):
    """One request for help, precise enough to be said yes to."""

    what: Text
    """What is asked for."""
    who: str | list[str] | None = None
    """Person or people who are asked."""
    how_much: str | None = None
    """Amount of work or money."""
    by: Day | None = None
    """Day by which it is needed."""
    answered: str | None = None
    """What came of it; left out while it is open."""


class DecisionItem(Shape):
    """One decision that the owner asks of the peers."""

    what: Text
    """What is to be decided, as a question that can be answered."""
    who: str | list[str] | None = None
    """Person or people who decide; default: all who meet."""
    by: Day | None = None
    """Day by which it is to be decided."""
    decided: Text | None = None
    """What was decided; left out while it is open."""


class OfferShape(Shape):
    """What somebody can lend to other teams."""

    what: Text
    """What is offered."""
    who: str | None = None
    """Who offers it; default: the owner."""
    until: Day | None = None
    """Last day of the offer."""


class RevisionNote(Shape):
    """Why a key result was revised and what the owner does about it. Notes are only ever added."""

    date: Day
    """Day of the revision."""
    reason: RevisionReason
    """world_changed, new_information, was_wrong, scope or data."""
    why: Text
    """Why, in the owner's words."""
    we_will: Text | None = None
    """What the owner will do about it."""


class NoAnnouncement(Shape):
    """Do not announce this revision; the history shows it."""

    date: Day
    """Day of the revision that is not announced."""
    announce: Literal["none"]
    """Always none."""
    because: Text
    """Why nobody needs to hear of it."""


class ViewFront(OwnedShape):
    """Front matter of a view: a file whose name begins with `_`. All keys are optional."""

    id: ViewId | None = None
    """Keeps identity through a rename; default: the file's name without `.sql`."""
    title: Text | None = None
    """Name for people."""
    description: Text | None = None
    """What its rows are."""
    owner: Owner | None = None
    """Person who answers for it, or a list."""
    audience: AudienceNames | None = None
    """Who may see it and what reads it: a key of [audiences], or a list; default: the project's
    audience."""
    engine: Identifier | None = None
    """Where it runs: a key of [engines], in whose dialect its SQL is written; default: here, over
    the sources."""
    materialize: bool = False
    """Make it a table once per build, for a roll-up that many metrics read."""
    revisions: list[RevisionNote | NoAnnouncement] = []
    """Notes on its changes, newest last; append only. One explains each metric and key result that
    is redefined through this view alone."""
    tags: list[str] = []
    """Free words for search."""


class ColumnFront(Shape):
    """How a column of a table is shown; without it numbers are written with the digits that the
    query returned."""

    format: Text | None = None
    """A d3 format (",.2f"), a name (usd, percent), or a unit ("€", "%")."""
    unit: Text | None = None
    """Unit of the column: "%", "min", "€", "flights"."""


class MetricFront(OwnedShape):
    """Front matter of a metric."""

    id: Identifier | None = None
    """Keeps identity, URL and history through a rename; default: the file's name without `.sql`."""
    title: Text
    """Name for people."""
    question: Text | None = None
    """The question this number answers, as peers ask it."""
    synonyms: list[Text] = []
    """Other names and questions by which people look for it."""
    description: Text | None = None
    """What is counted and what is not, in one or two sentences."""
    owner: Owner | None = None
    """Person who answers for the number: a key of [people]; or a list, of whom the first is
    asked."""
    audience: AudienceNames | None = None
    """Who may see it: a key of [audiences], or a list; default: the project's audience."""
    engine: Identifier | None = None
    """Where it runs: a key of [engines], in whose dialect its SQL is written; default: here, over
    the sources."""
    kind: Literal["metric", "table"] = "metric"
    """`table` shows the rows as they are."""
    columns: dict[str, ColumnFront] = {}
    """How columns of a `kind: table` are shown: {"amount": {"format": "€"}}; the others stand as
    they are."""
    unit: Text | None = None
    """Unit of the value: "%", "min", "€", "flights". With "%" values are shares: 0.8 is 80%."""
    format: Text | None = None
    """Format of the value: a d3 format (",.1%") or a name (percent, usd, usd_k, integer,
    duration_min)."""
    direction: Direction = "none"
    """Which way is good: up, down, none."""
    grain: Grain | None = None
    """Length of one period of the series; default: read off the dates."""
    time: str | None = None
    """Column that is the time; default: the first DATE or TIMESTAMP column."""
    value: str | None = None
    """Column that is the value; default: `value`, else the only numeric column."""
    dimensions: list[str] = []
    """Columns that slice the value."""
    order: dict[str, list[Text]] = {}
    """Order of a dimension's members: {"band": ["small", "medium", "large"]}; default: months and
    weekdays by the calendar, others largest first."""
    labels: dict[str, LookupName] = {}
    """Names of a dimension's members from a column of a source or view that has the dimension as a
    column too: {"carrier": "carriers.name"}. The member itself stays its identity."""
    numerator: str | None = None
    """Column whose sum is the ratio's upper part."""
    denominator: str | None = None
    """Column whose sum is the ratio's lower part."""
    total: Total | None = None
    """How slices add up: `sum`, or `none` where there is no total; default: read off the query."""
    headline: Text | None = None
    """Member of a dimension that speaks for the number where there is no total: `headline: p50`."""
    over_time: OverTime | None = None
    """How several rows of one period become one value: sum, last, mean, max, min, none; default:
    read off the query."""
    missing: Literal["gap", "zero", "last"] = "gap"
    """What no row means: unknown (gap), truly none (zero), or for a level the last measurement
    (last)."""
    unit_column: str | None = None
    """Column of a source that says in which unit or currency each row is; default: `currency` or
    `unit`."""
    since: Day | None = None
    """First day from which the data are whole; default: from the rows and the sources. A
    period that begins earlier is never compared with."""
    settles: Text | None = None
    """How long a value still moves after its period: "7 days". Until then the period counts as
    open."""
    max_age: Text | None = None
    """Older data is called stale: "8 days", "36 hours"."""
    compare: list[CompareKind] | None = None
    """Comparisons under the headline; default: previous, and target where there is one."""
    change: ChangeKind | None = None
    """How a change is written: `relative` (+2.1%), `absolute` (+45 flights) or `points` (+0.3 pt);
    default: by the unit."""
    target: Number | list[DatedTarget] | TargetName | None = None
    """A target, a list of {from, value}, a column of the query (`plan`), or another metric
    (`metrics.plan`)."""
    targets: dict[str, Number] | ColumnName | None = None
    """A target for each member of a dimension, {EWR: 0.8}, or a column of the query that says it
    (`goal`)."""
    minimum_count: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """A member based on fewer cases than this is grey, and never called best or worst.
    Cases are counted by `denominator`, or by the value where it is a count."""
    band: tuple[Number, Number] | None = None
    """Lowest and highest good value."""
    chart: ChartKind | None = None
    """How it is drawn where a dashboard does not say: line, bar."""
    notes: list[DatedNote] = []
    """What happened and when, such as a price rise or an outage: {on, text}. Charts carry a mark
    with the note's number, the list under them the words."""
    tags: list[str] = []
    """Free words for search."""
    state: Literal["active", "deprecated"] = "active"
    """`deprecated` keeps the page and its address, says so there, and leaves lists."""
    replaced_by: str | None = None
    """Id of the metric that is to be used in its place."""
    drives: list[str] = []
    """Ids of key results or metrics that this number moves."""
    revisions: list[RevisionNote | NoAnnouncement] = []
    """Notes on revisions, newest last; append only."""
    announce: Literal["page", "mail"] = "page"
    """`mail` announces revisions of a plain metric by mail too; key results always are."""


class KeyResultFront(MetricFront):
    """Front matter of a key result: a metric's keys and these."""

    objective: str | None = None
    """Objective it belongs to; default: the objective.md in its folder."""
    period: PeriodText | PeriodDates | None = None
    """"2013-Q4", "2013-H2", "2013-11", "2013" or {start, end}; default: the objective's."""
    type: KeyResultType = "increase"
    """How it is scored; the manual for owners has the rules."""
    commitment: Commitment | None = None
    """committed (1.0 is expected) or aspirational (0.7 is good); default: the objective's, else
    committed."""
    baseline: Number | None = None
    """Value on the period's first day, in the metric's unit; the score counts from here, not from
    zero."""
    target: Number | None = None
    """Value to reach by the period's last day; of type `baseline`, how many periods are to be
    measured."""
    band: tuple[Number, Number] | None = None
    """Lowest and highest good value of a `maintain` key result."""
    pace: Literal["linear"] | list[Checkpoint] = "linear"
    """Expected course: linear, or dated checkpoints."""
    measured: Literal["last_period", "period_to_date"] = "last_period"
    """`period_to_date` scores the sum, or the ratio of the sums, of the whole OKR period so far;
    `last_period` the last whole period alone."""
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """Weight in the objective's mean."""
    confidence: Annotated[float, Field(ge=0, le=10)] | None = None
    """The owner's own confidence, 0 to 10; never computed."""
    challenges: str | list[Text] | None = None
    """What is hard, said openly."""
    plan: str | list[Text | PlanItem] | None = None
    """What is done about it: text, or items with what, who, due, done."""
    help_wanted: str | list[Text | HelpItem] | None = None
    """What would help: text, or items with what, who, how_much, by."""
    decisions: str | list[Text | DecisionItem] | None = None
    """What the peers are asked to decide: text, or items with what, who, by, decided."""
    offers: list[OfferShape] = []
    """What the owner can lend to others."""
    state: Literal["open", "dropped"] = "open"  # type: ignore[assignment]
    """`dropped` when it is given up before its end."""
    checkins: list[CheckIn] = []
    """What the owner said about it, newest last: {on, confidence, note}, and the value of one that is
    kept by hand."""


class Retired(Shape):
    """A key result that was taken out, and why."""

    id: str
    """Id of the removed key result."""
    date: Day
    """Day it was retired."""
    why: Text
    """Why, in the owner's words."""
    we_will: Text | None = None
    """What happens instead."""


class ObjectiveFront(OwnedShape):
    """Front matter of an objective.md; its text below says why the objective matters."""

    id: ObjectiveId | None = None
    """Default: its folder's path below `okrs/`, joined with hyphens."""
    title: Text
    """The objective, in one inspiring line."""
    owner: Owner | None = None
    """Person who answers for it: a key of [people]; or a list."""
    period: PeriodText | PeriodDates | None = None
    """"2013-Q4" or {start, end}; key results inherit it."""
    commitment: Commitment | None = None
    """committed or aspirational; key results inherit it."""
    parent: str | None = None
    """Id of the objective that this one serves."""
    audience: AudienceNames | None = None
    """Who may see it and its key results: a key of [audiences], or a list; default: the project's
    audience."""
    challenges: str | list[Text] | None = None
    """What is hard, said openly."""
    plan: str | list[Text | PlanItem] | None = None
    """What is done about it."""
    help_wanted: str | list[Text | HelpItem] | None = None
    """What would help."""
    decisions: str | list[Text | DecisionItem] | None = None
    """What the peers are asked to decide."""
    offers: list[OfferShape] = []
    """What the owner can lend to others."""
    state: Literal["open", "dropped"] = "open"
    """`dropped` when it is given up before its end."""
    retired: list[Retired] = []
    """Key results that were taken out, each with its reason."""
    tags: list[str] = []
    """Free words for search."""


class AskRecord(Shape):
    """One time that somebody asked."""

    on: Day
    """The day."""
    by: Text
    """Who asked: a key of [people]."""
    via: str | None = None
    """Where: a meeting, a mail, a chat."""


class AskFront(OwnedShape):
    """A question that somebody asked: one file in metrics/asks/."""

    question: Text
    """The question, as it was asked."""
    asked: Annotated[list[AskRecord], Field(min_length=1)]
    """Every time it was asked: {on, by, via}."""
    owner: str | None = None
    """Person who will answer; default: the owner of what answers it."""
    promised: Day | None = None
    """Day by which the owner will answer."""
    answered_by: str | None = None
    """Id of the metric, key result or dashboard that answers it."""
    answered_on: Day | None = None
    """Day it was answered; default: the day git first saw `answered_by` here, or that of an answer
    which is older than its question."""
    declined: Text | None = None
    """Why it will not be answered with a number."""
    audience: AudienceNames | None = None
    """Who may see it: a key of [audiences], or a list; default: the project's audience."""


class DashboardFront(OwnedShape):
    """Front matter of a dashboard."""

    title: Text
    """Name for people."""
    description: Text | None = None
    """One line for the list of dashboards."""
    owner: Owner | None = None
    """Person who answers for it, or a list."""
    audience: AudienceNames | None = None
    """Who may see it: a key of [audiences], or a list; default: the project's audience."""
    order: float = 0
    """Place in the list; lower comes first."""
    tags: list[str] = []
    """Free words for search."""


class MetricPlacement(Shape):
    """One entry of a ```metrics block: an id alone, or this."""

    id: str
    """Metric or key result."""
    chart: ChartKind | None = None
    """line, bar, stacked (each member's share of the whole, over time), card or table; a table with
    `by` and without `last` has a row for each member."""
    by: str | None = None
    """Dimension to draw by."""
    last: Text | None = None
    """How far back: "26 weeks", "90 days", "12 months"."""
    accumulate: AccumulateSpan | None = None
    """What the values add up to within the month, quarter or year, against the pace of the
    target; of sums and counts alone."""
    title: Text | None = None
    """Other title for this place."""
    width: Annotated[int, Field(ge=1, le=4)] | None = None
    """How many of the block's columns it takes; default: 1."""


class MetricsPlacement(Shape):
    """A ```metrics block that says how many columns it has; else it is the list alone."""

    metrics: Annotated[list[Text | MetricPlacement], Field(min_length=1)]
    """What stands in it, in order: ids, or entries as above."""
    columns: Annotated[int, Field(ge=1, le=4)] | None = None
    """How many columns; cards, charts and tables then stand side by side, in the order written.
    Default: up to four cards, two charts, or one table in a row."""


class ScorecardPlacement(Shape):
    """A ```okrs block; with no key it shows all."""

    objective: str | None = None
    """Only this objective."""
    period: PeriodText | None = None
    """Only this period."""
    owner: str | None = None
    """Only this person's."""


class ChangesPlacement(Shape):
    """A ```changes block."""

    last: Annotated[int, Field(gt=0, le=100)] = 5
    """How many."""
    owner: str | None = None
    """Only this person's."""


class TablePlacement(Shape):
    """A ```table block."""

    id: str
    """Metric whose rows are shown."""
    rows: Annotated[int, Field(gt=0, le=10_000)] = 50
    """How many at most."""
    title: Text | None = None
    """Other title for this place."""
