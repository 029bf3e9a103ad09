"""How far the data of a number go: the last day that is there, and the last one that is settled. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec import Struct

from sharekit.numbers.measure.period_coverage import DAY, Coverage, SourceCover
from sharekit.numbers.periods import parse_span
from sharekit.project.manifest import Metric
from sharekit.records import replace


class DataEnd(Struct, frozen=True):
    """Up to which day the data of a number are there, so that a period may be whole."""

    until: date | None
    """Last day of data; None where it is not known."""
    usual: int | None
    """Usual number of days from one day with rows to the next; None where it is not known."""
    shown_until: date
    """Periods that begin later have nothing to show."""
    zero_until: date
    """The last day of which a missing row may mean none."""
    settled_before: date
    """A period is settled when its last day is before this one."""
    wait: timedelta
    """So long after a period its value still moves."""

    @classmethod
    def of(
        cls,
        metric: Metric,
        coverage: Coverage,
        leading: SourceCover | None,
        as_of: date,
        over: date,
        last_row: date | None,
    ) -> DataEnd:
        """`over` is the first day of the last period that is over, `last_row` that of the last one
        with rows."""
        span = parse_span(metric.front.settles) if metric.front.settles else None
        settle = span.before(as_of) if span else as_of - coverage.settling_days * DAY
        wait = as_of - settle
        if leading is None:
            ends = cls(None, None, as_of, as_of - DAY, settle, wait)
            return ends._as_far_as_certain(coverage, last_row)
        until, has_rhythm = leading.until, leading.rhythm is not None
        reach = leading.reach(as_of) if has_rhythm or until < over else max(until, as_of - DAY)
        # A query may make rows for days on which its source has none; then silence is read as with
        # `missing: zero`.
        covered_to_end = has_rhythm and last_row is not None and last_row > until
        if covered_to_end or metric.front.missing == "zero":
            until = reach
        ends = cls(until, leading.usual, until, reach, settle, wait)
        return ends._as_far_as_certain(coverage, last_row)

    def _as_far_as_certain(self, coverage: Coverage, last_row: date | None) -> DataEnd:
        """Where nobody knows up to which day rows reach, a row of a period says only that those
        before it are over."""
        if coverage.unknown_end is None or last_row is None:
            return self
        day_before = last_row - DAY
        return replace(
            self,
            until=day_before if self.until is None else min(self.until, day_before),
            usual=None,
            shown_until=max(self.shown_until, last_row),
            zero_until=min(self.zero_until, day_before),
        )

    @property
    def through(self) -> date:
        """The last day that is settled: the wait after it is over, and the data cover that too."""
        settled = self.settled_before - DAY
        return settled if self.until is None else min(settled, self.until - self.wait)

    def covers(self, start: date, end: date) -> bool:
        """Whether a period is over and settled, and the data reach its last day."""
        if end >= self.settled_before:
            return False
        end = end + self.wait
        if self.until is None or self.until >= end:
            return True
        if self.until < start:
            return False
        days_missing = (end - self.until).days
        if self.usual is not None:
            return days_missing + 1 <= self.usual
        if self.until == start:
            return True  # dated by its first day
        return days_missing <= 2 and all(
            (self.until + step * DAY).weekday() >= 5 for step in range(1, days_missing + 1)
        )
