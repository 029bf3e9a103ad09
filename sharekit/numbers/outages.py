"""Which silences between two days are outages: one or two at most, and each so long that the others
say nothing about it. How long a source or a member is silent otherwise is told without them. Pure:
the same rule over a list, and as SQL for days that nobody loads."""

from __future__ import annotations

from collections.abc import Sequence

TIMES = 4
"""An outage is more than so many times as long as `PERCENT` of 100 steps from one day to the next;
of few steps, as all but the two longest."""
PERCENT = 98
LEAST_STEP = 2
"""Days that such a step has at least: a weekend is no outage of daily rows."""
MOST = 2
"""If there are more, the days come like that."""

FEWEST_STEPS = 10
"""Of fewer steps every one is usual."""
_MANY = 100 * MOST // (100 - PERCENT)
"""Of fewer steps so many percent would include the outages: of those, all but `MOST` count."""

OUTAGE = f"""step > {TIMES} * greatest({LEAST_STEP}, CASE
    WHEN count(step) OVER {{days}} BETWEEN {FEWEST_STEPS} AND {_MANY - 1}
    THEN (max(step, {MOST + 1}) OVER {{days}})[{MOST + 1}]
    ELSE quantile_disc(step, {PERCENT / 100}) OVER {{days}} END)"""
"""SQL: whether a step is an outage, over all steps that belong together."""
LONGEST_STEP = (
    f"CASE WHEN count(*) FILTER (outage) <= {MOST}"
    " THEN max(step) FILTER (NOT outage) ELSE max(step) END"
)
"""SQL over steps with that answer as `outage`: see `longest_step`."""


def longest_step(steps: Sequence[int]) -> int:
    """The longest of the sorted steps, in days, but for outages."""
    few = FEWEST_STEPS <= len(steps) < _MANY
    limit = TIMES * max(LEAST_STEP, steps[-1 - MOST] if few else quantile(steps, PERCENT))
    usual = [step for step in steps if step <= limit]
    return usual[-1] if len(steps) - len(usual) <= MOST else steps[-1]


def quantile(steps: Sequence[int], percent: int) -> int:
    """The least of the sorted steps that so many percent of them do not exceed."""
    return steps[max(0, -(-percent * len(steps) // 100) - 1)]
