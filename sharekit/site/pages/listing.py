"""Lists of everything of a kind: all numbers by folder, all dashboards, all objectives by
period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from sharekit.numbers.formats import Formatted
from sharekit.project.dashboard_body import MetricsBlock, TableBlock
from sharekit.project.manifest import Dashboard, Metric, Objective, Period
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.events import NewsTags
from sharekit.site.number_cards import DataAge, Delta, delta, fresh
from sharekit.site.overview import moved
from sharekit.site.pages.objective import made_of
from sharekit.site.pages.page import Page
from sharekit.site.scorecard import (
    Scorecard,
    ScoringLine,
    StatusMark,
    score_text,
    scorecard,
    scoring_line,
    status_mark,
)
from sharekit.wording.english import capital, counted, full_day

MOST_NUMBERS = 200
"""Numbers on one page of the list."""
MOST_WHOLE, MOST_FIRST = 24, 10
"""Numbers of a list that is shown whole; of a longer one so many stand first, and the rest is
folded by folder."""


class NumberRow(Struct, frozen=True):
    """One number in the list."""

    title: str
    href: str
    question: str
    value: Formatted | None
    """None for a table."""
    delta: Delta | None
    owner: str
    fresh: DataAge


class NumberGroup(Struct, frozen=True):
    """The numbers of one folder, or those that a long list begins with."""

    id: str
    title: str
    count: str
    rows: tuple[NumberRow, ...]
    folded: bool = False


class DashboardRow(Struct, frozen=True):
    """One dashboard in the list."""

    title: str
    href: str
    description: str
    meta: str


class PastRow(Struct, frozen=True):
    """An objective of a period that is over."""

    title: str
    href: str
    owner: str
    score: str
    status: StatusMark
    count: str


class PeriodGroup(Struct, frozen=True):
    """All objectives of one period."""

    id: str
    title: str
    sub: str
    scorecard: Scorecard | None
    """The whole scorecard, for a period that runs."""
    past: tuple[PastRow, ...]


class PageStep(Struct, frozen=True):
    """One page of a long list."""

    label: str
    href: str
    current: bool


class NumbersView(Struct, frozen=True):
    """What the page places."""

    count: str
    is_long: bool
    """Whether folders are folded, below what is late or moved most."""
    groups: tuple[NumberGroup, ...]
    steps: tuple[PageStep, ...]


def numbers_pages(tree: AudienceTree) -> Iterator[Page]:
    """The list of all numbers by folder, on as many pages as it takes. A long one begins with what
    is late or moved most."""
    by_folder = sorted(
        tree.manifest.listed_metrics.values(),
        key=lambda metric: (metric.category, metric.title.lower()),
    )
    first = _late_or_moved(tree, by_folder) if len(by_folder) > MOST_WHOLE else []
    metrics = [*first, *(metric for metric in by_folder if metric not in first)]
    chunks = [metrics[at : at + MOST_NUMBERS] for at in range(0, len(metrics), MOST_NUMBERS)]
    for number, chunk in enumerate(chunks, 1):
        page = links.numbered_page(links.NUMBERS, number)
        yield Page(
            path=page,
            template="numbers.html",
            title="Numbers" if number == 1 else f"Numbers, page {number}",
            description=f"{capital(counted(len(metrics), 'number'))}, with what each means and who answers for it.",
            section="numbers",
            entrance=number == 1,
            view=NumbersView(
                count=capital(_count(metrics)),
                is_long=bool(first),
                groups=tuple(_groups(tree, page, chunk, first)),
                steps=steps(links.NUMBERS, page, len(chunks)),
            ),
        )


def _count(metrics: Sequence[Metric]) -> str:
    """ "eleven numbers and two tables"."""
    tables = sum(metric.front.kind == "table" for metric in metrics)
    parts = [(len(metrics) - tables, "number"), (tables, "table")]
    return " and ".join(counted(number, noun) for number, noun in parts if number)


def _late_or_moved(tree: AudienceTree, metrics: Sequence[Metric]) -> list[Metric]:
    """What a long list begins with: numbers that failed or are older than they should be, then those
    that moved most."""

    def place(metric: Metric) -> tuple[bool, float]:
        result = tree.result(metric)
        return not (result.failure or result.stale), -moved(result.reading)

    return sorted(metrics, key=place)[:MOST_FIRST]


def steps(first: str, page: str, count: int) -> tuple[PageStep, ...]:
    """Links to all pages of a list; none where there is one page."""
    if count < 2:
        return ()
    targets = [links.numbered_page(first, number) for number in range(1, count + 1)]
    return tuple(
        PageStep(str(at), links.href(page, target), target == page)
        for at, target in enumerate(targets, 1)
    )


def _groups(
    tree: AudienceTree, page: str, metrics: Sequence[Metric], first: Sequence[Metric]
) -> Iterator[NumberGroup]:
    """One page of the list: those of `first` that are on it, then the others by folder, folded where
    there are such first ones at all."""

    def group(id: str, title: str, members: Sequence[Metric], folded: bool) -> NumberGroup:
        rows = tuple(_number_row(tree, page, metric) for metric in members)
        return NumberGroup(id, title, _count(members), rows, folded)

    ahead = [metric for metric in metrics if metric in first]
    if ahead:
        yield group("g-first", "Late or moved most", ahead, folded=False)
    folders: dict[str, list[Metric]] = {}
    for metric in metrics:
        if metric not in first:
            folders.setdefault(metric.category, []).append(metric)
    for category, members in folders.items():
        heading = f"g-{links.slug(category or 'all')}"
        yield group(heading, category_title(category), members, folded=bool(first))


def category_title(category: str) -> str:
    """A folder as a heading: "customer_care/calls" -> "Customer care: calls"."""
    titles = [part.replace("_", " ").replace("-", " ") for part in category.split("/") if part]
    return capital(": ".join(titles)) or "All"


def _number_row(tree: AudienceTree, page: str, metric: Metric) -> NumberRow:
    subject, reading = tree.subject(metric), tree.reading(metric)
    is_table = metric.front.kind == "table"
    value = subject.formatted(reading)
    return NumberRow(
        title=metric.title,
        href=links.href(page, links.metric_page(metric)),
        question=metric.front.question or "",
        value=None if is_table else value,
        delta=delta(subject, reading),
        owner=tree.person_name(metric.owner),
        fresh=fresh(tree, metric),
    )


class DashboardsView(Struct, frozen=True):
    """What the page places."""

    rows: tuple[DashboardRow, ...]


def dashboards_page(tree: AudienceTree) -> Page:
    page = links.DASHBOARDS
    return Page(
        path=page,
        template="dashboards.html",
        title="Dashboards",
        description=f"{capital(counted(len(tree.manifest.dashboards), 'dashboard'))}.",
        section="dashboards",
        entrance=True,
        view=DashboardsView(rows=dashboard_rows(tree, page)),
    )


def dashboard_rows(tree: AudienceTree, page: str) -> tuple[DashboardRow, ...]:
    return tuple(
        _dashboard_row(tree, page, dashboard) for dashboard in tree.manifest.dashboards.values()
    )


def _dashboard_row(tree: AudienceTree, page: str, dashboard: Dashboard) -> DashboardRow:
    parts = tree.bodies[dashboard.id]
    metrics = sum(len(part.metrics) for part in parts if isinstance(part, MetricsBlock))
    tables = sum(isinstance(part, TableBlock) for part in parts)
    holds = [
        counted(number, noun) for number, noun in ((metrics, "number"), (tables, "table")) if number
    ]
    described = dashboard.front.description or ""
    return DashboardRow(
        title=dashboard.title,
        href=links.href(page, links.dashboard_page(dashboard.id)),
        description=" ".join(
            part for part in (described, capital(", ".join(holds)) + "." if holds else "") if part
        ),
        meta=tree.person_name(dashboard.front.lead),
    )


class OkrsView(Struct, frozen=True):
    """What the page places."""

    groups: tuple[PeriodGroup, ...]
    rule: ScoringLine | None


def okrs_page(tree: AudienceTree, tags: NewsTags) -> Page:
    """All objectives: periods that run or come, with their scorecards, then the past ones as a
    list."""
    page = links.OKRS
    groups = tuple(_periods(tree, page, tags))
    return Page(
        path=page,
        template="okrs.html",
        title="Objectives",
        description=f"{capital(counted(len(tree.manifest.objectives), 'objective'))} and their key results, by period.",
        section="scorecard",
        view=OkrsView(groups=groups, rule=scoring_line(tree, page)),
    )


def _periods(tree: AudienceTree, page: str, tags: NewsTags) -> Iterator[PeriodGroup]:
    by_period: dict[Period, list[Objective]] = {}
    for objective in tree.manifest.objectives.values():
        period = tree.scope.period_of(objective)
        if period:
            by_period.setdefault(period, []).append(objective)
    for period in sorted(
        by_period,
        key=lambda listed_period: (listed_period.end, listed_period.start, listed_period.label),
        reverse=True,
    ):
        objectives = by_period[period]
        runs = period.end >= tree.as_of
        metrics = tuple(
            metric
            for objective in objectives
            for metric in tree.scope.key_results_of.get(objective.id, ())
        )
        yield PeriodGroup(
            id=f"p-{links.slug(period.label)}",
            title=period.shown,
            sub=f"{full_day(period.start)} to {full_day(period.end)}",
            scorecard=scorecard(tree, page, metrics, tags.on(page), above=objectives)
            if runs and metrics
            else None,
            past=()
            if runs and metrics
            else tuple(_ended_row(tree, page, objective) for objective in objectives),
        )


def _ended_row(tree: AudienceTree, page: str, objective: Objective) -> PastRow:
    reading = tree.scope.objective_reading(objective.id)
    return PastRow(
        title=objective.title,
        href=links.href(page, links.objective_page(objective.id)),
        owner=tree.person_name(objective.front.lead),
        score=score_text(reading.score if reading else None),
        status=status_mark(reading.status if reading else "unknown"),
        count=capital(made_of(tree, objective)),
    )
