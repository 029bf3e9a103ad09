"""What moved without anybody revising it: a status that turned, and history that is no longer what
was published."""

from __future__ import annotations

from datetime import date

import pytest
from projects import AFTER, BEFORE, FILES, manifest

from sharekit.numbers.results import OkrReading, Point, Reading, Result, Results, Status
from sharekit.records import replace
from sharekit.revisions.published_values import (
    PublishedValue,
    published_value,
    published_values,
    status_moves,
    values_from_json,
    values_to_json,
)
from sharekit.revisions.revision import Revision

AS_OF = date(2013, 11, 22)
WEEKS = (date(2013, 11, 4), date(2013, 11, 11))


def okr(status: Status) -> OkrReading:
    return OkrReading(0.7, 0.9, 0.9, 0.8, 0.5, 0.5, 0.6, 0.1, status, False, 52, 91)


def result(status: Status = "on_track", values: tuple[float, ...] = (0.79, 0.8)) -> Result:
    points = tuple(Point(day, value) for day, value in zip(WEEKS, values, strict=True))
    return Result(
        "leave", Reading("series", values[-1], "week", WEEKS[-1], None, points), okr(status)
    )


def moves(
    before: PublishedValue, now: Result, revised: tuple[str, ...] = ()
) -> tuple[Revision, ...]:
    return status_moves(
        {"leave": before},
        published_values(Results(AS_OF, {"leave": now})),
        manifest(FILES),
        as_of=AS_OF,
        before_moment=BEFORE,
        after_moment=AFTER,
        revised=revised,
    )


@pytest.mark.parametrize(
    ("before", "now", "classes"),
    [
        ("on_track", "at_risk", [("slipped",)]),
        ("at_risk", "off_track", [("slipped",)]),
        ("off_track", "on_track", [("recovered",)]),
        ("on_track", "achieved", [("recovered",)]),
        ("on_track", "missed", [("slipped",)]),
        ("on_track", "on_track", []),
        ("early", "at_risk", []),
        ("at_risk", "unknown", []),
        ("on_track", "dropped", []),
    ],
)
def test_a_status_that_turned_is_told(
    before: Status, now: Status, classes: list[tuple[str, ...]]
) -> None:
    found = moves(published_value(result(before)), result(now))
    assert [each.classes for each in found] == classes
    for each in found:
        assert each.impact is not None
        assert (each.impact.status_before, each.impact.status_after) == (before, now)


def test_past_values_that_moved_are_restated_with_then_and_now() -> None:
    found = moves(published_value(result()), result(values=(0.75, 0.8)))
    assert [each.classes for each in found] == [("restated",)]
    assert [(change.name, change.before, change.after) for change in found[0].fields] == [
        ("2013-11-04", 0.79, 0.75)
    ]
    assert found[0].impact is not None
    assert found[0].impact.data_effect == pytest.approx(-0.04)


def test_new_periods_and_noise_of_arithmetic_are_no_restatement() -> None:
    before = PublishedValue(0.79, WEEKS[0], "on_track", ((WEEKS[0], 0.79 + 1e-13),))
    assert moves(before, result()) == ()


def test_what_moves_with_a_revision_is_not_told_twice() -> None:
    assert (
        moves(
            published_value(result("on_track")), result("off_track", (0.5, 0.6)), revised=("leave",)
        )
        == ()
    )


def test_a_failed_number_has_not_moved() -> None:
    from sharekit.errors import Place, Problem

    failed = replace(result("off_track"), failure=Problem("x", "y", Place("z")))
    assert moves(published_value(result("on_track")), failed) == ()


def test_slipping_again_on_another_day_is_another_revision() -> None:
    first = moves(published_value(result("on_track")), result("at_risk"))[0]
    again = status_moves(
        {"leave": published_value(result("on_track"))},
        {"leave": published_value(result("at_risk"))},
        manifest(FILES),
        as_of=date(2013, 12, 6),
        before_moment=BEFORE,
        after_moment=AFTER,
    )[0]
    assert first.id != again.id


def test_standings_travel_as_json() -> None:
    known = published_values(Results(AS_OF, {"leave": result()}))
    assert values_from_json(values_to_json(known)) == known
    assert values_from_json({"leave": {"value": "much"}, "other": 3}) == {}
