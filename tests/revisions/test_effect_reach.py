"""In which periods and for which members a new definition moves a number, and how it is said."""

from __future__ import annotations

from datetime import date

import pytest

from sharekit.numbers.results import Point, Reading, Slice
from sharekit.project.shapes import CALENDAR_YEAR, Grain
from sharekit.revisions.effect.reach import member_effects, period_effect
from sharekit.revisions.revision import Impact
from sharekit.wording.effect import reach_words


def reading(
    values: list[float | None],
    members: dict[str, float | None] | None = None,
    grain: Grain | None = "month",
) -> Reading:
    series = tuple(Point(date(2026, number, 1), value) for number, value in enumerate(values, 1))
    slices = tuple(Slice(name, value, ()) for name, value in (members or {}).items())
    return Reading(
        "series", values[-1], grain, series[-1].on, series=series, slices={"origin": slices}
    )


def said(old: Reading, new: Reading, unit: str | None = "orders") -> str:
    over, members = period_effect(old, new), member_effects(old, new)
    return reach_words(
        Impact(None, None, None, None, None, over_time=over, members=members),
        unit,
        None,
        CALENDAR_YEAR,
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ([9, 9, 9, 9, 9], [9, 8, 3, 9, 9],
         "May 2026 is unchanged; 2 of 5 months moved, most in March 2026, by −6 orders."),
        ([9, 9, 9], [9, 9, 4], "March 2026 moved by −5 orders; 1 of 3 months moved."),
        ([9, 9, 9], [9, 8, 4], "March 2026 moved by −5 orders; 2 of 3 months moved, none by more."),
        ([9, 9], [8, 8], "February 2026 moved by −1 order; both months moved, none by more."),
        ([9, 9, 9], [8, 8, 8], "March 2026 moved by −1 order; all 3 months moved, none by more."),
        ([9, 9, 9], [9, 9, 9], "None of 3 months moved."),
        ([None, 5, 9], [9, 8, 9], "March 2026 is unchanged; 1 of 2 months moved, in February 2026, by +3 orders;"
         " 1 month has a value now."),
        ([40, 44, 40, 45, 40], [None, 44, None, 45, None], "None of 2 months moved; 3 months no longer have a value."),
        ([9], [8], ""),
        # the same sum in another order
        ([0.1 + 0.2, 9], [0.3, 9], "None of 2 months moved."),
    ],
)  # fmt: skip
def test_all_periods_count(old: list[float | None], new: list[float | None], words: str) -> None:
    assert said(reading(old), reading(new)) == words


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ({"Newark": 0.8, "JFK": 0.7, "LGA": 0.6},
         {"Newark": 0.791, "JFK": 0.7005, "LGA": 0.6},
         "By origin: Newark by −0.9 pt, JFK by +0.05 pt, the other not at all."),
        ({"a": 0.5, "b": 0.5, "c": 0.5, "d": 0.5},
         {"a": 0.6, "b": 0.4, "c": 0.51, "d": 0.5},
         "By origin: a by +10 pt, b by −10 pt, the others by at most 1 pt."),
        ({"a": 0.5, "b": 0.5}, {"a": 0.6, "c": 0.4}, "By origin: a by +10 pt, no longer counted: b, counted now: c."),
        ({"a": 0.5}, {"a": 0.5}, ""),
    ],
)  # fmt: skip
def test_each_member_counts(
    old: dict[str, float | None], new: dict[str, float | None], words: str
) -> None:
    assert said(reading([0.7], old), reading([0.7], new), "%") == words


def test_other_periods_are_not_compared() -> None:
    assert period_effect(reading([1, 2], grain="week"), reading([1, 2])) is None
    assert member_effects(reading([1], {"a": 1}), reading([1, 2], {"a": 2})) == ()


def test_weeks_and_days_read_as_one_says_them() -> None:
    old, new = reading([1, 2, 3], grain="week"), reading([0, 1, 3], grain="week")
    assert said(old, new).startswith("The week of 1 Mar 2026 is unchanged; 2 of 3 weeks moved")
    assert "most in the week of 1 Feb 2026, by −1 order." in said(old, new)
    old, new = reading([1, 2, 3], grain="day"), reading([1, 1, 3], grain="day")
    assert "1 of 3 days moved, on 1 Feb 2026, by −1 order." in said(old, new)
