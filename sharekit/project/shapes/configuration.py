"""The keys of the configuration, in sharekit.toml or below [tool.sharekit] in pyproject.toml. The
reference is written from them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sharekit.project.days import Weekday
from sharekit.project.shapes.base import AudienceNames, Day, FiscalYear, Identifier, Shape, Text

MEMORY = r"^([1-9]\d{1,6}(\.\d+)?\s?(MB|MiB)|([1-9]\d{0,3}(\.\d+)?|0\.[1-9]\d*)\s?(GB|GiB))$"
"""An amount of memory, of which less than 10 MB is none for a query and more than 9,999 GB none that a machine has."""


class ProjectConfig(Shape):
    """[project]"""

    name: Text
    """Name on every page."""
    url: str | None = None
    """Where the site will be published: links in mails, feed and badges."""
    as_of: Day | None = None
    """The date the numbers are of; default: today in the project's time zone."""
    rebuilt_every: Annotated[str, Field(pattern=r"^[1-9]\d{0,3} (days?|weeks?)$")] = "4 days"
    """How often the pipeline builds at least. The browser calls a page that missed a build out of
    date."""
    history_since: Day | None = None
    """First day whose revisions are compared and listed; default: all that git has. For projects
    with thousands of commits: what was declared before is taken as given."""
    timezone: str = "UTC"
    """IANA name; decides what today is, and which day, week and month a moment belongs to in every
    query."""
    week_start: Literal["monday", "sunday", "saturday"] = "monday"
    """First day of a week."""
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    """Month in which the fiscal year begins."""
    fiscal_year_named_by: Literal["end", "start"] = "end"
    """Which calendar year names a fiscal year that does not begin in January: that in which it
    ends, or begins."""
    audience: AudienceNames | None = None
    """Audience of everything that names none, or a list of audiences; default: the only one
    declared, else everyone in [people]."""
    language: str = "en-GB"
    """Language tag of the pages: English, such as "en-GB" or "en-US"."""
    repository: str | None = None
    """Address of the repository, for links to files."""

    @property
    def fiscal_year(self) -> FiscalYear:
        return FiscalYear(self.fiscal_year_start, self.fiscal_year_named_by)


class PersonConfig(Shape):
    """[people.ID]"""

    name: Text
    """Full name."""
    email: Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")] | None = None
    """Address for announcements."""
    role: str | None = None
    """What the person answers for."""
    mail: Literal["each", "digest", "none"] = "each"
    """Which mails the person gets: all announcements and the pre-read; the pre-read alone; none, so
    that pages and feeds have it all."""


class MeetingConfig(Shape):
    """[audiences.ID.meeting]: the peers' meeting."""

    day: Weekday
    """Day of the week."""
    time: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    """Start, HH:MM."""
    minutes: Annotated[int, Field(gt=0, le=1440)] = 60
    """Length."""
    timezone: str | None = None
    """IANA name; default: the project's."""
    every: Annotated[int, Field(ge=1, le=52)] = 1
    """Every n weeks."""
    starts: Day | None = None
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


_ENVIRONMENT = r"^env:[A-Z][A-Z0-9_]*$"


LAKE_STORES = {"delta": ("s3", "gs", "az"), "iceberg": ("s3", "gs", "https")}
"""Formats of tables that are a folder with a history, and the schemes of their addresses: https is
that of a REST catalog."""
LAKES = tuple(LAKE_STORES)


class SourceConfig(Shape):
    """[sources.ID]: a table that is not simply a file in metrics/data/, or, without `path` and
    `url`, more about such a file."""

    path: Text | None = None
    """File below the project: .parquet, .csv, .tsv, .json, .jsonl, .xlsx, .sqlite or .duckdb, text
    also as .csv.gz or .csv.zst; globs allowed, and folders such as year=2026 are columns. Default:
    the file of that name in metrics/data/."""
    url: (
        Annotated[str, Field(pattern=r"^(https://|s3://|gs://|az://|env:[A-Z][A-Z0-9_]*$)")] | None
    ) = None
    """Where the rows are fetched from, instead of `path`: https://, or objects at s3://, gs://,
    az:// with globs; `env:NAME` where the address is a secret."""
    bearer: Annotated[str, Field(pattern=_ENVIRONMENT)] | None = None
    """`env:NAME` of the token that an https address wants, or, of a catalog, `client:secret`. The
    variable NAME_HOST says which host may have it; it goes to no other."""
    keep: Annotated[str, Field(pattern=r"^[1-9]\d{0,3} (minute|hour|day)s?$")] | None = None
    """How long what was fetched is taken without asking again: "1 hour". Default: each build
    asks."""
    max_mb: Annotated[int, Field(gt=0, le=100_000)] = 200
    """Most megabytes that are fetched."""
    table: str | None = None
    """Table inside a .duckdb or .sqlite file, or, as namespace.name, of an Iceberg catalog; default:
    the source's name."""
    sheet: Text | None = None
    """Sheet of a workbook; default: the only visible one."""
    range: Text | None = None
    """Cells of that sheet: "A3:H40". Default: all that are filled."""
    header_row: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Row or line of the column names, from 1. Default: the first line; in a workbook the first row
    without a blank."""
    format: (
        Literal[
            "parquet", "csv", "tsv", "json", "jsonl", "xlsx", "sqlite", "duckdb", "delta", "iceberg"
        ]
        | None
    ) = None
    """Format of the file; default: by its name. `delta` and `iceberg`: `path` or `url` is the folder
    of a table; an https address that of an Iceberg REST catalog."""
    snapshot: Annotated[int, Field(ge=0)] | None = None
    """Version of a Delta table, or id of a snapshot of an Iceberg table, that is read always.
    Default: the newest, and of an as-of date that has passed the last of that day."""
    columns: dict[str, str] = {}
    """Types of columns, where the file does not tell: {"zip": "VARCHAR"}."""
    decimal: Literal[".", ","] | None = None
    """Decimal sign of numbers in text; default: a point."""
    thousands: Literal[".", ",", " ", "'"] | None = None
    """What stands between the thousands of numbers in text; default: nothing."""
    date_format: Text | dict[str, Text] | None = None
    """How dates in text are written, as strptime says it: "%d.%m.%Y", or for each column: {paid =
    "%m/%d/%y"}."""
    nulls: list[Text] = []
    """Texts that stand for no value: ["n/a", "-"]."""
    encoding: Text | None = None
    """Encoding of text, such as "windows-1252"; default: UTF-8, or what the file's first bytes
    say."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    """What separates the columns of text; default: as in its first line."""
    time: str | None = None
    """Column that tells how fresh the rows are; default: the first DATE or TIMESTAMP column.
    `none`: its dates say nothing of that, as in a list of holidays or contracts, and make nothing
    that reads it stale."""
    time_is: Literal["day", "period"] | None = None
    """What a row's date stands for: its day, or the whole period that begins with it, so that a row
    of October is as old as 31 October. Default: `period` where all dates are firsts of weeks,
    months, quarters or years."""
    audience: AudienceNames | None = None
    """Who may see what reads it: a key of [audiences], or a list; default: no limit."""
    description: str | None = None
    """What its rows are."""

    @property
    def is_lake(self) -> bool:
        """Whether it is a table of many files with a history of its own."""
        return self.format in LAKES

    @property
    def pattern(self) -> str | None:
        """The glob of its files below the project."""
        return f"{self.path.rstrip('/')}/**" if self.path and self.is_lake else self.path


HOW_WRITTEN = (
    "decimal", "thousands", "date_format", "nulls", "encoding", "delimiter", "header_row", "sheet", "range",
)  # fmt: skip
"""Keys of a source that say how its text is written."""


EngineDialect = Literal[
    "postgres", "redshift", "mysql", "sqlite", "spark", "databricks", "snowflake", "bigquery", "trino", "clickhouse",
    "tsql",
]  # fmt: skip


class EngineConfig(Shape):
    """[engines.ID]: a database, warehouse or cluster in which a view, metric or key result runs
    (`engine: ID`)."""

    url: Annotated[str, Field(pattern=r"^env:[A-Z][A-Z0-9_]*$")]
    """`env:NAME`: its address holds a password and comes from the environment."""
    dialect: EngineDialect
    """The SQL it speaks."""
    allow: Annotated[list[Text], Field(min_length=1)]
    """Tables that queries may read: ["analytics.*", "public.orders"]. Its role should be able to
    read these and nothing else; `sharekit doctor` tries."""
    functions: list[Text] = []
    """Functions of its own that only compute: ["analytics.fiscal_week"]."""
    setup: list[Text] = []
    """Statements to run after connecting: ["USE WAREHOUSE small"]."""
    seconds: Annotated[float, Field(gt=0, le=3600)] = 120
    """Longest run of one query there."""
    max_rows: Annotated[int, Field(gt=0, le=10_000_000)] = 200_000
    """Most rows that one query may bring here."""
    jobs: Annotated[int, Field(ge=1, le=16)] = 2
    """How many queries run there at once."""
    keep: Annotated[str, Field(pattern=r"^[1-9]\d* (minute|hour|day)s?$")] | None = None
    """How long its rows are taken without asking again: "6 hours". Default: each build asks."""
    version: Text | None = None
    """One SELECT whose answer moves whenever the data do; while it stays, the rows of before are
    taken."""


class MailConfig(Shape):
    """[mail]: how announcements leave. The password comes from SHAREKIT_SMTP_PASSWORD alone."""

    from_: Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")] | None = Field(
        default=None, alias="from"
    )
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
    """Whose announcements it takes: one audience; default: the project's."""


class AnnounceConfig(Shape):
    """[announce]"""

    ledger: str = "git"
    """`git` (refs/sharekit/announced) or `file:PATH`."""
    branch: Text | None = None
    """The published branch, the only one that announces; default: the one that the remote's HEAD
    names."""
    status: bool = False
    """Also mail when a key result's status gets worse or better."""
    restated_above: Annotated[float, Field(gt=0)] | None = None
    """Mail when past values moved by more than this share, such as 0.05; default: page and feed
    only."""
    webhooks: list[WebhookConfig] = []
    """Chat and machines."""


class OkrConfig(Shape):
    """[okrs]: thresholds; every page prints the rule."""

    on_track: Annotated[float, Field(ge=0, le=1)] = 0.10
    """Largest gap between the score expected and the score that is on track."""
    at_risk: Annotated[float, Field(ge=0, le=1)] = 0.30
    """Largest gap that is at risk; beyond it is off track."""
    grace: Annotated[float, Field(ge=0, lt=1)] = 0.10
    """Share of the period at its start in which no status is given."""
    explain_off_track: Literal["off", "warning", "error"] = "warning"
    """What check says about a key result that is off track with neither challenge nor plan."""


class LimitsConfig(Shape):
    """[limits]"""

    seconds: Annotated[float, Field(gt=0, le=3600)] = 30
    """Longest run of one query. Time that the machine spends on other work does not count, up to
    ten times the limit."""
    memory: Annotated[str, Field(pattern=MEMORY)] = "2GB"
    """Memory of the query process."""
    max_rows: Annotated[int, Field(gt=0)] = 200_000
    """Most rows a metric may return."""


class SiteConfig(Shape):
    """[site]"""

    ask_email: str | None = None
    """Address for questions that search cannot answer."""
    page_kb: Annotated[int, Field(gt=0)] = 400
    """Budget of a page before compression, in kB; check and build warn of a page over it."""


class Config(Shape):
    """sharekit.toml, or [tool.sharekit] in pyproject.toml."""

    project: ProjectConfig
    people: dict[str, PersonConfig] = {}
    audiences: dict[Identifier, AudienceConfig] = {}
    sources: dict[Identifier, SourceConfig] = {}
    engines: dict[Identifier, EngineConfig] = {}
    mail: MailConfig = MailConfig()
    announce: AnnounceConfig = AnnounceConfig()
    okrs: OkrConfig = OkrConfig()
    limits: LimitsConfig = LimitsConfig()
    site: SiteConfig = SiteConfig()
