"""A key result measured to date: the sum, or ratio of sums, of the OKR's period through each of its
whole periods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sharekit.errors import Problem, ProblemsError, Severity
from sharekit.numbers.exact import exact_sum
from sharekit.numbers.formats import format_day
from sharekit.numbers.measure.columns import column_problem
from sharekit.numbers.measure.timeline import Timeline
from sharekit.numbers.measure.totals import MetricColumns, Rule, Values, add_up
from sharekit.numbers.periods import last_day
from sharekit.numbers.results import Cell, Point, Reading
from sharekit.project.manifest import Metric, Period
from sharekit.project.shapes import OverTime
from sharekit.records import replace

_MUCH = 7
"""Days before the period that are worth a warning: more than those of a week that began in it."""


def running(
    metric: Metric,
    rule: Rule,
    over_time: OverTime,
    table: MetricColumns,
    cells: Sequence[Cell],
    timeline: Timeline,
) -> tuple[Point, ...]:
    """Points dated by the first day of the whole period that each ends with; () where nothing is
    measured to date. What there is of periods that the data cover only in part counts in them.

    Of rows by day those of the OKR's period count, also in the weeks that it begins and ends in. Of
    one row a period those whose last day lies in it. Raises ProblemsError where periods do not add
    up."""
    if metric.okr is None or metric.okr.front.measured != "period_to_date":
        return ()
    _refuse_what_does_not_add_up(metric, rule, over_time)
    cells_of_period = _cells_of_period(metric.okr.period, timeline)
    rows_of_period = table.only([cell in cells_of_period for cell in cells])
    period, starts = metric.okr.period, dict(enumerate(timeline.all_starts))
    begun = range(timeline.size - 1 - len(timeline.partial), timeline.size - 1)
    slots: Sequence[int] = [
        slot
        for slot in (*begun, *range(len(timeline.starts)), *_ended_slot(period, timeline))
        if _belongs(starts[slot], period, timeline)
    ]
    if rule == "ratio":
        uppers = _sums(
            metric, replace(rows_of_period, value=rows_of_period.numerator), timeline.size
        )
        lowers = _sums(
            metric, replace(rows_of_period, value=rows_of_period.denominator), timeline.size
        )
        slots = _measured_slots(slots, lowers)
        above, below = _so_far(uppers, slots), _so_far(lowers, slots)
        values = [
            up / low if up is not None and low else None
            for up, low in zip(above, below, strict=True)
        ]
    else:
        sums = _sums(metric, rows_of_period, timeline.size)
        slots = _measured_slots(slots, sums)
        values = _so_far(sums, slots)
    return tuple(
        Point(starts[slot], value)
        for slot, value in zip(slots, values, strict=True)
        if slot not in begun
    )


def counted_since(metric: Metric, points: Sequence[Point], timeline: Timeline) -> date | None:
    """The first day that the points of `running` count, where the first of them is of a period that
    began before the OKR's and so counts whole: its rows tell of no shorter one. Else None."""
    if metric.okr is None or not points or timeline.finer:
        return None
    period = metric.okr.period
    first = min(start for start in timeline.all_starts if _belongs(start, period, timeline))
    return first if first < period.start else None


def early_problems(metric: Metric, reading: Reading) -> list[Problem]:
    """The warning that much of what counts came before the OKR's period."""
    since, period = reading.since, metric.okr.period if metric.okr else None
    if since is None or period is None or (period.start - since).days < _MUCH:
        return []
    begins, first = (format_day(day, year=True) for day in (period.start, since))
    return [
        column_problem(
            metric,
            "counts-from-before",
            f"the {reading.grain} of {first} is counted whole, but the period begins on {begins}",
            key="measured",
            hint=(
                f"Return one row a day, and write `grain: {reading.grain}`: then only days within"
                " the period are counted."
            ),
            severity="warning",
        )
    ]


def _cells_of_period(period: Period, timeline: Timeline) -> set[Cell]:
    """Time cells that count."""
    if timeline.finer:
        return {cell for cell, day in timeline.days.items() if period.start <= day <= period.end}
    starts = {start for start in timeline.all_starts if _belongs(start, period, timeline)}
    start_of_slot = dict(enumerate(timeline.all_starts))
    return {cell for cell, slot in timeline.slots.items() if start_of_slot.get(slot) in starts}


def _belongs(start: date, period: Period, timeline: Timeline) -> bool:
    """Whether a whole period ends in the OKR's; of rows by day, also one in which the OKR's
    ends."""
    last = last_day(start, timeline.grain)
    return period.start <= last and (last <= period.end or (timeline.finer and start <= period.end))


def _ended_slot(period: Period, timeline: Timeline) -> Iterator[int]:
    """Of rows by day the slot of the week that still runs, where the OKR's period has ended in it
    and its last day is there."""
    for number, start in enumerate(timeline.opens):
        ends_in_it = start <= period.end <= last_day(start, timeline.grain)
        if ends_in_it and timeline.finer and timeline.through >= period.end:
            yield len(timeline.starts) + number


def _sums(metric: Metric, table: MetricColumns, size: int) -> Values:
    added = replace(table, numerator=None, denominator=None)
    return add_up(metric, "sum", added, size).total or [None] * size


def _measured_slots(slots: Sequence[int], values: Values) -> Sequence[int]:
    """The periods up to the last that has rows: what came after it is not known."""
    count = max(
        (number for number, slot in enumerate(slots, 1) if values[slot] is not None), default=0
    )
    return slots[:count]


def _so_far(values: Values, slots: Sequence[int]) -> Values:
    """The sum through each slot; None until the first that has a value."""

    sums: Values = []
    values_so_far: list[float] = []
    for slot in slots:
        if (value := values[slot]) is not None:
            values_so_far.append(value)
        sums.append(exact_sum(values_so_far) if values_so_far else None)
    return sums


def _refuse_what_does_not_add_up(metric: Metric, rule: Rule, over_time: OverTime) -> None:
    if rule == "ratio" or (rule == "sum" and (metric.front.total == "sum" or over_time == "sum")):
        return
    raise ProblemsError(
        [
            column_problem(
                metric,
                "no-value-to-date",
                "`measured: period_to_date` adds periods up, and nothing says that these values add up",
                key="measured",
                hint=(
                    "Return the parts of the ratio and name them with `numerator:` and"
                    " `denominator:`, write `total: sum` where a sum over the periods is right, or"
                    " write `measured: last_period`."
                ),
            )
        ]
    )


def beginning_problems(metric: Metric, rule: Rule) -> list[Problem]:
    """Of what is added up over the OKR's period, and so is 0 when that begins: the warning that its
    score counts from elsewhere. Raises ProblemsError where it should fall: it would be met from
    the first day. A ratio to date is of the size of its periods'."""
    front = metric.okr.front if metric.okr else None
    if front is None or front.measured != "period_to_date" or rule == "ratio":
        return []
    begins = "a sum of the period so far begins at 0"
    of_one = f"of one {front.grain or 'period'}"
    if front.type == "maintain" and front.band is not None:
        low, high = front.band
        key, message = "band", f"{begins}, outside the band {low:g} to {high:g}"
        hint = f"`measured: last_period`, with the band {of_one}."
        begins_right = low <= 0 <= high
    else:
        key, message = "baseline", f"{begins}, not at the baseline {front.baseline or 0:g}"
        hint = f"`measured: last_period`, with the baseline and target {of_one}."
        if front.target is not None and front.target > 0:
            stays_below = f"`type: maintain` and `band: [0, {front.target:g}]`"
            hint = f"{stays_below if front.type == 'decrease' else '`baseline: 0`'}; or {hint}"
        begins_right = front.type == "baseline" or not front.baseline
    if begins_right:
        return []
    severity: Severity = "error" if front.type == "decrease" else "warning"
    problem = column_problem(
        metric, "sum-begins-at-zero", message, key=key, hint=f"Write {hint}", severity=severity
    )
    if severity == "error":
        raise ProblemsError([problem])
    return [problem]
