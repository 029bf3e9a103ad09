"""Headline, totals, slices, comparisons and to-date values against a calculation that is written
from the definitions in docs/owner.md and shares no code with the package: it numbers periods
and walks from day to day.

    SHAREKIT_EXAMPLES=20000 pytest tests/test_calendar_oracle.py      the long run; a few examples
    by default
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from msgspec import convert

from sharekit.engines.sources.column_rhythm import column_rhythm
from sharekit.errors import Place
from sharekit.numbers.measure import Coverage, measure
from sharekit.numbers.measure.period_coverage import SourceCover, rhythm_of
from sharekit.numbers.results import Column, Reading, Rhythm, Rows
from sharekit.project.manifest import Metric, Sql
from sharekit.project.shapes import MetricFront, ProjectConfig
from sharekit.records import replace

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("SHAREKIT_EXAMPLES", "150"))
DAY = timedelta(days=1)
WEEK_STARTS = ("monday", "sunday", "saturday")
BACK = {"day": 364, "week": 52, "month": 12, "quarter": 4, "year": 1}


@dataclass(frozen=True)
class Case:
    """A small table, and what is declared of it."""

    rows: tuple[tuple[date, str, float, float], ...]
    """Day, member, numerator (the value of what is summed), denominator."""
    ratio: bool
    grain: str
    as_of: date
    week_start: str
    fiscal_start: int
    zero: bool
    settles: int

    @property
    def days(self) -> list[date]:
        return sorted({row[0] for row in self.rows})


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Dense or sparse days, with gaps, around leap days and ends of months, by member."""
    first = draw(st.dates(date(2019, 1, 1), date(2024, 3, 5)))
    length = draw(st.sampled_from([20, 60, 200, 450, 800]))
    step = draw(st.sampled_from([1, 1, 1, 2, 5, 11]))
    holes = draw(st.sets(st.integers(0, length), max_size=6))
    dead = draw(st.sampled_from([0, 0, 1, 2, 9, 40]))
    members = draw(st.sampled_from([("a",), ("a", "b"), ("a", "b", "c")]))
    skew = draw(st.integers(1, 9))
    offsets = [n for n in range(0, length, step) if n not in holes]
    rows = tuple(
        (first + n * DAY, member, float((n * skew + at * 7) % 23), float((n + skew * at) % 5))
        for n in offsets
        for at, member in enumerate(members)
        if (n + at) % (at + 2) != 0 or at == 0
    )
    assume(rows)
    ratio = draw(st.booleans())
    return Case(
        rows,
        ratio,
        draw(st.sampled_from(["day", "week", "month", "quarter", "year"])),
        rows[-1][0] + (dead + draw(st.integers(-3, 3))) * DAY,
        draw(st.sampled_from(WEEK_STARTS)),
        draw(st.integers(1, 12)),
        not ratio and draw(st.booleans()),
        draw(st.sampled_from([0, 0, 0, 1, 7, 20])),
    )


# -- the definitions ------------------------------------------------------------------------------


class Oracle:
    """What a careful person would work out by hand."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.first_days = self._calendar()
        self.parts: dict[tuple[int, str | None], list[tuple[float, float]]] = {}
        for day, name, above, below in case.rows:
            for member in (None, name):
                self.parts.setdefault((self.period(day), member), []).append((above, below))
        steps = sorted((after - before).days for before, after in pairwise(case.days)) or [1]
        self.usual = steps[-(-9 * len(steps) // 10) - 1]
        self.longest = steps[-1]
        self.since = case.days[0]
        self.until = max(day for day in case.days if day <= case.as_of)
        patience = self.longest if self.longest <= 4 else 2 * self.longest
        silent = (case.as_of - self.until).days > patience
        self.nothing_until = self.until if silent else max(self.until, case.as_of - DAY)
        self.data_until = self.nothing_until if case.zero else self.until
        self.first = self.period(self.since)
        self.over = max(
            n for n in range(self.period(case.as_of) - 1, self.period(case.as_of)) if n is not None
        )

    def period(self, day: date) -> int:
        """The number of the period in which a day lies."""
        if self.case.grain == "day":
            return day.toordinal()
        if self.case.grain == "week":
            first = {"monday": 1, "saturday": 6, "sunday": 7}[
                self.case.week_start
            ]  # 1 January of the year 1: Monday
            return (day.toordinal() - first) // 7
        months = day.year * 12 + day.month - self.case.fiscal_start
        return {"month": day.year * 12 + day.month, "quarter": months // 3, "year": months // 12}[
            self.case.grain
        ]

    def _calendar(self) -> dict[int, date]:
        """The first day of each period from well before the rows to well after them, by walking
        from day to day."""
        first_days: dict[int, date] = {}
        day, end = self.case.days[0] - 800 * DAY, self.case.as_of + 800 * DAY
        while day <= end:
            first_days.setdefault(self.period(day), day)
            day += DAY
        return first_days

    def first_day(self, number: int) -> date:
        return self.first_days[number]

    def last_day(self, number: int) -> date:
        return self.first_day(number + 1) - DAY

    def is_whole(self, number: int) -> bool:
        start, end = self.first_day(number), self.last_day(number)
        if number == self.first and (self.since - start).days > self.usual:
            return False
        wanted = end + self.case.settles * DAY
        if wanted >= self.case.as_of:
            return False
        reaches = self.data_until >= wanted
        nearly = self.data_until >= start and (wanted + DAY - self.data_until).days <= self.usual
        return reaches or nearly

    def whole(self) -> list[int]:
        """The periods from the first whole one to the last one."""
        numbers = [n for n in range(self.first, self.period(self.case.as_of)) if self.is_whole(n)]
        return list(range(numbers[0], numbers[-1] + 1)) if numbers else []

    def value(self, inside: Callable[[date], bool]) -> float | None:
        return self.together(
            [(above, below) for day, _, above, below in self.case.rows if inside(day)]
        )

    def together(self, parts: Sequence[tuple[float, float]]) -> float | None:
        """One value of the rows of a time: their sum, or of a ratio the sum of the numerators over
        that of the denominators."""
        if not parts:
            return None
        above, below = sum(part[0] for part in parts), sum(part[1] for part in parts)
        if not self.case.ratio:
            return above
        return above / below if below else None

    def of_period(self, number: int, member: str | None = None) -> float | None:
        parts = self.parts.get((number, member))
        if parts is not None:
            return self.together(parts)
        return 0.0 if self.case.zero and self.first_day(number) <= self.nothing_until else None

    def measured(self, member: str | None = None) -> list[tuple[date, float | None]]:
        """First day and value of each whole period; of what is measured now and then, where it
        was."""
        numbers = self.whole()
        total = [self.of_period(number) for number in numbers]
        known = [at for at, value in enumerate(total) if value is not None]
        if not self.case.zero and len(known) > 1 and 2 * len(known) < known[-1] - known[0] + 1:
            numbers = [numbers[at] for at in known]
        return [(self.first_day(number), self.of_period(number, member)) for number in numbers]

    def same_day(self, day: date, start: date, other: date) -> date:
        """The same day of another period, by the calendar."""
        if self.case.grain in ("day", "week"):
            return other + (day - start)
        months = (day.year - start.year) * 12 + day.month - start.month
        month = other.year * 12 + other.month - 1 + months
        for number in range(day.day, 0, -1):
            try:
                return date(month // 12, month % 12 + 1, number)
            except ValueError:
                continue
        raise AssertionError

    def to_date(self, back: int) -> tuple[float, float] | None:
        """Base and change of a to-date comparison."""
        through = min(self.case.as_of - DAY, self.data_until) - self.case.settles * DAY
        number = self.period(through)
        numbers = self.whole()
        before = numbers[0] if numbers else None
        if before is None or number - back < before or number in numbers:
            return None
        start = self.first_day(number)
        base = self.first_day(number - back)
        until = self.same_day(through, start, base)
        now = self.value(lambda day: start <= day <= through)
        then = self.value(lambda day: base <= day <= until)
        if self.case.zero:
            now, then = now or 0.0, then or 0.0
        return None if now is None or then is None else (then, now - then)


# -- the package ----------------------------------------------------------------------------------


def read(case: Case, declared: Mapping[str, str] | None = None) -> Reading | None:
    front: dict[str, object] = {
        "title": "X", "grain": case.grain, "dimensions": ["member"],
        **({"numerator": "above", "denominator": "below"} if case.ratio else
           {"total": "sum", "over_time": "sum"}),
        "missing": "zero" if case.zero else "gap",
        "compare": ["previous", "year_ago", "previous_to_date", "year_ago_to_date"],
    }  # fmt: skip
    if case.settles:
        front["settles"] = f"{case.settles} days"
    front |= declared or {}
    keys = {name: Place("x.sql", 1) for name in (*front, "dimensions[0]")}
    metric = Metric(
        "x",
        "x.sql",
        ("all",),
        keys=keys,
        front=MetricFront.model_validate(front),
        sql=Sql("SELECT 1", 1),
    )
    project = ProjectConfig.model_validate(
        {"name": "P", "week_start": case.week_start, "fiscal_year_start": case.fiscal_start}
    )
    columns = (
        Column("day", "DATE", "date"),
        Column("member", "VARCHAR", "text"),
        Column("above", "DOUBLE", "number"),
        Column("below", "DOUBLE", "number"),
        Column("value", "DOUBLE", "number"),
    )
    rows = tuple(
        (*row, (row[2] / row[3] if row[3] else None) if case.ratio else row[2]) for row in case.rows
    )
    days = case.days
    until = max(day for day in days if day <= case.as_of)
    coverage = Coverage((SourceCover(days[0], until, rhythm_of(days)),))
    return measure(metric, Rows(columns, rows), case.as_of, project, coverage=coverage).reading


def near(base: float, change: float) -> object:
    """Both to a double's rounding: a difference of two shares has digits of its own."""
    return pytest.approx((base, change), rel=1e-9, abs=1e-12)


def told_by_the_rows(case: Case) -> bool:
    """Whether all days fit another calendar than the declared one, which then holds
    (`periods.tell_starts`)."""
    one_weekday = len({day.weekday() for day in case.days}) == 1
    return one_weekday or all(day.day == 1 for day in case.days)


PLANNED = Case(
    tuple((date(2019, 1, 1) + 11 * n * DAY, "a", float(11 * n % 23), 1.0) for n in range(19)),
    ratio=False,
    grain="week",
    as_of=date(2019, 7, 17),  # the last row is of tomorrow
    week_start="monday",
    fiscal_start=1,
    zero=False,
    settles=0,
)


@settings(
    max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@example(PLANNED)
@given(cases())
def test_numbers_are_those_of_the_definitions(case: Case) -> None:
    assume(case.days[0] <= case.as_of)
    assume(len(case.days) > 2)
    assume(not told_by_the_rows(case))
    found, oracle = read(case), Oracle(case)
    assert found is not None
    expected = oracle.measured()
    assert [(point.on, point.value) for point in found.series] == expected
    assert found.value == (expected[-1][1] if expected else None)
    for part in found.slices["member"]:
        own = oracle.measured(part.member)
        assert [(point.on, point.value) for point in part.series] == own, part.member
        assert part.value == (own[-1][1] if own else None)
        if part.previous is not None:
            (_, before), (_, now) = own[-2:]
            assert before is not None
            assert now is not None
            assert (part.previous.value, part.previous.change) == near(before, now - before)
    compared = {entry.kind: (entry.value, entry.change) for entry in found.comparisons}
    wanted: dict[str, object] = {}
    value = found.value
    base = expected[-2][1] if len(expected) > 1 else None
    if value is not None and base is not None:
        wanted["previous"] = near(base, value - base)
    if expected and value is not None:
        number = oracle.period(expected[-1][0]) - BACK[case.grain]
        ago = {oracle.period(day): each for day, each in expected}.get(number)
        if ago is not None:
            wanted["year_ago"] = near(ago, value - ago)
    if case.grain != "day" and len(case.days) > len({oracle.period(day) for day in case.days}):
        for kind, back in (("previous_to_date", 1), ("year_ago_to_date", BACK[case.grain])):
            if (told := oracle.to_date(back)) is not None:
                wanted[kind] = near(*told)
    assert compared == wanted
    assert read(replace(case, rows=case.rows[::-1])) == found


@settings(max_examples=max(20, EXAMPLES // 10))
@given(st.lists(st.dates(date(2015, 1, 1), date(2026, 12, 31)), min_size=1, max_size=60))
def test_the_loader_finds_the_rhythm_that_the_rows_have(days: list[date]) -> None:
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS target")
        connection.execute("CREATE TABLE target.main.data (day DATE)")
        connection.executemany("INSERT INTO target.main.data VALUES (?)", [[day] for day in days])
        told = column_rhythm(connection, "day", "date")
    found, expected = convert(told, Rhythm), rhythm_of(sorted(set(days)))
    assert expected is not None
    assert (found.first, found.last, found.days) == (expected.first, expected.last, expected.days)
    assert (found.usual, found.longest) == (expected.usual, expected.longest)


ZONES = (
    "UTC",
    "Asia/Manila",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
)


@settings(
    max_examples=max(3, EXAMPLES // 500),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.datetimes(datetime(2024, 1, 1), datetime(2025, 12, 1), timezones=st.just(UTC)),
        min_size=30,
        max_size=90,
    ),
    st.sampled_from(ZONES),
)
def test_days_of_moments_are_those_of_the_zone(
    tmp_path_factory: pytest.TempPathFactory, moments: list[datetime], zone: str
) -> None:
    from sharekit.engines.duckdb.engine import open_duckdb
    from sharekit.project.load import load

    root: Path = tmp_path_factory.mktemp("zone")
    (root / "metrics/data").mkdir(parents=True)
    (root / "sharekit.toml").write_text(
        f'[project]\nname = "P"\nas_of = 2026-01-01\ntimezone = "{zone}"\n', "utf-8"
    )
    lines = "\n".join(moment.isoformat() for moment in moments)
    (root / "metrics/data/t.csv").write_text(f"moment\n{lines}\n", "utf-8")
    local = [moment.astimezone(ZoneInfo(zone)) for moment in moments]
    with open_duckdb(load(root), as_of=date(2026, 1, 1), cache_dir=None) as engine:
        days = engine.query("SELECT moment::DATE AS day FROM t")
        hours = engine.query("SELECT moment FROM t")
    assert [row[0] for row in days.rows] == [moment.date() for moment in local]
    assert [row[0] for row in hours.rows] == [moment.replace(tzinfo=None) for moment in local]


# -- levels ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LevelOracle:
    """A level is what was measured last. On a day on which a member that has begun has no row there
    is no total, or with `missing: last` that member has its last value; a period has the total of
    its last day that has one."""

    calendar: Oracle
    held: bool

    def on_days(self, member: str | None = None) -> dict[date, float]:
        """The value of each day that has one."""
        days: dict[date, dict[str, float]] = {}
        for day, name, value, _ in sorted(self.calendar.case.rows):
            if day <= self.calendar.case.as_of:
                days.setdefault(day, {})[name] = value
        last: dict[str, float] = {}
        values: dict[date, float] = {}
        for day, known in days.items():
            last |= known
            whole = self.held or set(last) == set(known)
            if member is None and whole:
                values[day] = sum(last.values())
            elif member is not None and member in (last if self.held else known):
                values[day] = last[member]
        return values

    def of_periods(self, member: str | None = None) -> dict[int, float]:
        return {self.calendar.period(day): value for day, value in self.on_days(member).items()}

    def measured(self, member: str | None = None) -> list[tuple[date, float | None]]:
        """First day and value of each period up to the newest measurement."""
        total = self.of_periods()
        numbers = list(range(self.calendar.first, max(total) + 1))
        if not self.held and len(total) > 1 and 2 * len(total) < max(total) - min(total) + 1:
            numbers = sorted(total)
        values = self.of_periods(member)
        found = [(self.calendar.first_day(number), values.get(number)) for number in numbers]
        if not self.held:
            return found
        last: float | None = None
        carried = []
        for day, value in found:
            last = value if value is not None else last
            carried.append((day, last))
        return carried


@settings(
    max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(cases(), st.booleans())
def test_levels_are_those_of_the_definitions(drawn: Case, held: bool) -> None:
    case = replace(drawn, ratio=False, zero=False, settles=0)
    assume(case.days[0] <= case.as_of)
    assume(len(case.days) > 2)
    assume(not told_by_the_rows(case))
    oracle = LevelOracle(Oracle(case), held)
    assume(oracle.of_periods())
    declared = {"over_time": "last", "missing": "last" if held else "gap"}
    found = read(case, declared)
    assert found is not None
    expected = oracle.measured()
    assert [(point.on, point.value) for point in found.series] == expected
    assert found.value == expected[-1][1]
    for part in found.slices["member"]:
        own = oracle.measured(part.member)
        assert [(point.on, point.value) for point in part.series] == own, part.member
    day = max(oracle.on_days())
    assert found.measured_on == day
    compared = {entry.kind: (entry.value, entry.change) for entry in found.comparisons}
    value, before = found.value, expected[-2][1] if len(expected) > 1 else None
    assert value is not None
    assert compared.get("previous") == (None if before is None else (before, value - before))
    assert read(replace(case, rows=case.rows[::-1]), declared) == found
