"""A value in short form says of when it is, and the age of its data only where that surprises."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from browser import Opened

from sharekit.numbers.results import Reading
from sharekit.project.shapes import FiscalYear, Grain
from sharekit.records import replace
from sharekit.wording.headline import brief_period, data_lag

AS_OF = date(2026, 11, 20)


def reading(grain: Grain | None, start: date, end: date, until: date | None = None) -> Reading:
    return Reading("series", 1.0, grain, start, end, data_until=until)


WEEK = reading("week", date(2026, 11, 9), date(2026, 11, 15))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (WEEK, "week to 15 Nov"),
        (
            Reading("series", None, "week", date(2026, 12, 28), since=date(2027, 1, 1)),
            "",  # a quarter to date that has not begun
        ),
        (reading("day", date(2026, 11, 19), date(2026, 11, 19)), "19 Nov"),
        (reading("month", date(2026, 10, 1), date(2026, 10, 31)), "October"),
        (reading("quarter", date(2026, 7, 1), date(2026, 9, 30)), "Q3"),
        (reading("year", date(2025, 1, 1), date(2025, 12, 31)), "2025"),
        (reading("month", date(2025, 12, 1), date(2025, 12, 31)), "December 2025"),
        (reading("week", date(2025, 12, 22), date(2025, 12, 28)), "week to 28 Dec 2025"),
        (replace(WEEK, measured_on=date(2026, 11, 14)), "14 Nov"),
        (replace(WEEK, since=date(2026, 10, 1)), "1 Oct to 15 Nov"),
        (Reading("number", 3.0), ""),
        (None, ""),
    ],
)
def test_the_period_of_a_value_in_short_form(value: Reading | None, words: str) -> None:
    assert brief_period(value, AS_OF) == words


def test_far_from_its_page_the_period_has_its_year() -> None:
    assert brief_period(WEEK) == "week to 15 Nov 2026"
    assert brief_period(reading("month", date(2026, 10, 1), date(2026, 10, 31))) == "October 2026"


def test_fiscal_quarters_keep_their_names() -> None:
    quarter = reading("quarter", date(2026, 7, 1), date(2026, 9, 30))
    assert brief_period(replace(quarter, fiscal=FiscalYear(4)), AS_OF) == "Q2 FY2027"


@pytest.mark.parametrize(
    ("until", "lags"),
    [(date(2026, 11, 19), False), (date(2026, 11, 15), False), (date(2026, 11, 14), True)],
)
def test_the_age_is_said_only_where_the_period_does_not_make_one_expect_it(
    until: date, lags: bool
) -> None:
    assert data_lag(replace(WEEK, data_until=until), AS_OF) is lags


PROJECT = """[project]
name = "Bakery"
rebuilt_every = "1 day"
[people.ana]
name = "Ana"
[sources.sales]
path = "metrics/sales.csv"
"""


@pytest.mark.slow
@pytest.mark.parametrize(("read_on", "warned"), [("2026-11-21", False), ("2026-11-22", True)])
def test_a_page_that_was_not_rebuilt_says_so_from_a_file_too(
    tmp_path: Path, open_page: Callable[..., Opened], read_on: str, warned: bool
) -> None:
    (tmp_path / "metrics").mkdir()
    rows = "\n".join(f"2026-11-{day:02},{day}" for day in range(1, 20))
    (tmp_path / "metrics/sales.csv").write_text(f"day,amount\n{rows}\n")
    (tmp_path / "sharekit.toml").write_text(PROJECT)
    (tmp_path / "metrics/sold.sql").write_text(
        "/* ---\ntitle: Sold\nowner: ana\n--- */\nSELECT day, sum(amount) AS value FROM sales GROUP BY 1\n"
    )
    build = [sys.executable, "-m", "sharekit", "build", "--as-of", "2026-11-20"]
    done = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    page = open_page("about:blank").page
    page.clock.set_fixed_time(f"{read_on}T12:00:00")
    for name in ("index.html", "metrics/sold.html", "embed/sold.html"):
        page.goto((tmp_path / "site" / name).as_uri())
        notice = page.locator(".out-of-date")
        assert notice.is_visible() is warned, name
        assert "Not rebuilt since 20 November 2026" in (notice.text_content() or "")


def test_what_stands_with_the_day_of_its_measurement_is_never_late() -> None:
    day = date(2026, 10, 5)
    for value in (
        replace(reading("day", day, day, day), irregular=True),
        replace(reading("month", date(2026, 10, 1), date(2026, 10, 31), day), measured_on=day),
    ):
        assert not data_lag(value, AS_OF)
    assert data_lag(reading("day", day, day, day), AS_OF)
