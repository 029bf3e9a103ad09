"""What git would tell of the sample shop: a revision of each class, and two of the narrower
audience."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sharekit.history.moment import Moment
from sharekit.numbers.results import Point
from sharekit.project.manifest import AudienceThen
from sharekit.project.shapes import NoAnnouncement, RevisionNote
from sharekit.revisions.revision import EffectStep, FieldChange, Impact, Revision, SqlChange

BEFORE = """SELECT week, count(DISTINCT address_id) AS value
FROM metrics._orders
WHERE status <> 'cancelled'
GROUP BY week
"""
AFTER = """SELECT week, count(DISTINCT office_id) AS value
FROM metrics._orders
WHERE status NOT IN ('cancelled', 'refunded')
GROUP BY week
"""
WEEKS = tuple(date.fromordinal(date(2026, 8, 24).toordinal() + 7 * at) for at in range(12))


def _moment(month: int, day: int, commit: str) -> Moment:
    return Moment(commit, datetime(2026, month, day, 16, 20, tzinfo=UTC), "Mateo")


def _told(
    item: str, title: str, owner: str, kind: str, month: int, day: int, **rest: Any
) -> Revision:
    """A revision of one class."""
    number = rest.pop("number", 2)
    before = rest.pop("before", _moment(9, 30, "0000aaa"))
    return Revision(
        id=f"rev-{item}-{number}",
        item=item,
        kind=rest.pop("of", "key_result"),
        title=title,
        owner=owner,
        readers=(AudienceThen(rest.pop("audience", "team")),),
        classes=tuple(kind.split()),  # type: ignore[arg-type]
        after=_moment(month, day, f"{item[:4]}{number}"),
        before=before,
        number=number,
        **rest,
    )


def _redefined() -> Revision:
    old = [Point(week, 2000.0 + 22 * at) for at, week in enumerate(WEEKS)]
    new = [Point(point.on, (point.value or 0) - 120 - 9 * at) for at, point in enumerate(old)]
    return _told(
        "active_offices", "Active offices", "mateo", "redefined retargeted", 11, 21,
        number=3,
        fields=tuple(
            FieldChange(name, before, after)
            for name, before, after in (("target", 2400, 2250), ("baseline", 2010, 1884), ("confidence", 7, 4))
        ),
        sql_changes=(
            SqlChange("~", "counts `office_id` instead of `address_id`"),
            SqlChange("+", "filter added: `status <> 'refunded'`", "_orders"),
        ),
        sql_before=BEFORE,
        sql_after=AFTER,
        note=RevisionNote(
            date=date(2026, 11, 21),
            reason="was_wrong",
            why="I was counting trials and refunds as customers.",
            we_will="Count payments only, and keep the growth that we promised.",
        ),
        impact=Impact(
            published=2268, old=2268, new=2041, data_effect=0, definition_effect=-227,
            old_series=tuple(old), new_series=tuple(new),
            steps=(
                EffectStep("offices on a trial", -139),
                EffectStep("counts `office_id` instead of `address_id`", -88),
            ),
            score_before=0.66, score_after=0.43, status_before="on_track", status_after="at_risk",
        ),
        touches=("orders", "2026-q4-growth"),
        original_target=2400,
    )  # fmt: skip


def revisions() -> tuple[Revision, ...]:
    """Newest first, but for the hidden ones at the end."""
    slip = Impact(6.48, 6.48, 6.71, 0.23, 0, status_before="at_risk", status_after="off_track")
    met = Impact(1320, 1320, 1280, -40, 0, status_before="on_track", status_after="achieved")
    quarter = FieldChange("period", {"start": "2026-07-01", "end": "2026-09-30"}, "2026-Q4")
    agreed = NoAnnouncement(
        date=date(2026, 11, 4), announce="none", because="Agreed in the meeting."
    )
    scope = RevisionNote(date=date(2026, 10, 20), reason="scope", why="Trials are not customers.")
    hushed = RevisionNote(date=date(2026, 11, 20), reason="scope", why="A whisper among the few.")
    declared = (FieldChange("target", None, 2400), FieldChange("baseline", None, 2010))
    return (
        _redefined(),
        _told("churn", "Offices lost", "mateo", "slipped", 11, 19, impact=slip),
        _told("cac", "Cost to win an office", "priya", "recovered", 11, 18, impact=met),
        _told("margin", "Margin stays healthy", "priya", "check_in", 11, 17,
              fields=(FieldChange("challenges", None, ["Freight invoices come late."]),)),
        _told("orders", "Paid orders", "mateo", "restated", 11, 12, of="metric",
              fields=(FieldChange("2026-11-02", 2300, 2310),), impact=Impact(2300, 2310, 2310, 10, None)),
        _told("launch", "The second kitchen opens", "hana", "rescheduled reassigned", 11, 4,
              fields=(quarter, FieldChange("owner", "mateo", "hana")), no_announcement=agreed),
        _told("orders", "Paid orders", "mateo", "words", 11, 2, of="metric", number=3,
              fields=(FieldChange("title", "Orders", "Paid orders"),)),
        _told("trial_offices", "Trial offices", "mateo", "retired", 10, 20, note=scope),
        _told("active_offices", "Active offices", "mateo", "introduced", 10, 1, number=1, before=None, fields=declared),
        _told("salaries", "Salaries paid", "olga", "redefined", 11, 20, of="metric", audience="board", note=hushed,
              sql_before="SELECT 1 AS hush", sql_after="SELECT 2 AS hush"),
        _told("gone_secret", "A whisper", "olga", "retired", 11, 19, audience="board", note=hushed),
    )  # fmt: skip
