"""The shapes people write: front matter and configuration, exactly as declared, before anything is resolved.

These models are the reference for the loader, the JSON Schema and the README. Each field's docstring is
what editors and the README show. Unknown keys are errors; the loader turns pydantic's errors into Problems.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Direction = Literal["up", "down", "none"]
Grain = Literal["day", "week", "month", "quarter", "year"]
Total = Literal["sum", "none"]
CompareKind = Literal["previous", "year_ago", "target", "previous_to_date", "year_ago_to_date"]
KeyResultType = Literal["increase", "decrease", "maintain", "milestone", "baseline"]
Commitment = Literal["committed", "aspirational"]
RevisionReason = Literal["world_changed", "new_information", "was_wrong", "scope", "data"]
ChartKind = Literal["line", "bar", "card", "table"]

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]
"""Lower snake case: also the page's name and the name SQL uses."""
ViewId = Annotated[str, Field(pattern=r"^_[a-z][a-z0-9_]*$", max_length=80)]
ObjectiveId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=120)]
Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
PeriodText = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if type(value) is int else value, json_schema_input_type=str | int),
]
""""2013-Q4", "2013-H2", "2013-11" or "2013"; a bare year needs no quotes."""
Number = Annotated[float, Field(allow_inf_nan=False)]


class Shape(BaseModel):
    """Base of all declared shapes: frozen, strict about unknown keys, described by attribute docstrings."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, populate_by_name=True)


class DatedTarget(Shape):
    """A target that holds from a day on, until the next one does."""

    from_: date = Field(alias="from")
    """First day on which this target holds."""
    value: Number
    """The target, in the metric's unit."""


class Checkpoint(Shape):
    """A point of a pace that is not a straight line."""

    on: date
    """The day."""
    value: Number
    """Value expected on that day, in the metric's unit."""


class PeriodDates(Shape):
    """A period given by its first and last day."""

    start: date
    """First day."""
    end: date
    """Last day."""


class PlanItem(Shape):
    """One thing the owner does about it."""

    what: Text
    """What will be done."""
    who: str | list[str] | None = None
    """Person or people who do it."""
    due: date | None = None
    """Day by which it is done."""
    done: bool | date = False
    """True, or the day on which it was done."""


class HelpItem(Shape):
    """One request for help, precise enough to be said yes to."""

    what: Text
    """What is asked for."""
    who: str | list[str] | None = None
    """Person or people who are asked."""
    how_much: str | None = None
    """Amount of work or money."""
    by: date | None = None
    """Day by which it is needed."""
    answered: str | None = None
    """What came of it; left out while it is open."""


class Offer(Shape):
    """What somebody can lend to other teams."""

    what: Text
    """What is offered."""
    who: str | None = None
    """Who offers it; default: the owner."""
    until: date | None = None
    """Last day of the offer."""


class RevisionNote(Shape):
    """Why a key result was revised and what the owner does about it. Notes are only ever added."""

    date: date
    """Day of the revision."""
    reason: RevisionReason
    """world_changed, new_information, was_wrong, scope or data."""
    why: Text
    """Why, in the owner's words."""
    we_will: Text | None = None
    """What the owner will do about it."""


class NoAnnouncement(Shape):
    """The explicit way out of announcing a revision; it shows in history."""

    date: date
    """Day of the revision that is not announced."""
    announce: Literal["none"]
    """Always none."""
    because: Text
    """Why nobody needs to be told."""


class ViewFront(Shape):
    """Front matter of a view: a file whose name begins with `_`. All keys are optional."""

    id: ViewId | None = None
    """Keeps identity through a rename; default: the file's name without `.sql`."""
    title: Text | None = None
    """Name for people."""
    description: Text | None = None
    """What its rows are."""
    owner: str | None = None
    """Person who answers for it."""
    audience: str | None = None
    """Who may see it and what reads it; default: the project's audience."""
    materialize: bool = False
    """Make it a table once per build, for a roll-up that many metrics read."""
    tags: list[str] = []
    """Free words for search."""


class MetricFront(Shape):
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
    owner: str | None = None
    """Person who answers for the number: a key of [people]."""
    audience: str | None = None
    """Who may see it; default: the project's audience."""
    kind: Literal["metric", "table"] = "metric"
    """`table` shows the rows as they are."""
    unit: Text | None = None
    """Unit of the value: "%", "min", "€", "flights". With "%" values are shares: 0.8 is 80%."""
    format: Text | None = None
    """Format of the value: a d3 format (",.1%") or a name (percent, usd, usd_k, integer, duration_min)."""
    direction: Direction = "none"
    """Which way is good: up, down, none."""
    grain: Grain | None = None
    """Length of one period of the series; default: told from the dates."""
    time: str | None = None
    """Column that is the time; default: the first DATE or TIMESTAMP column."""
    value: str | None = None
    """Column that is the value; default: `value`, else the only numeric column."""
    dimensions: list[str] = []
    """Columns that slice the value."""
    numerator: str | None = None
    """Column whose sum is the ratio's upper part."""
    denominator: str | None = None
    """Column whose sum is the ratio's lower part."""
    total: Total | None = None
    """How slices add up: `sum`, or `none` where there is no total."""
    missing: Literal["gap", "zero"] = "gap"
    """What a period without rows means: unknown (gap), or truly none (zero)."""
    max_age: Text | None = None
    """Older data is called stale: "8 days", "36 hours"."""
    compare: list[CompareKind] | None = None
    """Comparisons under the headline; default: previous, and target where there is one."""
    target: Number | list[DatedTarget] | None = None
    """A target, or a list of {from, value}."""
    chart: ChartKind | None = None
    """How it is drawn where a dashboard does not say: line, bar."""
    tags: list[str] = []
    """Free words for search."""
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
    """increase, decrease, maintain, milestone or baseline."""
    commitment: Commitment | None = None
    """committed (1.0 is expected) or aspirational (0.7 is good); default: the objective's, else committed."""
    baseline: Number | None = None
    """Value on the period's first day, in the metric's unit; progress counts from here, not from zero."""
    target: Number | None = None
    """Value to reach by the period's last day."""
    band: tuple[Number, Number] | None = None
    """Lowest and highest good value of a `maintain` key result."""
    pace: Literal["linear"] | list[Checkpoint] = "linear"
    """Expected course: linear, or dated checkpoints."""
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
    offers: list[Offer] = []
    """What the owner can lend to others."""
    state: Literal["open", "dropped"] = "open"
    """`dropped` when it is given up before its end."""


class Retired(Shape):
    """A key result that was taken out, and why."""

    id: str
    """Id of the removed key result."""
    date: date
    """Day it was retired."""
    why: Text
    """Why, in the owner's words."""
    we_will: Text | None = None
    """What happens instead."""


class ObjectiveFront(Shape):
    """Front matter of an objective.md; its text below says why the objective matters."""

    id: ObjectiveId | None = None
    """Default: its folder's path below `okrs/`, joined with hyphens."""
    title: Text
    """The objective, in one inspiring line."""
    owner: str | None = None
    """Person who answers for it: a key of [people]."""
    period: PeriodText | PeriodDates | None = None
    """"2013-Q4" or {start, end}; key results inherit it."""
    commitment: Commitment | None = None
    """committed or aspirational; key results inherit it."""
    parent: str | None = None
    """Id of the objective that this one serves."""
    audience: str | None = None
    """Who may see it and its key results; default: the project's audience."""
    challenges: str | list[Text] | None = None
    """What is hard, said openly."""
    plan: str | list[Text | PlanItem] | None = None
    """What is done about it."""
    help_wanted: str | list[Text | HelpItem] | None = None
    """What would help."""
    offers: list[Offer] = []
    """What the owner can lend to others."""
    state: Literal["open", "dropped"] = "open"
    """`dropped` when it is given up before its end."""
    retired: list[Retired] = []
    """Key results that were taken out, each with its reason."""
    tags: list[str] = []
    """Free words for search."""


class Asking(Shape):
    """One time that somebody asked."""

    on: date
    """The day."""
    by: Text
    """Who asked: a key of [people]."""
    via: str | None = None
    """Where: a meeting, a mail, a chat."""


class AskFront(Shape):
    """A question that somebody asked: one file in metrics/asks/."""

    question: Text
    """The question, as it was asked."""
    asked: Annotated[list[Asking], Field(min_length=1)]
    """Every time it was asked: {on, by, via}."""
    owner: str | None = None
    """Person who will answer; default: the owner of what answers it."""
    promised: date | None = None
    """Day by which the owner will answer."""
    answered_by: str | None = None
    """Id of the metric, key result or dashboard that answers it."""
    answered_on: date | None = None
    """Day it was answered; default: the day git first saw `answered_by` here."""
    declined: Text | None = None
    """Why it will not be answered with a number."""
    audience: str | None = None
    """Who may see it; default: the project's audience."""


class DashboardFront(Shape):
    """Front matter of a dashboard."""

    title: Text
    """Name for people."""
    description: Text | None = None
    """One line for the list of dashboards."""
    owner: str | None = None
    """Person who answers for it."""
    audience: str | None = None
    """Who may see it; default: the project's audience."""
    order: float = 0
    """Place in the list; lower comes first."""
    tags: list[str] = []
    """Free words for search."""


class MetricPlacement(Shape):
    """One entry of a ```metrics block: an id alone, or this."""

    id: str
    """Metric or key result."""
    chart: ChartKind | None = None
    """line, bar, card or table."""
    by: str | None = None
    """Dimension to draw by."""
    last: Text | None = None
    """How far back: "26 weeks", "90 days", "12 months"."""
    title: Text | None = None
    """Other title for this place."""


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


# -- configuration -----------------------------------------------------------------------------------------


class ProjectConfig(Shape):
    """[project]"""

    name: Text
    """Name on every page."""
    url: str | None = None
    """Where the site will be published: links in mails, feed and badges."""
    as_of: date | None = None
    """The date the numbers are of; default: today in the project's time zone."""
    timezone: str = "UTC"
    """IANA name; decides what today is."""
    week_start: Literal["monday", "sunday", "saturday"] = "monday"
    """First day of a week."""
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    """Month in which the fiscal year begins."""
    audience: str | None = None
    """Audience of everything that names none; default: the only one declared, else everyone in [people]."""
    language: str = "en-GB"
    """Language tag of the pages."""
    repository: str | None = None
    """Address of the repository, for links to files."""


class PersonConfig(Shape):
    """[people.ID]"""

    name: Text
    """Full name."""
    email: Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")] | None = None
    """Address for announcements."""
    role: str | None = None
    """What the person answers for."""


class MeetingConfig(Shape):
    """[audiences.ID.meeting]: the peers' meeting."""

    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    """Day of the week."""
    time: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    """Start, HH:MM."""
    minutes: Annotated[int, Field(gt=0, le=1440)] = 60
    """Length."""
    timezone: str | None = None
    """IANA name; default: the project's."""
    every: Annotated[int, Field(ge=1, le=52)] = 1
    """Every n weeks."""
    starts: date | None = None
    """First meeting, where `every` is not 1."""
    place: str | None = None
    """Room or link."""


class AudienceConfig(Shape):
    """[audiences.ID]"""

    title: Text | None = None
    """Name on the pages."""
    members: list[str] | None = None
    """Keys of [people]; left out: everybody in [people]."""
    meeting: MeetingConfig | None = None
    """When these peers meet."""


class SourceConfig(Shape):
    """[sources.ID]: a table that is not simply a file in metrics/data/."""

    path: Text | None = None
    """File below the project: .parquet, .csv, .tsv, .json, .jsonl or .duckdb; globs allowed."""
    table: str | None = None
    """Table inside a .duckdb file; default: the source's name."""
    format: Literal["parquet", "csv", "tsv", "json", "jsonl", "duckdb"] | None = None
    """Format of the file; default: told by its name."""
    columns: dict[str, str] = {}
    """Types of columns, where the file does not tell: {"zip": "VARCHAR"}."""
    time: str | None = None
    """Column that tells how fresh the rows are; default: the first DATE or TIMESTAMP column."""
    audience: str | None = None
    """Who may see what reads it; default: no limit."""
    description: str | None = None
    """What its rows are."""


class MailConfig(Shape):
    """[mail]: how announcements leave. The password comes from SHAREKIT_SMTP_PASSWORD alone."""

    from_: Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")] | None = Field(default=None, alias="from")
    """Address the announcements come from."""
    from_name: str | None = None
    """Name beside that address; default: the project's."""
    host: str | None = None
    """SMTP server."""
    port: Annotated[int, Field(gt=0, lt=65536)] | None = None
    """Default: 587 for starttls, 465 for tls, 25 for none."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` works on loopback only."""
    user: str | None = None
    """Login, where the server wants one."""
    ca_file: str | None = None
    """Certificates to trust, besides the system's."""
    list_id: str | None = None
    """List-Id header; default: from the audience and the site's host."""
    unsubscribe: str | None = None
    """Address that takes people off the list; default: `from`."""
    unsubscribe_url: str | None = None
    """An https endpoint that takes RFC 8058 one-click requests, where there is one."""


class WebhookConfig(Shape):
    """[[announce.webhooks]]"""

    name: Text
    """Name in the ledger."""
    kind: Literal["slack", "teams", "json"]
    """Shape of the message."""
    url: Annotated[str, Field(pattern=r"^env:[A-Z][A-Z0-9_]*$")]
    """`env:NAME`: the address is a secret and comes from the environment."""
    secret: Annotated[str, Field(pattern=r"^env:[A-Z][A-Z0-9_]*$")] | None = None
    """`env:NAME` of the key that signs `json` messages (HMAC-SHA256)."""
    audience: str | None = None
    """Whose announcements it takes; default: the project's audience."""


class AnnounceConfig(Shape):
    """[announce]"""

    ledger: str = "git"
    """`git` (refs/sharekit/announced) or `file:PATH`."""
    status: bool = False
    """Also mail when a key result's status gets worse or better."""
    restated_above: Annotated[float, Field(gt=0)] | None = None
    """Mail when past values moved by more than this share, such as 0.05; default: page and feed only."""
    webhooks: list[WebhookConfig] = []
    """Chat and machines."""


class OkrConfig(Shape):
    """[okrs]: thresholds; every page prints the rule."""

    on_track: Annotated[float, Field(ge=0, le=1)] = 0.10
    """Largest gap between expected and actual progress that is on track."""
    at_risk: Annotated[float, Field(ge=0, le=1)] = 0.30
    """Largest gap that is at risk; beyond it is off track."""
    grace: Annotated[float, Field(ge=0, lt=1)] = 0.10
    """Share of the period at its start in which no status is given."""
    explain_off_track: Literal["off", "warning", "error"] = "warning"
    """What check says of a key result that is off track with neither challenge nor plan."""


class LimitsConfig(Shape):
    """[limits]"""

    seconds: Annotated[float, Field(gt=0, le=3600)] = 30
    """Longest run of one query."""
    memory: Annotated[str, Field(pattern=r"^\d+(\.\d+)?\s?(MB|GB|MiB|GiB)$")] = "2GB"
    """Memory of the query process."""
    max_rows: Annotated[int, Field(gt=0)] = 200_000
    """Most rows a metric may return."""


class SiteConfig(Shape):
    """[site]"""

    ask_email: str | None = None
    """Address for questions that search cannot answer."""
    page_kb: Annotated[int, Field(gt=0)] = 400
    """Largest page before compression; build fails over it."""


class Config(Shape):
    """sharekit.toml, or [tool.sharekit] in pyproject.toml."""

    project: ProjectConfig
    people: dict[str, PersonConfig] = {}
    audiences: dict[Identifier, AudienceConfig] = {}
    sources: dict[Identifier, SourceConfig] = {}
    mail: MailConfig = MailConfig()
    announce: AnnounceConfig = AnnounceConfig()
    okrs: OkrConfig = OkrConfig()
    limits: LimitsConfig = LimitsConfig()
    site: SiteConfig = SiteConfig()


JsonValue = Any
"""What JSON can say; pydantic's own alias is recursive and slow to check."""
