"""What a terminal shows of a project, as lines of text: a build, a check, the scorecard, one
number. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from textwrap import wrap

from sharekit.app.last_build import LastValue
from sharekit.artifacts import Artifact
from sharekit.numbers.formats import (
    Formatted,
    format_change,
    format_day,
    format_score,
    format_value,
)
from sharekit.numbers.results import (
    ClosedKeyResult,
    Comparison,
    OkrReading,
    Point,
    Reading,
    Result,
    Results,
    Status,
)
from sharekit.project.lineage import SCHEMA, Lineage
from sharekit.project.manifest import Manifest, Metric
from sharekit.terminal.screen import LABEL, cut, row, sparkline, table
from sharekit.wording.english import and_list, count
from sharekit.wording.headline import brief_period, headline_period, headline_value
from sharekit.wording.number_phrases import band_range, base_words
from sharekit.wording.scoring import key_result_rule, scorecard_rule
from sharekit.wording.statuses import STATUS_WORDS

RULE = 96
"""Columns of a rule in words."""
TREND = 26
"""Points of a sparkline at most."""
_MOST_MOVES = 8
_MOST_MEMBERS = 8
SIGNS: Mapping[Status, str] = {
    "on_track": "[on]",
    "achieved": "[on]",
    "at_risk": "[!]",
    "partial": "[!]",
    "off_track": "[x]",
    "missed": "[x]",
}
"""What stands before a status that says something; the word says it again."""
_WORST_FIRST: Sequence[Status] = (
    "off_track",
    "missed",
    "at_risk",
    "partial",
    "on_track",
    "achieved",
)


# -- a build --------------------------------------------------------------------------------------


def artifact_counts(artifacts: Iterable[Artifact]) -> str:
    """ "38 pages, 14 badges, 9 data files"."""
    kinds = Counter(_kind(artifact.path) for artifact in artifacts)
    counts = [
        count(kinds[kind], kind)
        for kind in ("page", "badge", "data file", "feed", "calendar")
        if kinds[kind]
    ]
    return ", ".join(counts) or "nothing"


def _kind(path: str) -> str:
    folders = path.split("/")
    if "embed" in folders or path.endswith((".md", ".txt")):
        return "other"  # the same pages in another form
    if path.endswith(".html"):
        return "page"
    if "badges" in folders:
        return "badge"
    if path.endswith(".ics"):
        return "calendar"
    if path.endswith("feed.xml") or "feeds" in folders:
        return "feed"
    return "data file" if "data" in folders else "other"


def heaviest(artifacts: Iterable[Artifact], limit_kb: int) -> str:
    """ "largest page 98 kB (okrs/active_offices), limit 150 kB"."""
    pages = [artifact for artifact in artifacts if artifact.path.endswith(".html")]
    if not pages:
        return "no pages"
    page = max(pages, key=lambda page: len(page.content))
    name = page.path.removesuffix(".html")
    return f"largest page {len(page.content) / 1000:,.0f} kB ({name}), limit {limit_kb:,} kB"


def last_values(manifest: Manifest, results: Results) -> dict[str, LastValue]:
    """Where each number stands, for the next build to compare with."""
    return {
        name: LastValue(
            str(headline(manifest.metrics[name], result)), result.okr.status if result.okr else None
        )
        for name, result in results.results.items()
        if result.reading is not None and result.reading.shape != "table"
    }


def moves(manifest: Manifest, results: Results, before: Mapping[str, LastValue]) -> list[str]:
    """Lines on what moved since `before`: changed statuses first, worst first, then changed values;
    few at most."""
    now = last_values(manifest, results)
    moved = [name for name, value in now.items() if name in before and value != before[name]]
    moved.sort(
        key=lambda name: (now[name].status == before[name].status, _weight(now[name].status), name)
    )
    listed_moves = moved[:_MOST_MOVES]
    cells = [
        _move(manifest.metrics[name], before[name], now[name], results.results[name].okr)
        for name in listed_moves
    ]
    lines = table(["", "", "", ""], cells)[1:] if cells else []
    if len(moved) > len(listed_moves):
        lines.append(f"and {len(moved) - len(listed_moves)} more")
    return [f"    {line}" for line in lines]


def _weight(status: str | None) -> int:
    return next(
        (place for place, name in enumerate(_WORST_FIRST) if name == status), len(_WORST_FIRST)
    )


def _move(metric: Metric, before: LastValue, now: LastValue, okr: OkrReading | None) -> list[str]:
    status_text = ""
    if okr is not None:
        status_text = STATUS_WORDS[okr.status].lower() + (
            f", score {format_score(okr.score)}" if okr.score is not None else ""
        )
    change = f"{before.text} -> {now.text}" if before.text != now.text else now.text
    return [SIGNS.get(okr.status, "") if okr else "[~]", cut(metric.title, 40), change, status_text]


# -- a check --------------------------------------------------------------------------------------


def checked(manifest: Manifest, ran: int | None, seconds: float | None) -> list[str]:
    """The table above what check has to say. `ran`: queries that were run; None without data."""
    plain, key_results = len(manifest.plain_metrics), len(manifest.key_results)
    queries = len(manifest.metrics) + len(manifest.views)
    run = "not run" if ran is None else f"{count(ran, 'query', 'queries')} run"
    lines = [
        row(
            "OKRs",
            f"{count(key_results, 'key result')}, {count(len(manifest.objectives), 'objective')}",
        ),
        row("Numbers", f"{count(plain, 'metric')}, {count(len(manifest.views), 'shared view')}"),
        row("Dashboards", count(len(manifest.declared_dashboards), "page")),
        row("Queries", f"{queries} parsed, {run}", seconds if ran else None),
    ]
    if manifest.asks:
        lines.append(row("Asks", count(len(manifest.asks), "question")))
    return lines


# -- the scorecard --------------------------------------------------------------------------------


def scorecard(manifest: Manifest, results: Results) -> list[str]:
    """All objectives with their key results; a hint where there is none."""
    if not manifest.objectives:
        return ["  There are no objectives yet. Start one: sharekit new objective NAME."]
    rows: list[list[str]] = []
    for objective in manifest.objectives.values():
        reading = results.objectives.get(objective.id)
        title = (
            f"{objective.title}, {objective.period.shown}" if objective.period else objective.title
        )
        key_results = [
            metric
            for metric in manifest.key_results.values()
            if metric.okr and metric.okr.objective == objective.id
        ]
        ended_here = [
            closed
            for closed in results.settled
            if closed.metric.okr and closed.metric.okr.objective == objective.id
        ]
        has_score = bool(key_results or ended_here or (reading and reading.by_objectives))
        scores = (
            _scores(reading.score, reading.expected, reading.status)
            if reading and has_score
            else ("", "", "")
        )
        rows.append([title, "", "", "", *scores, ""])
        rows += [
            _score_row(metric, results.results[metric.id], results.as_of)
            for metric in key_results
            if metric.id in results.results
        ]
        rows += [_ended_row(closed, results.as_of) for closed in ended_here]
    head = ["", "now", "of", "target", "score", "expected", "status", "trend"]
    lines = table(head, rows, align=["left", "right", "left", "right", "right", "right"])
    key_results_with_result = [
        metric for metric in manifest.key_results.values() if metric.id in results.results
    ]
    rule = wrap(scorecard_rule(key_results_with_result, manifest.config.okrs), RULE)
    return [f"  {line}" if line else "" for line in (*lines, *([""] if rule else []), *rule)]


def _score_row(metric: Metric, result: Result, as_of: date) -> list[str]:
    okr = result.okr
    now = str(headline(metric, result))
    target = _target(metric, okr) if okr else ""
    scores = _scores(okr.score, okr.expected, okr.status) if okr else ("", "", "")
    stale = " (stale)" if result.stale or result.failure else ""
    if result.closed is not None:
        stale = (
            f" ({format_score(result.closed.okr.score or 0)} by today's"
            f" {', '.join(dict.fromkeys(result.closed.changed))})"
        )
    return [
        f"  {metric.title}",
        now,
        brief_period(result.reading, as_of),
        target,
        scores[0],
        scores[1],
        scores[2] + stale,
        trend(result.reading),
    ]


def _ended_row(ended: ClosedKeyResult, as_of: date) -> list[str]:
    """A key result that ended here and went on elsewhere."""
    row = _score_row(ended.metric, Result(ended.metric.id, ended.reading, okr=ended.okr), as_of)
    return [f"{row[0]} (as it ended)", *row[1:]]


def _target(metric: Metric, okr: OkrReading) -> str:
    """ "88.0%", or "0% to 1%" for a band that is to be kept."""
    if okr.target is not None:
        return str(_formatted_value(metric, okr.target))
    band = metric.okr.front.band if metric.okr else None
    if band is None:
        return ""
    outside = f", {okr.outside[0]} of {okr.outside[1]} outside" if okr.outside else ""
    return (
        band_range(band, metric.front.unit, lambda value: str(_formatted_value(metric, value)))
        + outside
    )


def _scores(score: float | None, expected: float | None, status: Status) -> tuple[str, str, str]:
    sign = SIGNS.get(status, "")
    return (
        "" if score is None else format_score(score),
        "" if expected is None else f"{expected:.2f}",
        f"{sign:<5}{STATUS_WORDS[status]}",
    )


# -- one number -----------------------------------------------------------------------------------


def number(manifest: Manifest, lineage: Lineage, result: Result) -> Iterator[str]:
    """Everything about one metric or key result that fits a terminal."""
    metric = manifest.metrics[result.id]
    reading, okr = result.reading, result.okr
    yield f"  {metric.title}"
    if metric.front.question:
        yield f"  {metric.front.question}"
    yield ""
    if reading is None:
        yield row("Value", "no data")
    elif reading.table is None:
        yield row("Value", _value(metric, reading))
        yield from (row("", note) for note in reading.notes)
        yield from _trend_rows(reading)
    if okr is not None:
        yield from _okr_rows(metric, okr)
        if metric.okr is not None:
            grain = reading.grain if reading else None
            first, *further_lines = wrap(
                key_result_rule(metric.okr, manifest.config.okrs, grain), RULE - LABEL
            )
            yield row("Rule", first)
            yield from (row("", line) for line in further_lines)
    elif reading is not None and reading.target is not None:
        yield row("Target", str(_formatted_value(metric, reading.target)))
    if okr is None and metric.front.band is not None:
        low, high = metric.front.band
        yield row("Band", f"{_formatted_value(metric, low)} to {_formatted_value(metric, high)}")
    for label, text in _metric_rows(manifest, lineage, metric, result):
        yield row(label, text)
    if reading is not None:
        yield from _members(metric, reading)


def headline(metric: Metric, result: Result) -> Formatted:
    return headline_value(result.reading, metric.front.unit, metric.front.format)


def trend(reading: Reading | None) -> str:
    """The last points as a sparkline."""
    return sparkline([point.value for point in _last(reading.series)]) if reading else ""


def _last(points: Sequence[Point]) -> Sequence[Point]:
    return points[-TREND:]


def _formatted_value(metric: Metric, value: float | None) -> Formatted:
    return format_value(value, metric.front.unit, metric.front.format)


def _value(metric: Metric, reading: Reading) -> str:
    value = str(headline_value(reading, metric.front.unit, metric.front.format))
    period = headline_period(reading)
    level = reading.measured_on is not None
    changes = [
        f"{_change_in_words(metric, comparison)} {base_words(comparison, reading.grain, reading.fiscal, level=level)}"
        for comparison in reading.comparisons
        if comparison.kind != "target"
    ]
    of = f", {period}" if "(" in period else f" ({period})" if period else ""
    return ", ".join([value + of, *changes])


def _change_in_words(metric: Metric, comparison: Comparison) -> str:
    front = metric.front
    return format_change(
        comparison.change, comparison.change_pct, front.unit, front.format, comparison.way
    )


def _trend_rows(reading: Reading) -> Iterator[str]:
    points = _last(reading.series)
    if len(points) > 1:
        span = f"{format_day(points[0].on, year=True)} to {format_day(points[-1].on, year=True)}"
        yield row("Trend", f"{trend(reading)}  {span}")


def _okr_rows(metric: Metric, okr: OkrReading) -> Iterator[str]:
    status = f"{SIGNS.get(okr.status, '')} {STATUS_WORDS[okr.status]}".strip()
    score = (
        f", score {format_score(okr.score)}, {okr.expected:.2f} expected"
        if okr.score is not None
        else ""
    )
    yield row("Status", status + score)
    if target := _target(metric, okr):
        origin = (
            f"from {_formatted_value(metric, okr.baseline)} to " if okr.baseline is not None else ""
        )
        yield row("Target", origin + target)
    if metric.okr:
        days = okr.total_days + 1
        day = 0 if okr.status == "not_started" else min(okr.elapsed_days + 1, days)
        yield row("Period", f"{metric.okr.period.shown}, day {day} of {days}")


def _metric_rows(
    manifest: Manifest, lineage: Lineage, metric: Metric, result: Result
) -> Iterator[tuple[str, str]]:
    if metric.owner:
        person = manifest.config.people.get(metric.owner)
        role = person.role if person else None
        others = [manifest.person(key) for key in metric.owners[1:]]
        yield "Owner", ", ".join(filter(None, (manifest.person(metric.owner), role, *others)))
    if manifest.several:
        yield "For", and_list([manifest.audience_title(name) for name in metric.audiences])
    if metric.deprecated:
        yield "State", _deprecation(metric)
    if metric.front.description:
        yield "Definition", " ".join(metric.front.description.split())
    reads = [
        *(f"{SCHEMA}.{name}" for name in lineage.items.get(metric.id, ())),
        *lineage.sources.get(metric.id, ()),
    ]
    if reads:
        yield "Reads", ", ".join(reads)
    yield "File", metric.path
    if result.reading and result.reading.data_until:
        yield "Data until", format_day(result.reading.data_until, year=True)
    if result.failure or result.stale:
        yield "Stale", result.failure.message if result.failure else result.stale or ""


def _deprecation(metric: Metric) -> str:
    return (
        f"deprecated; use {metric.front.replaced_by}" if metric.front.replaced_by else "deprecated"
    )


def _members(metric: Metric, reading: Reading) -> Iterator[str]:
    for dimension, slices in reading.slices.items():
        cells = []
        for member_slice in slices[:_MOST_MEMBERS]:
            change = (
                _change_in_words(metric, member_slice.previous) if member_slice.previous else ""
            )
            line = sparkline([point.value for point in _last(member_slice.series)])
            cells.append(
                [member_slice.name, str(_formatted_value(metric, member_slice.value)), change, line]
            )
        yield ""
        lines = table([dimension, "value", "change", ""], cells, align=["left", "right", "right"])
        yield from (f"  {line}" for line in lines)
        if len(slices) > len(cells):
            yield f"  and {len(slices) - len(cells)} more"
