"""Rows -> Reading: slices, totals, and what is refused to be added up."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from measured_rows import (
    AS_OF,
    COUNTED,
    MONDAYS,
    PROJECT,
    metric,
    read,
    refused,
    rows,
    sliced,
    weekly,
)

from sharekit.numbers.additivity import Additivity, Outputs
from sharekit.numbers.measure import may_have_total_rows, measure, member
from sharekit.numbers.results import Cell

FLIGHTS = sliced(
    (MONDAYS[1], "JFK", 30), (MONDAYS[1], "LGA", 20),
    (MONDAYS[2], "JFK", 33), (MONDAYS[2], "LGA", 11), (MONDAYS[2], "EWR", 44),
    (MONDAYS[3], "TEB", 1),
)  # fmt: skip


def test_counts_add_up() -> None:
    found = read(metric(dimensions=["origin"], unit="flights", direction="up"), FLIGHTS)
    assert found.shape == "sliced"
    assert found.value == 88
    assert [point.value for point in found.series] == [50, 88]
    parts = found.slices["origin"]
    assert [(part.member, part.value) for part in parts] == [
        ("EWR", 44),
        ("JFK", 33),
        ("LGA", 11),
        ("TEB", None),
    ]
    assert [part.share for part in parts] == [0.5, 0.375, 0.125, None]
    assert [point.value for point in parts[0].series] == [None, 44]
    assert parts[0].previous is None
    jfk = member(found, "JFK")
    assert jfk is not None
    assert jfk.previous is not None
    assert (jfk.previous.change, jfk.previous.better) == (3, True)
    assert member(found, "SFO") is None


OF_PARTS = Outputs(rest=Additivity("adds", of_parts=True))


def test_a_row_in_which_a_part_is_missing_is_said_where_rows_are_added_up() -> None:
    found = sliced((MONDAYS[2], "JFK", 33), (MONDAYS[2], "LGA", None))
    by_origin = metric(dimensions=["origin"], grain="week")
    (warning,) = measure(by_origin, found, AS_OF, PROJECT, outputs=OF_PARTS).problems
    assert (warning.code, warning.severity) == ("part-missing", "warning")
    assert "NULL in 1 row because" in warning.message
    assert measure(by_origin, found, AS_OF, PROJECT, outputs=COUNTED).problems == ()
    alone = weekly(20, None, 1)
    codes = [
        problem.code
        for problem in measure(
            metric(grain="week"), alone, AS_OF, PROJECT, outputs=OF_PARTS
        ).problems
    ]
    assert "part-missing" not in codes, "a week without a value is a gap, and nothing is added up"


def test_ratios_are_sums_by_sums_and_not_means_of_ratios() -> None:
    cells = [
        (MONDAYS[2], "JFK", 90.0, 100.0, 0.9),
        (MONDAYS[2], "LGA", 1.0, 2.0, 0.5),
        (MONDAYS[2], "EWR", 0.0, 0.0, None),
    ]
    columns = "week DATE, origin VARCHAR, on_time DOUBLE, scheduled DOUBLE, value DOUBLE"
    of = metric(
        dimensions=["origin"], unit="%", numerator="on_time", denominator="scheduled", grain="week"
    )
    found = read(of, rows(columns, *cells))
    assert found.value == pytest.approx(91 / 102)
    assert [(part.member, part.value, part.share) for part in found.slices["origin"]] == [
        ("JFK", 0.9, None),
        ("LGA", 0.5, None),
    ], "nothing was ever scheduled at EWR"
    without = rows(
        "week DATE, origin VARCHAR, on_time DOUBLE, scheduled DOUBLE", *[cell[:4] for cell in cells]
    )
    assert read(of, without) == found, "the value column is not needed"


def test_a_value_that_is_another_ratio_is_refused() -> None:
    of = metric(unit="%", numerator="on_time", denominator="scheduled", grain="week")
    columns = "week DATE, on_time DOUBLE, scheduled DOUBLE, value DOUBLE"
    wrong = refused(of, rows(columns, (MONDAYS[2], 90.0, 100.0, 90.0)))
    assert wrong.code == "value-disagrees"
    assert "the value is 90 where on_time / scheduled is 0.9" in wrong.message
    assert read(of, rows(columns, (MONDAYS[2], 2.0, 3.0, 0.667))).value == pytest.approx(2 / 3), (
        "rounded in the query"
    )


def test_two_dimensions_are_each_added_up_over_the_other() -> None:
    cells = [
        (MONDAYS[2], origin, carrier, value)
        for origin, carrier, value in (("JFK", "AA", 1.0), ("JFK", "B6", 2.0), ("LGA", "AA", 4.0))
    ]
    found = read(
        metric(dimensions=["origin", "carrier"], grain="week"),
        rows("week DATE, origin VARCHAR, carrier VARCHAR, value DOUBLE", *cells),
    )
    assert found.value == 7
    assert {part.member: part.value for part in found.slices["origin"]} == {"JFK": 3, "LGA": 4}
    assert {part.member: part.value for part in found.slices["carrier"]} == {"AA": 5, "B6": 2}


def test_slices_without_time() -> None:
    found = read(
        metric(dimensions=["origin"], total="sum"),
        rows("origin VARCHAR, value DOUBLE", ("JFK", 3.0), ("LGA", 1.0)),
    )
    assert (found.shape, found.value, found.series) == ("sliced", 4, ())
    assert [
        (part.member, part.value, part.share, part.series) for part in found.slices["origin"]
    ] == [
        ("JFK", 3, 0.75, ()),
        ("LGA", 1, 0.25, ()),
    ]


def test_what_does_not_add_up_must_say_how() -> None:
    wrong = refused(metric(dimensions=["origin"], unit="min"), FLIGHTS)
    assert wrong.code == "no-total-rule"
    for way_out in ("numerator", "GROUPING SETS", "total: none"):
        assert way_out in (wrong.hint or "")


def test_there_may_be_no_total() -> None:
    found = read(metric(dimensions=["origin"], unit="min", total="none"), FLIGHTS)
    assert (found.value, found.series, found.comparisons) == (None, (), ())
    assert [part.value for part in found.slices["origin"]] == [44, 33, 11, None]
    assert [len(part.series) for part in found.slices["origin"]] == [2, 2, 2, 2]
    assert all(part.share is None for part in found.slices["origin"])


GROUPED = "SELECT ... GROUP BY GROUPING SETS ((week, origin), (week))"


@pytest.mark.parametrize(
    "front", [{"total": "none", "unit": "min"}, {"unit": "airports"}, {"unit": "min"}]
)
def test_a_query_may_bring_its_own_totals(front: dict[str, Any]) -> None:
    found = sliced(
        (MONDAYS[2], None, 40),
        (MONDAYS[2], "JFK", 33),
        (MONDAYS[2], "LGA", 38),
        (MONDAYS[1], None, 9),
        (MONDAYS[1], "JFK", 8),
    )
    reading = read(metric(GROUPED, dimensions=["origin"], **front), found)
    assert reading.value == 40
    assert [part.member for part in reading.slices["origin"]] == [
        "LGA",
        "JFK",
    ], "NULL is the total and no member"


def test_totals_of_two_dimensions_come_with_their_slices() -> None:
    cells: list[tuple[Cell, ...]] = [
        (MONDAYS[2], None, None, 50.0), (MONDAYS[2], "JFK", None, 33.0), (MONDAYS[2], "LGA", None, 40.0),
        (MONDAYS[2], None, "AA", 12.0), (MONDAYS[2], "JFK", "AA", 11.0),
    ]  # fmt: skip
    columns = "week DATE, origin VARCHAR, carrier VARCHAR, value DOUBLE"
    of = metric(
        "SELECT ... GROUP BY CUBE (origin, carrier)",
        dimensions=["origin", "carrier"],
        unit="min",
        grain="week",
    )
    found = read(of, rows(columns, *cells))
    assert found.value == 50
    assert {part.member: part.value for part in found.slices["origin"]} == {"JFK": 33, "LGA": 40}
    assert {part.member: part.value for part in found.slices["carrier"]} == {"AA": 12}
    wrong = refused(of, rows(columns, *[cell for cell in cells if cell[2] is None]))
    assert wrong.code == "no-slice-rows"
    assert "`carrier`" in wrong.message
    counts = metric(
        "SELECT ... GROUP BY GROUPING SETS ((origin, carrier), ())",
        dimensions=["origin", "carrier"],
        grain="week",
    )
    found = read(
        counts, rows(columns, (MONDAYS[2], None, None, 11.0), (MONDAYS[2], "JFK", "AA", 11.0))
    )
    assert found.slices["origin"][0].value == 11, "counts add up from the finest rows"


def test_a_member_without_a_name_shows_where_parts_add_up() -> None:
    for front in ({"total": "sum"}, {"unit": "flights"}):
        found = read(
            metric(dimensions=["origin"], **front),
            sliced(
                (MONDAYS[1], "JFK", 1),
                (MONDAYS[2], None, 7),
                (MONDAYS[2], "JFK", 3),
                (MONDAYS[2], "", 2),
            ),
        )
        assert found.value == 12
        assert [part.member for part in found.slices["origin"]] == ["(none)", "JFK", "(empty)"]


@pytest.mark.parametrize(
    "cells",
    [
        [
            (MONDAYS[2], None, 40.0),
            (MONDAYS[2], None, 2.0),
            (MONDAYS[2], "JFK", 38.0),
        ],  # total and member in one period
        [
            (MONDAYS[1], "JFK", 38.0),
            (MONDAYS[2], None, 40.0),
            (MONDAYS[2], "JFK", 38.0),
        ],  # no total for one period
        [(MONDAYS[2], None, 2.0), (MONDAYS[2], "JFK", 38.0)],  # a total below one of its parts
    ],
)
def test_a_nameless_member_is_never_taken_for_a_total(
    cells: list[tuple[date, str | None, float]],
) -> None:
    counted = "SELECT week, origin, count(*) AS value FROM flights GROUP BY ROLLUP (week, origin)"
    wrong = refused(metric(counted, dimensions=["origin"], grain="week"), sliced(*cells))
    assert wrong.code == "null-member"
    assert "COALESCE(origin, 'unknown')" in (wrong.hint or "")


def test_total_rows_are_not_added_to_their_parts() -> None:
    cells = [
        (day, name, value)
        for day in MONDAYS[:3]
        for name, value in ((None, 41.0), ("JFK", 30.0), ("LGA", 11.0))
    ]
    wrong = refused(metric(GROUPED, dimensions=["origin"], total="sum"), sliced(*cells))
    assert wrong.code == "total-counted-twice"
    ratio = [(day, name, value / 2, value) for day, name, value in cells]
    of = metric(GROUPED, dimensions=["origin"], unit="%", numerator="a", denominator="b")
    assert (
        refused(of, rows("week DATE, origin VARCHAR, a DOUBLE, b DOUBLE", *ratio)).code
        == "total-counted-twice"
    )


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT a FROM b GROUP BY GROUPING  SETS ((a), ())", True),
        ("select a from b group by rollup (a)", True),
        ("SELECT 1 UNION ALL SELECT 2", True),
        ("SELECT 'rollup' AS x, a -- union\n/* cube */ FROM b GROUP BY a", False),
        ("SELECT reunion FROM cubes", False),
    ],
)
def test_only_some_queries_can_bring_totals(sql: str, found: bool) -> None:
    assert may_have_total_rows(sql) is found


def test_a_union_of_sources_further_up_makes_no_totals() -> None:
    assert may_have_total_rows("SELECT * FROM a UNION ALL SELECT * FROM b")
    assert not may_have_total_rows("SELECT * FROM a UNION ALL SELECT * FROM b", upstream=True)
    assert may_have_total_rows("SELECT a, sum(b) FROM c GROUP BY ROLLUP (a)", upstream=True)


def test_totals_may_be_brought_by_what_the_query_reads() -> None:
    found = sliced(
        (MONDAYS[2], None, 40),
        (MONDAYS[2], "JFK", 33),
        (MONDAYS[1], None, 20),
        (MONDAYS[1], "JFK", 13),
    )
    of = metric("FROM metrics._delays", dimensions=["origin"], unit="min", total="none")
    assert read(of, found, totals=True).value == 40
    without = read(of, found)
    assert without.value is None
    assert [part.member for part in without.slices["origin"]] == ["(none)", "JFK"]


def test_rows_that_a_join_multiplied_are_refused() -> None:
    wrong = refused(
        metric(dimensions=["origin"]),
        sliced((MONDAYS[1], "LGA", 1), (MONDAYS[2], "JFK", 3), (MONDAYS[2], "JFK", 3)),
    )
    assert wrong.code == "repeated-rows"
    assert "week 2013-11-11, origin JFK" in wrong.message
    assert "GROUP BY week, origin" in (wrong.hint or "")


def test_gaps_of_members_follow_the_metrics_rule() -> None:
    found = read(metric(dimensions=["origin"], missing="zero"), FLIGHTS)
    ewr = member(found, "EWR")
    assert ewr is not None
    assert [point.value for point in ewr.series] == [0, 44]
    assert ewr.previous is not None
    assert ewr.previous.change == 44


def test_shares_need_parts_of_one_sign() -> None:
    found = read(
        metric(dimensions=["origin"]),
        sliced((MONDAYS[1], "JFK", 1), (MONDAYS[2], "JFK", 5), (MONDAYS[2], "LGA", -2)),
    )
    assert [part.share for part in found.slices["origin"]] == [None, None]
