"""The example's numbers are right: each compared with a count over the raw rows that does not go
through sharekit."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from commandline import sharekit

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
WEEK = (date(2013, 11, 11), date(2013, 11, 17))
"""The last full week before the example's as-of date, 22 November 2013."""

Flight = dict[str, Any]


def rows(*paths: Path) -> list[Flight]:
    files = [str(path) for path in paths]
    cursor = duckdb.connect().execute("SELECT * FROM read_parquet($files)", {"files": files})
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@cache
def flights() -> list[Flight]:
    return rows(ROOT / "metrics/data/flights.parquet")


def in_week(flight: Flight) -> bool:
    return bool(WEEK[0] <= flight["flight_date"] <= WEEK[1])


def share(part: Callable[[Flight], bool], whole: Callable[[Flight], bool]) -> float:
    base = [flight for flight in flights() if in_week(flight) and whole(flight)]
    return sum(part(flight) for flight in base) / len(base)


def on_time(flight: Flight) -> bool:
    return flight["dep_delay"] is not None and flight["dep_delay"] <= 15


def percentile_90(values: list[int]) -> float:
    """Linear interpolation between closest ranks."""
    ordered = sorted(values)
    spot = 0.9 * (len(ordered) - 1)
    low = math.floor(spot)
    return ordered[low] + (spot - low) * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low])


def carriers_below_80() -> int:
    by_carrier: dict[str, list[bool]] = {}
    for flight in flights():
        if in_week(flight):
            by_carrier.setdefault(flight["carrier"], []).append(on_time(flight))
    return sum(sum(marks) / len(marks) < 0.8 for marks in by_carrier.values() if len(marks) >= 20)


def delays(origin: str | None = None) -> list[int]:
    return [
        flight["dep_delay"]
        for flight in flights()
        if in_week(flight)
        and flight["dep_delay"] is not None
        and origin in (None, flight["origin"])
    ]


EXPECTED: dict[str, Callable[[], float]] = {
    "weekly_flights": lambda: sum(map(in_week, flights())),
    "daily_flights": lambda: sum(
        flight["flight_date"] == date(2013, 11, 21) for flight in flights()
    ),
    "flights_this_year": lambda: sum(flight["dep_delay"] is not None for flight in flights()),
    "on_time_departures": lambda: share(on_time, lambda flight: True),
    "on_time_arrivals": lambda: share(
        lambda f: f["arr_delay"] is not None and f["arr_delay"] <= 15, lambda f: True
    ),
    "average_delay": lambda: sum(delays()) / len(delays()),
    "p90_delay": lambda: percentile_90(delays()),
    "long_delays": lambda: share(
        lambda f: f["dep_delay"] is not None and f["dep_delay"] > 60, lambda f: True
    ),
    "cancellations": lambda: sum(
        in_week(flight) and flight["dep_delay"] is None for flight in flights()
    ),
    "cancelled_share": lambda: share(lambda f: f["dep_delay"] is None, lambda f: True),
    "destinations": lambda: len(
        {
            f["dest"]
            for f in flights()
            if f["flight_date"].month == 10 and f["dep_delay"] is not None
        }
    ),
    "ewr_long_delays": lambda: share(
        lambda f: f["dep_delay"] is not None and f["dep_delay"] > 60, lambda f: f["origin"] == "EWR"
    ),
    "lga_arrivals": lambda: share(
        lambda f: f["arr_delay"] is not None and f["arr_delay"] <= 15,
        lambda f: f["origin"] == "LGA",
    ),
    "schedule_kept": lambda: share(lambda f: f["dep_delay"] is None, lambda f: True),
    "expressjet_on_time": lambda: share(on_time, lambda f: f["carrier"] == "EV"),
    "late_carriers": carriers_below_80,
    "jfk_on_time": lambda: share(on_time, lambda f: f["origin"] == "JFK"),
}


@cache
def shown(item: str) -> dict[str, Any]:
    said = sharekit("--project", ROOT, "show", item, "--format", "json")
    assert said.code == 0, said.err
    return dict(json.loads(said.out))


@pytest.mark.parametrize("item", EXPECTED)
def test_headline_equals_a_count_over_the_rows(item: str) -> None:
    assert shown(item)["value"] == pytest.approx(EXPECTED[item](), rel=1e-12)


def test_slices_equal_a_count_over_the_rows() -> None:
    members = shown("p90_delay")["slices"]["origin"]
    assert {name: entry["value"] for name, entry in members.items()} == {
        origin: pytest.approx(percentile_90(delays(origin))) for origin in ("EWR", "JFK", "LGA")
    }


def test_the_load_agrees_with_the_published_facts_of_the_data() -> None:
    """The whole year, the example's part and the rest, as the data's publisher counts it."""
    year = flights() + rows(ROOT / "tests/data/flights_after_2013-11-21.parquet")
    departures = [flight["dep_delay"] for flight in year if flight["dep_delay"] is not None]
    arrivals = [flight["arr_delay"] for flight in year if flight["arr_delay"] is not None]
    assert len(year) == 336_776
    assert len(departures) == 328_521
    assert {
        origin: sum(flight["origin"] == origin for flight in year)
        for origin in ("EWR", "JFK", "LGA")
    } == {
        "EWR": 120_835,
        "JFK": 111_279,
        "LGA": 104_662,
    }
    assert sum(departures) / len(departures) == pytest.approx(12.6391, abs=5e-5)
    assert sum(arrivals) / len(arrivals) == pytest.approx(6.8954, abs=5e-5)
    assert max(flight["flight_date"] for flight in flights()) == date(2013, 11, 21)
