"""From when to when the data of a number are there, and which of its periods they cover. Pure.

A period is whole when it is over, has settled, and the data reach from its first day to its last.
How far data reach is known of each source; how finely they come (their rhythm) says what a silence
means: a source that has a row every day and none for a week has stopped, one that has a row when
something happens may simply have nothing to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from msgspec import Struct, field

from sharekit.numbers.outages import longest_step, quantile
from sharekit.numbers.results import Rhythm

DAY = timedelta(days=1)
RECENT = timedelta(days=28)
"""What ended, or began, longer ago is known to everybody."""
LONG_WEEKEND = 4
_LEAST_SILENCE = 3
_FEWEST_DAYS = 8


class SourceCover(Struct, frozen=True):
    """From when to when one source has data."""

    since: date
    until: date
    """Its last day not after the as-of date; of rows that stand for periods, the last day of the
    last of them."""
    rhythm: Rhythm | None = None
    """None: how often it has rows is not known."""
    feeds: bool = False
    """Whether its rows are added up day by day, so that the number cannot do without them."""

    @property
    def usual(self) -> int | None:
        return self.rhythm.usual if self.rhythm else None

    def reach(self, as_of: date) -> date:
        """The last day of which a missing row says that there was nothing: yesterday, unless the
        source is silent for longer than it ever was while it had data."""
        if self.rhythm is None or (as_of - self.until).days > expected_silence(self.rhythm):
            return self.until
        return max(self.until, as_of - DAY)

    def is_silent(self, as_of: date) -> bool:
        """Whether it has stopped: its silence is out of all proportion to its rhythm. A few days
        have none."""
        if self.rhythm is None or self.rhythm.days < _FEWEST_DAYS:
            return False
        return (as_of - self.until).days > max(_LEAST_SILENCE, 2 * self.rhythm.longest)


class Coverage(Struct, frozen=True):
    """What is known of the data that a number reads."""

    sources: tuple[SourceCover, ...] = ()
    members: Mapping[str, Mapping[str, Rhythm]] = field(default_factory=dict)
    """Dimension -> member -> how its days come, where a source tells."""
    of_calendar: frozenset[str] = frozenset()
    """Dimensions made of the day itself, such as its year: their members end by the calendar."""
    bounds: tuple[date, ...] = ()
    """Days from which on the query says that it counts: `WHERE day >= DATE '2026-08-27'`."""
    settling_days: int = 0
    """So many days after its own day the query still counts what belongs to a row: until then the
    value of that day moves, as with `settles`."""
    looked: bool = True
    """Whether somebody has looked for when data begin; else a first period is taken to be whole."""
    is_empty: bool = False
    """Whether it reads sources, and none of them has a row."""
    unknown_end: str | None = None
    """Why it is not known up to which day the rows reach, where a row may stand for half a period as
    for a whole one."""

    @classmethod
    def through(cls, until: date | None) -> Coverage:
        """Only the last day is known."""
        return cls(() if until is None else (SourceCover(date.min, until),), looked=False)

    @property
    def until(self) -> date | None:
        """The oldest of the sources' last days."""
        return min((source.until for source in self.sources), default=None)

    def measurable_until(self, as_of: date) -> date:
        """The last day on which any source can have measured something: one with data of its own,
        or one of which a missing row says that there was nothing. `as_of` where nobody knows."""
        reached = [source.reach(as_of) for source in self.sources if source.rhythm is not None]
        return max(reached, default=as_of) if len(reached) == len(self.sources) else as_of

    def leading(self, last_row: date | None, as_of: date, recent: date) -> SourceCover | None:
        """The source that says how far the number goes: of those that reach the period of its last
        row, which begins on `last_row`, and of those that feed it and have stopped since `recent`,
        the one that ends first. A list of holidays or of contracts ends long before, and says
        nothing."""
        if len(self.sources) < 2:
            return next(iter(self.sources), None)
        reaching = [
            source
            for source in self.sources
            if last_row is None
            or source.until >= last_row
            or self._has_stopped(source, as_of, recent)
        ]
        if reaching:
            return min(reaching, key=lambda source: source.until)
        return max(self.sources, key=lambda source: source.until)

    def _has_stopped(self, source: SourceCover, as_of: date, recent: date) -> bool:
        """Whether a source that feeds the number has stopped, and no other begins where it ends, as
        the file of the next year does."""
        if not source.feeds or source.until < recent or not source.is_silent(as_of):
            return False
        longest = source.rhythm.longest if source.rhythm else 1
        next_day = source.until + max(LONG_WEEKEND, 2 * longest) * DAY
        return not any(source.until < successor.since <= next_day for successor in self.sources)

    def begins_inside(self, start: date, end: date) -> date | None:
        """The day inside a period on which data begin, where a part of it is missing before; None
        where none is."""
        late = [
            cover.since
            for cover in self.sources
            if is_late(start, cover.since, cover.usual or 1) and cover.since <= end
        ]
        late += [
            end + DAY
            for cover in self.sources
            if start == end == cover.since and cover.rhythm and cover.rhythm.cut
        ]
        late += [bound for bound in self.bounds if start < bound <= end]
        return max(late, default=None)


def expected_silence(rhythm: Rhythm) -> int:
    """So many days from the last row on, silence is nothing new."""
    return rhythm.longest if rhythm.longest <= LONG_WEEKEND else 2 * rhythm.longest


def is_late(start: date, first: date, usual: int) -> bool:
    """Whether data that begin on `first` leave out the beginning of a period: more than one usual
    step of it."""
    return first > start and (first - start).days > usual


def rhythm_of(days: Sequence[date]) -> Rhythm | None:
    """The rhythm of sorted, distinct days; None where there are none."""
    if not days:
        return None
    steps = sorted((after - before).days for before, after in pairwise(days)) or [1]
    usual = quantile(steps, 90)
    return Rhythm(days[0], days[-1], len(days), usual, longest_step(steps))
